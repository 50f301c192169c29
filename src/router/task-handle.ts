/**
 * Task handles: how a client names a message move task to cancel it. The form is SQS's, base64 of
 * `{"taskId":"<uuid>","sourceArn":"<arn>"}`, because some clients look inside.
 */
import { Buffer } from "node:buffer";
import { parseJsonObject } from "../domain/json-object.ts";

export type TaskName = { readonly taskId: string; readonly sourceArn: string };

export function printTaskHandle({ taskId, sourceArn }: TaskName): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");
}

/** Undefined when the text is no handle. */
export function readTaskHandle(text: string): TaskName | undefined {
  const { taskId, sourceArn } = parseJsonObject(Buffer.from(text, "base64").toString()) ?? {};
  if (typeof taskId !== "string" || typeof sourceArn !== "string") return undefined;
  return { taskId, sourceArn };
}

/**
 * Whether a queue takes the messages that another one moves to it. Its RedriveAllowPolicy is about dead
 * letters: what a move task brings comes by the will of whoever started it.
 */
import { allowsSource } from "../domain/redrive-policy.ts";
import type { LiveQueue } from "./queue-store.ts";
import type { Clearance, TransferPurpose } from "./transfer-contract.ts";

export function clearanceOf(
  queue: LiveQueue | undefined,
  purpose: TransferPurpose,
  sourceArn: string,
): Clearance {
  if (queue === undefined) return { kind: "no-queue" };
  const address = { queueUid: queue.uid, terms: queue.kind === "fifo" ? queue.terms : undefined };
  const { redriveAllowPolicy } = queue.record.attributes;
  const isDenied = purpose === "dead-letter" && !allowsSource(redriveAllowPolicy, sourceArn);
  return { ...address, kind: isDenied ? "denied" : "cleared" };
}

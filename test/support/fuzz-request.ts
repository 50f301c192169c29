/**
 * FuzzRequest: an adversarial request, and in whose form it is to be answered: SQS's, or that of Millrace's
 * own paths, which are no part of SQS.
 */
import type { Buffer } from "node:buffer";

export type FuzzRequest = {
  readonly method: string;
  /** Path and query: ASCII without spaces. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly form: "sqs" | "own";
};

/**
 * WireAnswer: an answer as a protocol writes it, whatever it is to. What all answers have, the id of the
 * request and the date, is added by whoever sends it.
 */
export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where the answer has no body at all. */
  readonly body: string | undefined;
};

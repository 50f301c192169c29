/**
 * A message as its log shows it: where it is, what a receive makes of it, and how many there are of
 * each status.
 */
/** Where a message is for its whole life. */
export type MessageAddress = {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly index: number;
};

export type ReceivedMessage = MessageAddress & {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly receiptNonce: number;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
};

export type MessageCounts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

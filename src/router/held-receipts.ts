/**
 * The way of a FIFO queue's receipts to the groups that hold their messages. The Worker opens the
 * handles itself, so a string that was never issued reaches no object, and each group gets one call
 * with all that concerns it.
 */
import type { FifoTerms } from "../domain/fifo-terms.ts";
import { type Outcomes, outcomeAt } from "../domain/outcomes.ts";
import {
  type HeldReceipt,
  openGroupReceiptHandles,
  type VisibilityChange,
} from "../domain/receipt-handle.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Exchange, QueueTarget } from "./exchange.ts";
import { fifoTerms } from "./fifo-terms-cache.ts";
import { type GroupStub, namedGroupStub } from "./object-directory.ts";

export function deleteHeld(
  target: QueueTarget,
  receiptHandles: readonly string[],
  exchange: Exchange,
): Promise<Outcomes> {
  return onGroups(target, receiptHandles, exchange, (group, terms, held) => {
    return group.deleteMessages(
      terms,
      held.map(({ receipt }) => receipt),
    );
  });
}

export function changeHeld(
  target: QueueTarget,
  changes: readonly VisibilityChange[],
  exchange: Exchange,
): Promise<Outcomes> {
  const receiptHandles = changes.map(({ receiptHandle }) => receiptHandle);
  return onGroups(target, receiptHandles, exchange, (group, terms, held) => {
    const theirs = held.map(({ receipt, position }) => {
      const visibilityTimeoutSeconds = changes[position]?.visibilityTimeoutSeconds ?? 0;
      return { receipt, visibilityTimeoutSeconds };
    });
    return group.changeVisibility(terms, theirs);
  });
}

type Held = { readonly receipt: HeldReceipt; readonly position: number };

async function onGroups(
  { queue, identity }: QueueTarget,
  receiptHandles: readonly string[],
  { objects, background }: Exchange,
  run: (group: GroupStub, terms: FifoTerms, held: readonly Held[]) => Promise<Outcomes>,
): Promise<Outcomes> {
  const terms = await fifoTerms(queue, identity, background);
  if (!terms.ok) return terms.refusal;
  const { byGroup, outcomes } = sorted(receiptHandles, terms.value);
  await Promise.all(
    [...byGroup].map(async ([groupName, held]) => {
      const group = namedGroupStub(objects, groupName, identity.region);
      const answer = await run(group, terms.value, held);
      for (const [number, { position }] of held.entries()) {
        outcomes[position] = outcomeAt(answer, number);
      }
    }),
  );
  return outcomes;
}

/** The receipts by the names of their groups; what is none is refused right here. */
function sorted(receiptHandles: readonly string[], { issuer }: FifoTerms) {
  const byGroup = new Map<string, Held[]>();
  const outcomes: (Refusal | null)[] = [];
  for (const [position, opened] of openGroupReceiptHandles(receiptHandles, issuer).entries()) {
    const receiptHandle = receiptHandles[position] ?? "";
    outcomes.push(opened.kind === "receipt" ? null : refusalOf(opened.kind, receiptHandle));
    if (opened.kind !== "receipt") continue;
    const { groupName, ...receipt } = opened.receipt;
    const held = byGroup.get(groupName) ?? [];
    byGroup.set(groupName, held);
    held.push({ receipt: { ...receipt, receiptHandle }, position });
  }
  return { byGroup, outcomes };
}

function refusalOf(kind: "garbage" | "foreign", receiptHandle: string): Refusal {
  return kind === "foreign"
    ? { kind: "receipt-handle-foreign", receiptHandle }
    : { kind: "receipt-handle-garbage", receiptHandle };
}

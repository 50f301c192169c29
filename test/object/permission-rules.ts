/**
 * PermissionRules: what AWS says of who may use a queue, written down once more without the code that decides
 * it: a denial wins; within an account either side may allow, across accounts both must; some actions are
 * the owner's alone, whatever a policy says; the root needs no policy, and heeds a denial like everybody.
 */

/** What the caller's own policies say of an action. */
export type OwnWord = "allow" | "deny" | "nothing";
/** A queue may also allow it to an account, whose users need what their own policies say as well. */
export type QueueSays = OwnWord | "allow account";

export type Party = {
  /** As refusals call it. */
  readonly arn: string;
  /** Undefined of whoever shows no credentials. */
  readonly accountId: string | undefined;
  readonly isRoot: boolean;
  readonly ownWord: (permission: string) => OwnWord;
};

/** One permission that an action needs, on a queue. */
export type Need = { readonly permission: string; readonly resource: string };

/** What the queue's policy says to a caller. */
export type QueueWord = (need: Need, party: Party) => QueueSays;

/** SQS developer guide, "Amazon SQS API permissions": not for another account. */
const OWNERS_ALONE = new Set(
  [
    "AddPermission CancelMessageMoveTask CreateQueue DeleteQueue ListMessageMoveTasks ListQueues",
    "ListQueueTags RemovePermission SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue",
  ]
    .join(" ")
    .split(" "),
);

/** The end of the sentence that refuses, or undefined if nothing refuses. */
export function refusalOf(
  needs: readonly Need[],
  party: Party,
  queue: { readonly ownerId: string; readonly word: QueueWord },
): string | undefined {
  for (const need of needs) {
    const cause = causeOf(need, party, queue);
    if (cause === undefined) continue;
    const action = `sqs:${need.permission.toLowerCase()}`;
    return `User: ${party.arn} is not authorized to perform: ${action} on resource: ${need.resource} ${cause}`;
  }
  return undefined;
}

function causeOf(
  need: Need,
  party: Party,
  { ownerId, word }: { readonly ownerId: string; readonly word: QueueWord },
): string | undefined {
  const own = party.isRoot ? "allow" : party.ownWord(need.permission);
  const theirs = word(need, party);
  const unallowed = (side: string) =>
    `because no ${side}-based policy allows the sqs:${need.permission.toLowerCase()} action`;
  if (own === "deny") return "with an explicit deny in an identity-based policy";
  if (theirs === "deny") return "with an explicit deny in a resource-based policy";
  if (party.accountId === ownerId) {
    return own === "allow" || theirs === "allow" ? undefined : unallowed("identity");
  }
  if (OWNERS_ALONE.has(need.permission) || (theirs !== "allow" && theirs !== "allow account")) {
    return unallowed("resource");
  }
  return own === "allow" || party.accountId === undefined ? undefined : unallowed("identity");
}

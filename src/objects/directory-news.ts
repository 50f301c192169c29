/**
 * What a queue's object tells the account's directory: that the queue exists, or does no more, and where
 * its dead letters go. It is told again until the directory has confirmed the latest version; an older one changes nothing there.
 */
import { accountObjectName } from "../domain/object-name.ts";
import { readRedrivePolicy } from "../domain/redrive-policy.ts";
import type { Account } from "./account.ts";
import { limited } from "./call-limit.ts";
import type { QueueStore } from "./queue-store.ts";

/** Never throws: what fails is for the alarm to repeat. */
export async function tellDirectory(
  store: QueueStore,
  accounts: DurableObjectNamespace<Account>,
): Promise<void> {
  const { untold, record } = store;
  if (untold === undefined || record === undefined) return;
  const { accountId, region, queueName } = record.identity;
  const { version } = untold;
  try {
    const account = accounts.getByName(accountObjectName(accountId, region));
    const deadLettering = readRedrivePolicy(record.attributes.redrivePolicy);
    const deadLetterTarget = deadLettering?.target.queueName ?? null;
    const exists = record.deletedAtMs === null;
    await limited(account.putEntry({ queueName, version, exists, deadLetterTarget }));
    store.told(version);
  } catch (error) {
    console.error("the directory could not be told and is told again", error);
  }
}

/**
 * The directory's object: what queues tell of themselves, in whatever order it arrives, and a directory
 * that an older version has left.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

const ALL = { prefix: "", afterName: "", limit: 10 };
const SOURCES = { targetName: "dead", afterName: "", limit: 10 };

function directory() {
  return env.ACCOUNT.getByName(crypto.randomUUID());
}

describe("a directory", () => {
  test("knows of no queue at first", async () => {
    const account = directory();
    const nothing = { queueNames: [], hasMore: false };
    expect(await account.listQueues(ALL)).toEqual(nothing);
    expect(await account.listDeadLetterSources(SOURCES)).toEqual(nothing);
  });

  test("keeps the latest news of a queue, whenever it comes", async () => {
    const account = directory();
    const source = { queueName: "a", exists: true, deadLetterTarget: "dead" };
    await account.putEntry({ ...source, version: 2 });
    await account.putEntry({ ...source, version: 1, deadLetterTarget: null });
    await account.putEntry({ ...source, version: 2, exists: false });
    expect((await account.listDeadLetterSources(SOURCES)).queueNames).toEqual(["a"]);
    await account.putEntry({ ...source, version: 4, exists: false });
    await account.putEntry({ ...source, version: 3 });
    await evictDurableObject(account);
    expect((await account.listDeadLetterSources(SOURCES)).queueNames).toEqual([]);
    expect((await account.listQueues(ALL)).queueNames).toEqual([]);
  });

  test("gives sources in order, page by page", async () => {
    const account = directory();
    for (const queueName of ["c", "a", "d", "b"]) {
      const deadLetterTarget = queueName === "d" ? "other" : "dead";
      await account.putEntry({ queueName, version: 1, exists: true, deadLetterTarget });
    }
    const page = { ...SOURCES, limit: 2 };
    const first = { queueNames: ["a", "b"], hasMore: true };
    expect(await account.listDeadLetterSources(page)).toEqual(first);
    const last = { queueNames: ["c"], hasMore: false };
    expect(await account.listDeadLetterSources({ ...page, afterName: "b" })).toEqual(last);
  });

  test("of an older version has its queues, and no sources until they are told", async () => {
    const account = directory();
    await runInDurableObject(account, (_, { storage }) => {
      storage.sql.exec(
        `CREATE TABLE queue_entry(
           queue_name TEXT PRIMARY KEY, version INTEGER NOT NULL, is_present INTEGER NOT NULL
         ) WITHOUT ROWID`,
      );
      storage.sql.exec("INSERT INTO queue_entry VALUES ('a', 1, 1), ('b', 1, 0)");
    });
    expect((await account.listQueues(ALL)).queueNames).toEqual(["a"]);
    expect((await account.listDeadLetterSources(SOURCES)).queueNames).toEqual([]);
    await account.putEntry({ queueName: "a", version: 2, exists: true, deadLetterTarget: "dead" });
    await evictDurableObject(account);
    expect((await account.listDeadLetterSources(SOURCES)).queueNames).toEqual(["a"]);
  });
});

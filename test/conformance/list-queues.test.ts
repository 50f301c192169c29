/** ListQueues: prefixes, pages and their tokens. Each test has an account of its own. */
import { describe, expect, test } from "vitest";
import { stringOf } from "../support/json-value.ts";
import { accepted, acceptedEmpty, invalidValue, refused } from "./sqs-client.ts";
import { TestAccount } from "./test-account.ts";

describe("ListQueues", () => {
  test("answers an empty object where there are none [pail, snap]", async () => {
    const account = new TestAccount();
    await acceptedEmpty(account.list());
    await account.create("a");
    await acceptedEmpty(account.list({ QueueNamePrefix: "b" }));
  });

  test("lists all queues of the account, and of no other", async () => {
    const account = new TestAccount();
    await account.create("b", "a", "c");
    await new TestAccount().create("d");
    expect(await accepted(account.list())).toEqual({ QueueUrls: account.urls("a", "b", "c") });
  });

  test("no longer lists a queue that was deleted", async () => {
    const account = new TestAccount();
    await account.create("a", "b");
    await account.call("DeleteQueue", { QueueUrl: account.url("a") });
    expect(await accepted(account.list())).toEqual({ QueueUrls: account.urls("b") });
  });

  test.each([
    ["ab", ["ab", "abc"]],
    ["AB", ["ABC"]],
    ["", ["ABC", "a_c", "ab", "abc"]],
    ["a_", ["a_c"]],
    ["a%", []],
    ["abcd", []],
    ["中", []],
    ["\ud800", []],
    ["\u0000", []],
  ])(
    "lists for the prefix %j those that begin with it, case and all [docs]",
    async (prefix, names) => {
      const account = new TestAccount();
      await account.create("ab", "abc", "ABC", "a_c");
      const { body } = await account.list({ QueueNamePrefix: prefix });
      expect(body.QueueUrls ?? []).toEqual(account.urls(...names));
    },
  );
});

describe("a page", () => {
  test("has a token only if more remain; the last page has none [snap, bal]", async () => {
    const account = new TestAccount();
    await account.create("a", "b", "c");
    const first = await accepted(account.list({ MaxResults: 2 }));
    expect(first.QueueUrls).toEqual(account.urls("a", "b"));
    const NextToken = stringOf(first, "NextToken");
    const second = await accepted(account.list({ MaxResults: 2, NextToken }));
    expect(second).toEqual({ QueueUrls: account.urls("c") });
  });

  test("of exactly as many as there are has no token [snap]", async () => {
    const account = new TestAccount();
    await account.create("a", "b");
    const answer = await accepted(account.list({ MaxResults: 2 }));
    expect(answer).toEqual({ QueueUrls: account.urls("a", "b") });
  });

  test("continues its prefix", async () => {
    const account = new TestAccount();
    await account.create("x1", "x2", "x3", "y");
    const input = { QueueNamePrefix: "x", MaxResults: 1 };
    const names: unknown[] = [];
    for (let NextToken: unknown; ; ) {
      const answer = await accepted(account.list({ ...input, NextToken }));
      names.push(answer.QueueUrls);
      NextToken = answer.NextToken;
      if (NextToken === undefined) break;
    }
    expect(names).toEqual([account.urls("x1"), account.urls("x2"), account.urls("x3")]);
  });

  test("without MaxResults has up to 1,000 and no token [docs]", async () => {
    const account = new TestAccount();
    for (let count = 0; count < 1_001; count++) {
      const queueName = String(count).padStart(4, "0");
      await account.directory.putEntry({
        queueName,
        version: 1,
        exists: true,
        deadLetterTarget: null,
      });
    }
    const answer = await accepted(account.list());
    expect(answer.QueueUrls).toHaveLength(1_000);
    expect(answer).not.toHaveProperty("NextToken");
    const page = await accepted(account.list({ MaxResults: 1_000 }));
    const rest = { MaxResults: 1_000, NextToken: page.NextToken };
    expect(await accepted(account.list(rest))).toEqual({ QueueUrls: account.urls("1000") });
  });
});

describe("a request is refused", () => {
  test.each([0, -1, 1_001])("for MaxResults %d [las?]", async (MaxResults) => {
    await refused(
      new TestAccount().list({ MaxResults }),
      invalidValue,
      "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    );
  });

  test("for a token without MaxResults [las?]", async () => {
    await refused(
      new TestAccount().list({ NextToken: "x" }),
      invalidValue,
      "MaxResults is a mandatory parameter when you provide a value for NextToken.",
    );
  });

  test.each(["", "x", "e30=", "W10=", "bnVsbA==", "\ud800"])(
    "for the token %j [las?]",
    async (NextToken) => {
      const answer = new TestAccount().list({ MaxResults: 1, NextToken });
      await refused(answer, invalidValue, "Invalid or expired next token.");
    },
  );

  test("for a token of another prefix [las?]", async () => {
    const account = new TestAccount();
    await account.create("x1", "x2");
    const page = await accepted(account.list({ MaxResults: 1, QueueNamePrefix: "x" }));
    await refused(
      account.list({ MaxResults: 1, QueueNamePrefix: "y", NextToken: page.NextToken }),
      invalidValue,
      "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
    );
  });
});

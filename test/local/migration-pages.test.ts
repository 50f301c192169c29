/**
 * The pages for those who come from LocalStack and ElasticMQ: each page's server, started as the page
 * says, does what the page's other snippets say. What needs the AWS CLI is in test/clients/aws-cli.
 */
import { join } from "node:path";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JsonObject, objectOf, objectsOf, parseObject } from "../support/json-value.ts";
import { PageServer } from "../support/page-server.ts";
import { runProgram } from "../support/program-run.ts";
import { newSdkClient } from "../support/sdk-client.ts";

const ROOT = join(import.meta.dirname, "../..");
const DECLARED = ["events.fifo", "orders", "orders-failed"];
const START_WITHIN_MS = 60_000;
const LIST_QUEUES = `
  import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
  console.log((await new SQSClient().send(new ListQueuesCommand())).QueueUrls.join());`;

async function attributesOf(server: PageServer, QueueUrl: string) {
  const input = { QueueUrl, AttributeNames: ["All" as const] };
  return (await server.sqs.send(new GetQueueAttributesCommand(input))).Attributes;
}

/** The attributes of the one message in a document in LocalStack's JSON. */
function peekedAttributes(printed: string): JsonObject {
  const { ReceiveMessageResponse } = parseObject(printed);
  const response = objectOf({ ReceiveMessageResponse }, "ReceiveMessageResponse");
  const message = objectOf(objectOf(response, "ReceiveMessageResult"), "Message");
  return Object.fromEntries(
    objectsOf(message, "Attribute").map(({ Name, Value }) => [Name, Value]),
  );
}

describe("the page for those who come from LocalStack", () => {
  let server: PageServer;
  beforeAll(async () => {
    server = await PageServer.started({
      page: "migrating-from-localstack.md",
      start: "localstack-start",
      queues: "localstack-queues",
    });
  }, START_WITHIN_MS);
  afterAll(() => server.end());

  it("waits for a server that has the queues of the file and nothing else", async () => {
    expect(await server.shell("localstack-ready")).toBe("ok");
    expect(await server.queueNames()).toEqual(DECLARED);
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:orders-failed";
    expect(await attributesOf(server, "orders")).toMatchObject({
      VisibilityTimeout: "60",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }),
    });
  });

  it("leads a client to it by the environment", async () => {
    const printed = await runProgram({
      command: [process.execPath, "--input-type=module", "--eval", LIST_QUEUES],
      directory: ROOT,
      environment: server.page.exports("localstack-environment", server.url),
      timeoutMs: 30_000,
    });
    expect(printed.trim().split(",")).toHaveLength(DECLARED.length);
  });

  it("names forms of queue URLs that are all taken", async () => {
    const forms = [...server.page.text.matchAll(/^- `(http:\S+)`$/gm)].map(([, url = ""]) => url);
    expect(forms).toHaveLength(3);
    for (const url of forms) {
      const attributes = await attributesOf(server, url);
      expect(attributes?.["QueueArn"]).toBe("arn:aws:sqs:us-east-1:000000000000:orders");
    }
  });

  it("shows messages to curl and to an SDK, without a receive", async () => {
    await server.sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "hello" }));
    const printed = await server.shell("localstack-peek");
    expect(printed).toContain("<Body>hello</Body>");
    const json = printed.slice(printed.indexOf("{"));
    const expected = { ApproximateReceiveCount: "0", IsVisible: "true", IsDelayed: "false" };
    expect(peekedAttributes(json)).toMatchObject(expected);
    expect(await server.script("localstack-peek-sdk")).toBe("hello\n");
    const input = { QueueUrl: "orders", MessageSystemAttributeNames: ["All" as const] };
    const { Messages } = await server.sqs.send(new ReceiveMessageCommand(input));
    expect(Messages).toMatchObject([{ Attributes: { ApproximateReceiveCount: "1" } }]);
  });

  it("deletes all queues by a reset, of another account and region where these are named", async () => {
    const credentials = { accessKeyId: "111111111111", secretAccessKey: "any" };
    const elsewhere = newSdkClient(server.url, "eu-west-1", credentials);
    await elsewhere.send(new CreateQueueCommand({ QueueName: "there" }));
    expect(await server.shell("localstack-reset")).toBe('{"deletedQueues":3}');
    expect(await server.queueNames()).toEqual([]);
    expect(await server.shell("localstack-reset-elsewhere")).toBe('{"deletedQueues":1}');
    elsewhere.destroy();
  });
});

describe("the page for those who come from ElasticMQ", () => {
  let server: PageServer;
  beforeAll(async () => {
    server = await PageServer.started({
      page: "migrating-from-elasticmq.md",
      start: "elasticmq-start",
      queues: "elasticmq-queues",
      region: "elasticmq",
    });
  }, START_WITHIN_MS);
  afterAll(() => server.end());

  it("waits for a server that has the queues of the file, in the region of the clients", async () => {
    expect(await server.shell("elasticmq-ready")).toBe("ok");
    expect(await server.queueNames()).toEqual(DECLARED);
    const deadLetterTargetArn = "arn:aws:sqs:elasticmq:000000000000:orders-failed";
    expect(await attributesOf(server, "orders")).toMatchObject({
      VisibilityTimeout: "10",
      DelaySeconds: "5",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }),
    });
  });

  it("has a client whose settings stay, and shows what it sent", async () => {
    expect(await server.script("elasticmq-client")).toMatch(/\/000000000000\/orders\n$/);
    const printed = await server.shell("elasticmq-peek");
    expect(peekedAttributes(printed)).toMatchObject({ IsVisible: "true", IsDelayed: "true" });
  });

  it("deletes all queues by a reset", async () => {
    expect(await server.shell("elasticmq-reset")).toBe('{"deletedQueues":3}');
    expect(await server.queueNames()).toEqual([]);
  });
});

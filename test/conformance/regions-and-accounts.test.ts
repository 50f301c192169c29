/**
 * Regions and accounts, where requests are not authenticated: the credential scope of a signature is
 * believed, so that a client's usual settings choose both.
 */
import { describe, expect, test } from "vitest";
import { accepted, acceptedEmpty, call, newName, noQueue, refused } from "./sqs-client.ts";
import type { CallOptions } from "./sqs-protocol.ts";

function scoped(accessKeyId: string, region: string): CallOptions {
  const credential = `Credential=${accessKeyId}/21000101/${region}/sqs/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
  return { headers: { authorization } };
}

async function arnOf(QueueName: string, options: CallOptions): Promise<unknown> {
  const { QueueUrl } = await accepted(call("CreateQueue", { QueueName }, options));
  const input = { QueueUrl, AttributeNames: ["QueueArn"] };
  return (await accepted(call("GetQueueAttributes", input, options))).Attributes;
}

describe("the region of the credential scope", () => {
  test.each(["us-east-1", "eusc-de-east-1", "ap-southeast-12", "local", "elasticmq", "US-EAST-1"])(
    "%s is that of the queue's ARN",
    async (region) => {
      const name = newName();
      const QueueArn = `arn:aws:sqs:${region}:000000000000:${name}`;
      expect(await arnOf(name, scoped("AKIDEXAMPLE", region))).toEqual({ QueueArn });
    },
  );

  test.each(["", "../x-1", "a:b", "x".repeat(5_000)])(
    "%# that is none gives way to the deployment's own",
    async (region) => {
      const name = newName();
      const QueueArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
      expect(await arnOf(name, scoped("AKIDEXAMPLE", region))).toEqual({ QueueArn });
    },
  );

  test("divides queues: the same name in two regions is two queues", async () => {
    const QueueName = newName();
    await accepted(call("CreateQueue", { QueueName }, scoped("AKIDEXAMPLE", "eu-west-1")));
    await refused(call("GetQueueUrl", { QueueName }), noQueue);
    const listed = { QueueNamePrefix: QueueName };
    await acceptedEmpty(call("ListQueues", listed, scoped("AKIDEXAMPLE", "eu-west-2")));
  });

  test("is read from a presigned URL whatever its host looks like", async () => {
    const path = "/?X-Amz-Credential=AKIDEXAMPLE/21000101/eu-west-1/sqs/aws4_request";
    const { status } = await call("ListQueues", {}, { path, headers: { host: "%zz" } });
    expect(status).toBe(200);
  });

  test("is read from a presigned URL as well", async () => {
    const name = newName();
    const credential = encodeURIComponent("AKIDEXAMPLE/21000101/eu-west-1/sqs/aws4_request");
    const options = { path: `/?X-Amz-Credential=${credential}` };
    const QueueArn = `arn:aws:sqs:eu-west-1:000000000000:${name}`;
    expect(await arnOf(name, options)).toEqual({ QueueArn });
  });
});

describe("an access key id", () => {
  test("of twelve digits is the account", async () => {
    const name = newName();
    const QueueArn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
    expect(await arnOf(name, scoped("123456789012", "us-east-1"))).toEqual({ QueueArn });
    await refused(call("GetQueueUrl", { QueueName: name }), noQueue);
  });

  test.each(["test", "12345678901", "1234567890123", "12345678901x", ""])(
    "%j is no account and leaves the deployment's own",
    async (accessKeyId) => {
      const name = newName();
      const QueueArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
      expect(await arnOf(name, scoped(accessKeyId, "us-east-1"))).toEqual({ QueueArn });
    },
  );

  test.each(["Basic eDp5", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "Credential=////"])(
    "in the header %j is none",
    async (authorization) => {
      const name = newName();
      const QueueArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
      expect(await arnOf(name, { headers: { authorization } })).toEqual({ QueueArn });
    },
  );
});

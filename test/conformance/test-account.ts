/**
 * TestAccount: an account that belongs to one test, for what is listed by account. Its queues have the
 * names that the test gives them.
 */
import { env } from "cloudflare:workers";
import { accountObjectName } from "../../src/domain/object-name.ts";
import { accepted, call } from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";

const REGION = "us-east-1";
let accountCount = 0;

export class TestAccount {
  /** Twelve digits as access key id are an account, where requests are not authenticated. */
  readonly id = String(200_000_000_000 + accountCount++);

  call(action: string, input: object): Promise<SqsAnswer> {
    const credential = `Credential=${this.id}/21000101/${REGION}/sqs/aws4_request`;
    return call(action, input, { headers: { authorization: `AWS4-HMAC-SHA256 ${credential}` } });
  }

  async create(...names: string[]): Promise<void> {
    for (const QueueName of names) await accepted(this.call("CreateQueue", { QueueName }));
  }

  list(input: object = {}): Promise<SqsAnswer> {
    return this.call("ListQueues", input);
  }

  arn(name: string): string {
    return `arn:aws:sqs:${REGION}:${this.id}:${name}`;
  }

  url(name: string): string {
    return `http://sqs.test:9324/${this.id}/${name}`;
  }

  urls(...names: string[]): string[] {
    return names.map((name) => this.url(name));
  }

  get directory() {
    return env.ACCOUNT.getByName(accountObjectName(this.id, REGION));
  }
}

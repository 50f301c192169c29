/**
 * SqsClient: calls the server that is being started, as a client of an account and region. With a credential
 * the calls are signed; without one only their scope is believed, as an open server does.
 */
import { AwsClient } from "aws4fetch";
import type { LocalCredential } from "./data-secrets.ts";

export type Home = { readonly accountId: string; readonly region: string };

export type Answer = { readonly isAccepted: boolean; readonly text: string };

export class SqsClient {
  readonly #url: string;
  readonly #credential: LocalCredential | undefined;

  constructor(url: string, credential: LocalCredential | undefined) {
    this.#url = url;
    this.#credential = credential;
  }

  async call(home: Home, action: string, input: object): Promise<Answer> {
    const request = new Request(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `AmazonSQS.${action}`,
      },
      body: JSON.stringify(input),
    });
    const response = await fetch(await this.#signed(request, home));
    return { isAccepted: response.ok, text: await response.text() };
  }

  async #signed(request: Request, { accountId, region }: Home): Promise<Request> {
    if (this.#credential === undefined) {
      const scope = `${accountId}/20260101/${region}/sqs/aws4_request`;
      request.headers.set(
        "authorization",
        `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      );
      return request;
    }
    const client = new AwsClient({ ...this.#credential, service: "sqs", region, retries: 0 });
    // Without this it leaves the content's type unsigned, which is not accepted.
    return client.sign(request, { aws: { allHeaders: true } });
  }
}

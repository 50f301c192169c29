/**
 * The form of what IAM, STS and Organizations send and are sent, byte by byte where clients read it so,
 * and which requests are theirs and not SQS's.
 */
import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const IAM = "Version=2010-05-08";
const STS = "Version=2011-06-15";

function send(body: string, headers: Record<string, string> = {}, path = "/"): Promise<Response> {
  const request = { method: "POST", body, headers: { ...FORM, ...headers } };
  return exports.default.fetch(`http://localhost${path}`, request);
}

function signed(service: string, accountId = "123456789012"): Record<string, string> {
  const scope = `${accountId}/20261125/us-east-1/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}

describe("an answer", () => {
  test("of IAM is XML with its lists' elements called member", async () => {
    const headers = signed("iam", "111122223333");
    await send(`Action=CreateUser&${IAM}&UserName=bob`, headers);
    const response = await send(`Action=ListUsers&${IAM}`, headers);
    const requestId = response.headers.get("x-amzn-requestid");
    expect(response.headers.get("content-type")).toBe("text/xml");
    expect(generalised(await response.text())).toBe(
      `<?xml version="1.0"?><ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><Users><member><Path>/</Path><UserName>bob</UserName><UserId>USER</UserId><Arn>arn:aws:iam::111122223333:user/bob</Arn><CreateDate>DATE</CreateDate></member></Users><IsTruncated>false</IsTruncated></ListUsersResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></ListUsersResponse>`,
    );
  });

  test("that says nothing has no result", async () => {
    const headers = signed("iam", "111122224444");
    await send(`Action=CreateUser&${IAM}&UserName=bob`, headers);
    const response = await send(`Action=DeleteUser&${IAM}&UserName=bob`, headers);
    const requestId = response.headers.get("x-amzn-requestid");
    expect(await response.text()).toBe(
      `<?xml version="1.0"?><DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></DeleteUserResponse>`,
    );
  });

  test("of Organizations has times as seconds", async () => {
    const response = await organizations(
      "ListAccounts",
      "{}",
      signed("organizations", "000000000000"),
    );
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    const own = { Id: "000000000000", JoinedTimestamp: expect.any(Number), Status: "ACTIVE" };
    expect(await response.json()).toMatchObject({ Accounts: [own] });
  });
});

describe("an error", () => {
  test("of IAM is XML", async () => {
    const response = await send(
      `Action=GetUser&${IAM}&UserName=bob`,
      signed("iam", "111122225555"),
    );
    const requestId = response.headers.get("x-amzn-requestid");
    expect(response.status).toBe(404);
    expect(await response.text()).toBe(
      `<?xml version="1.0"?><ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name bob cannot be found.</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    );
  });

  test("of STS has STS's name space", async () => {
    const response = await send(`Action=AssumeRole&${STS}`, signed("sts"));
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(
      /xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/".*<Code>InvalidAction<.*Could not find operation AssumeRole for version 2011-06-15</,
    );
  });

  test.each([
    ["ListAccounts", "{", "SerializationException"],
    ["ListAccounts", '{"MaxResults":"x"}', "SerializationException"],
    ["LeaveOrganization", "{}", "UnknownOperationException"],
    ["DescribeAccount", "{}", "InvalidInputException"],
  ])("of Organizations to %s %s is %s", async (action, body, type) => {
    const response = await organizations(action, body, signed("organizations", "000000000000"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: type, Message: expect.any(String) });
  });

  test("echoes nothing that breaks the document", async () => {
    const userName = encodeURIComponent("</Message>\u0000&\ud83d\ude00");
    const text = await (
      await send(`Action=GetUser&${IAM}&UserName=${userName}`, signed("iam"))
    ).text();
    expect(text).toContain("<Code>ValidationError</Code>");
    expect(text.match(/<\/Message>/g)).toHaveLength(1);
  });
});

describe("a request", () => {
  test("is the service's that it claims to be signed for", async () => {
    const who = `Action=GetCallerIdentity&${STS}`;
    expect((await send(who, signed("sts"))).status).toBe(200);
    expect(await (await send(who, signed("iam"))).text()).toContain("InvalidAction");
    expect(await (await send(who, signed("sqs"))).text()).toContain(
      "is not valid for this endpoint",
    );
    expect(await (await send("Action=ListQueues", signed("iam"))).text()).toContain(
      "InvalidAction",
    );
  });

  test("without a signature is the service's whose version it has, in its body or its URL", async () => {
    const who = `Action=GetCallerIdentity&${STS}`;
    expect(await (await send(who)).text()).toContain("<Account>000000000000</Account>");
    expect((await send("", {}, `/?${who}`)).status).toBe(200);
    expect((await exports.default.fetch(`http://localhost/?${who}`)).status).toBe(200);
  });

  test("to a queue stays one, whatever its message says", async () => {
    const parameters = new URLSearchParams({
      Action: "CreateQueue",
      QueueName: crypto.randomUUID(),
    });
    const created = await (await send(parameters.toString())).text();
    const QueueUrl = /<QueueUrl>([^<]*)</.exec(created)?.[1] ?? "";
    const MessageBody = `&${IAM}&Action=CreateUser&${STS}`;
    const message = new URLSearchParams({ Action: "SendMessage", QueueUrl, MessageBody });
    expect(await (await send(message.toString())).text()).toContain("<MessageId>");
  });

  test("with far too many parameters, or no UTF-8, is refused", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `P.${index}=`).join("&");
    const asked = `Action=ListUsers&${IAM}`;
    expect((await send(`${asked}&${many}`, signed("iam"))).status).toBe(400);
    expect((await send(`${asked}&Marker=%ff`, signed("iam"))).status).toBe(400);
    expect((await send(`${asked}&Marker=x`, signed("iam"))).status).toBe(400);
  });
});

function organizations(action: string, body: string, headers: Record<string, string>) {
  return send(body, {
    ...headers,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `AWSOrganizationsV20161128.${action}`,
  });
}

function generalised(text: string): string {
  return text.replace(/MRU[A-Z2-7]{17}/, "USER").replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, "DATE");
}

/** The old Query protocol itself: which requests are understood, and for which queue. */
import { describe, expect, test } from "vitest";
import { postForm, readXmlAnswer } from "./aws-query-protocol.ts";
import { encoded, fetchPath, get, pathOf, post } from "./query-requests.ts";
import { accepted, call, newName, noQueue, refused } from "./sqs-client.ts";
import { ENDPOINT, UUID } from "./sqs-protocol.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

describe("a request", () => {
  test("by GET does what it does by POST [ls]", async () => {
    const queue = await TestQueue.create();
    const sent = await accepted(get("SendMessage", { QueueUrl: queue.url, MessageBody: "a b&c" }));
    expect(sent.MessageId).toMatch(UUID);
    expect(await queue.bodies()).toEqual(["a b&c"]);
  });

  test.each([{ Version: "2012-11-05" }, {}, { Version: "2009-02-01" }, { Version: "" }])(
    "is understood with %j [ls]",
    async (version) => {
      const queue = await TestQueue.create();
      await accepted(get("SendMessage", { ...version, QueueUrl: queue.url, MessageBody: "a" }));
      const form = { Action: "SendMessage", QueueUrl: queue.url, MessageBody: "b", ...version };
      await accepted(postForm("SendMessage", Object.entries(form)));
      expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
    },
  );

  test("is signed in its URL as well as in a header [ls]", async () => {
    const QueueName = newName();
    const signed = {
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "210000000001/21000101/eu-west-3/sqs/aws4_request",
      "X-Amz-Date": "21000101T000000Z",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": "0".repeat(64),
    };
    const { QueueUrl } = await accepted(get("CreateQueue", { ...signed, QueueName }));
    expect(QueueUrl).toBe(`${ENDPOINT}/210000000001/${QueueName}`);
    const { QueueUrls } = await accepted(get("ListQueues", signed));
    expect(QueueUrls).toEqual([QueueUrl]);
  });

  test("may have its parameters in its URL and in its body, but none in both", async () => {
    const queue = await TestQueue.create();
    const path = `/?Action=SendMessage&MessageBody=url`;
    await accepted(post("SendMessage", encoded({ QueueUrl: queue.url }), { path }));
    const both = encoded({ QueueUrl: queue.url, MessageBody: "body" });
    expect((await post("SendMessage", both, { path })).status).toBe(400);
    expect(await queue.bodies()).toEqual(["url"]);
  });

  test("may have all of its parameters in its URL, whatever it says of its empty body", async () => {
    const queue = await TestQueue.create();
    const form = { Action: "SendMessage", QueueUrl: queue.url, MessageBody: "a" };
    for (const headers of [{}, { "content-type": "text/plain" }]) {
      const request = { method: "POST", headers };
      await accepted(readXmlAnswer("SendMessage", await fetchPath(`/?${encoded(form)}`, request)));
    }
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
  });

  test.each([
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/x-www-form-urlencoded;charset=UTF-8",
    "Application/X-WWW-Form-URLEncoded",
  ])("is a form as %s", async (type) => {
    const queue = await TestQueue.create();
    const form = encoded({ Action: "SendMessage", QueueUrl: queue.url, MessageBody: "a" });
    await accepted(post("SendMessage", form, { type }));
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("that is a form, but has a target, is one in JSON", async () => {
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-amz-target": "AmazonSQS.ListQueues",
    };
    const response = await fetchPath("/", { method: "POST", headers, body: "{}" });
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.0");
    expect(await response.json()).toBeTypeOf("object");
  });

  test.each(["MessageBody=b", "MessageBody=a", "Action=ListQueues", "QueueUrl=b"])(
    "refuses %s when it was given before",
    async (again) => {
      const queue = await TestQueue.create();
      const form = encoded({ Action: "SendMessage", QueueUrl: queue.url, MessageBody: "a" });
      const name = again.split("=")[0];
      const refused = await post("SendMessage", `${form}&${again}`);
      expect(refused.status).toBe(400);
      expect(refused.text).toContain("<Code>MalformedInput</Code>");
      expect(refused.text).toContain(`The parameter ${name} is given more than once.`);
      expect(await queue.bodies()).toEqual([]);
    },
  );

  test.each([
    ["a+b%20c", "a b c"],
    ["a%2Bb", "a+b"],
    ["%E4%B8%AD%f0%9f%98%80", "中\u{1F600}"],
    ["中\u{1F600}", "中\u{1F600}"],
    ["a=b==", "a=b=="],
    ["a%26b%3Dc%25", "a&b=c%"],
    ["%09%0A%0D", "\t\n\r"],
    ["a;b,c", "a;b,c"],
  ])("with the value %s means %j", async (text, body) => {
    const queue = await TestQueue.create();
    const rest = encoded({ Action: "SendMessage", QueueUrl: queue.url });
    await accepted(post("SendMessage", `&&${rest}&MessageBody=${text}&`));
    expect(await queue.bodies()).toEqual([body]);
  });

  test.each(["%", "%4", "%zz", "100%", "%ff", "%c3%28", "%ed%a0%80", "%u4e2d"])(
    "with the value %s is no text: it is refused and not mended",
    async (text) => {
      const queue = await TestQueue.create();
      const rest = encoded({ Action: "SendMessage", QueueUrl: queue.url });
      await refused(post("", `${rest}&MessageBody=${text}`), "SerializationException");
      await refused(post("", `${rest}&MessageBody=a&${text}=b`), "SerializationException");
      expect(await queue.counts()).toEqual(EMPTY);
    },
  );

  test("in bytes that are no UTF-8 is refused", async () => {
    const queue = await TestQueue.create();
    const rest = encoded({ Action: "SendMessage", QueueUrl: queue.url });
    const bytes = Buffer.concat([Buffer.from(`${rest}&MessageBody=`), Buffer.from([0xff, 0x61])]);
    await refused(post("", bytes), "SerializationException");
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test.each([
    ["too many parameters", "a=b&".repeat(100_000)],
    ["a name of too many parts", `${"a.".repeat(1_000_000)}=b`],
    [
      "many names of many parts",
      Array.from({ length: 5_000 }, (_, i) => `${i}.${i}.${i}`).join("&"),
    ],
  ])("with %s is refused", async (_title, text) => {
    await refused(post("", `Action=ListQueues&${text}`), "SerializationException");
  });

  test("of more than any message can need is refused, as too large", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new Uint8Array(9 * 1024 * 1024);
    const response = await fetchPath("/", { method: "POST", headers, body });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain("<Code>RequestEntityTooLarge</Code>");
  });
});

describe("at the path of a queue, a request", () => {
  test.each(["GET", "POST"])("is for that queue, by %s [ls]", async (method) => {
    const queue = await TestQueue.create();
    const form = { MessageBody: "a" };
    const path = pathOf(queue);
    const answer =
      method === "GET"
        ? get("SendMessage", form, path)
        : post("SendMessage", encoded({ Action: "SendMessage", ...form }), { path });
    await accepted(answer);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is for the queue that its QueueUrl names, if it has one [ls]", async () => {
    const queue = await TestQueue.create();
    const other = await TestQueue.create();
    const form = { QueueUrl: other.url, MessageBody: "a" };
    await accepted(get("SendMessage", form, pathOf(queue)));
    expect(await queue.counts()).toEqual(EMPTY);
    expect(await other.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("may ask for the URL of another queue [ls]", async () => {
    const queue = await TestQueue.create();
    const other = await TestQueue.create();
    const answer = await accepted(get("GetQueueUrl", { QueueName: other.name }, pathOf(queue)));
    expect(answer).toEqual({ QueueUrl: other.url });
  });

  test.each(["CreateQueue", "ListQueues"])("may not be %s [ls]", async (action) => {
    const queue = await TestQueue.create();
    const QueueName = newName();
    const text = `The action ${action} is not valid for this endpoint.`;
    const answer = get(action, { QueueName }, pathOf(queue));
    await refused(answer, "UnknownOperationException", text);
    await refused(call("GetQueueUrl", { QueueName }), noQueue);
  });
});

describe("an unknown action is refused", () => {
  test.each(["FooBar", "sendMessage", "constructor", "__proto__", "", "SendMessage "])(
    "when it is %j [ls]",
    async (action) => {
      const text = `The action ${action} is not valid for this endpoint.`;
      await refused(get(action, {}), "UnknownOperationException", text);
      await refused(post(action, encoded({ Action: action })), "UnknownOperationException", text);
    },
  );

  test("when a form has none", async () => {
    await refused(post("", ""), "UnknownOperationException");
    await refused(post("", "Version=2012-11-05&QueueUrl=x"), "UnknownOperationException");
  });

  test("when its name is very long, without repeating all of it", async () => {
    const { error, text } = await post("", `Action=${"x".repeat(100_000)}`);
    expect(error?.shape).toBe("UnknownOperationException");
    expect(text.length).toBeLessThan(1_000);
  });
});

describe("a request that names no action is answered 404, in a word [ls]", () => {
  const WORD = "<UnknownOperationException/>";

  test.each(["/", "/000000000000/queue", "/anything", "/?Version=2012-11-05", "/?x=Action=y"])(
    "at %s, whatever form is accepted",
    async (path) => {
      for (const accept of ["*/*", "application/json", "text/xml"]) {
        const response = await fetchPath(path, { headers: { accept } });
        expect(response.status).toBe(404);
        expect(response.headers.get("x-amzn-requestid")).toMatch(UUID);
        expect((await response.text()).trim()).toBe(WORD);
      }
    },
  );

  test.each(["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "by %s, which never acts, even if its URL says so",
    async (method) => {
      const queue = await TestQueue.create();
      await queue.send("a");
      const query = encoded({ Action: "PurgeQueue", QueueUrl: queue.url });
      for (const path of ["/", pathOf(queue)]) {
        const response = await fetchPath(`${path}?${query}`, { method });
        expect(response.status).toBe(404);
        expect((await response.text()).trim()).toBe(method === "HEAD" ? "" : WORD);
      }
      expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    },
  );
});

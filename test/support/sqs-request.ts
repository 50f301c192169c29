/**
 * The bytes of a request as an AWS SDK sends them, over HTTP/1.1 with all the headers of an SDK: AWS
 * JSON 1.0, or the older Query protocol. The signature is well-formed and means nothing; a server that does
 * not verify signatures accepts it.
 */

export type Action =
  | "CreateQueue"
  | "DeleteQueue"
  | "GetQueueAttributes"
  | "SendMessage"
  | "SendMessageBatch"
  | "ReceiveMessage"
  | "DeleteMessage"
  | "DeleteMessageBatch"
  | "ChangeMessageVisibility"
  | "ChangeMessageVisibilityBatch"
  | "ListMessageMoveTasks"
  | "StartMessageMoveTask"
  | "SetQueueAttributes"
  | "TagQueue"
  | "ListQueueTags";

const SIGNED_HEADERS = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target";

/** Everything before the body's length, for one action. Build once, use often. */
export function requestHead(action: Action, host: string): string {
  return [
    "POST / HTTP/1.1",
    `host: ${host}`,
    "content-type: application/x-amz-json-1.0",
    `x-amz-target: AmazonSQS.${action}`,
    "x-amzn-query-mode: true",
    "user-agent: aws-sdk-js/3.1169.0 ua/2.1 os/linux lang/js md/nodejs#24.21.0 api/sqs#3.1169.0",
    "amz-sdk-invocation-id: 5d3f2c5e-6a0e-4a5b-9a57-2f1f7c1a9b1d",
    "amz-sdk-request: attempt=1; max=3",
    "x-amz-date: 20261124T120000Z",
    `x-amz-content-sha256: ${"0".repeat(64)}`,
    "authorization: AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/sqs/aws4_request, " +
      `SignedHeaders=${SIGNED_HEADERS}, Signature=${"0".repeat(64)}`,
    "connection: keep-alive",
    "content-length: ",
  ].join("\r\n");
}

/**
 * The same for the Query protocol, whose action is in the form: as boto3 sent it before it spoke JSON.
 */
export function queryRequestHead(host: string, path: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/x-www-form-urlencoded; charset=utf-8",
    "user-agent: Boto3/1.28.80 md/Botocore#1.31.80 ua/2.0 os/linux md/arch#x86_64 lang/python#3.11.2",
    "x-amz-date: 20261124T120000Z",
    "authorization: AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/sqs/aws4_request, " +
      `SignedHeaders=content-type;host;x-amz-date, Signature=${"0".repeat(64)}`,
    "amz-sdk-invocation-id: 5d3f2c5e-6a0e-4a5b-9a57-2f1f7c1a9b1d",
    "amz-sdk-request: attempt=1",
    "connection: keep-alive",
    "content-length: ",
  ].join("\r\n");
}

/** A complete request: head, length, form. */
export function queryRequest(head: string, parameters: Record<string, string>): string {
  const body = `${new URLSearchParams({ ...parameters, Version: "2012-11-05" })}`;
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A complete request: head, length, JSON body. */
export function sqsRequest(head: string, input: object): string {
  const body = JSON.stringify(input);
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

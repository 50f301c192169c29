/**
 * The AWS SDK as its users set it up for an endpoint of their own: nothing else is changed, so its
 * retries, its checks of MD5 digests and its connection pool are what they are.
 */
import { SQSClient } from "@aws-sdk/client-sqs";

const ANY_KEYS = { accessKeyId: "local", secretAccessKey: "local" };

export function newSdkClient(
  endpoint: string,
  region = "us-east-1",
  credentials = ANY_KEYS,
): SQSClient {
  return new SQSClient({ endpoint, region, credentials });
}

/**
 * The AWS SDK as its users set it up for an endpoint of their own: nothing else is changed, so its
 * retries, its checks of MD5 digests and its connection pool are what they are.
 */
import { SQSClient } from "@aws-sdk/client-sqs";

export function newSdkClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new SQSClient({ endpoint, region: "us-east-1", credentials });
}

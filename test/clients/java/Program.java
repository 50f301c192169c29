import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * What a program does with the AWS SDK for Java, step by step, and the SDK's batch manager. The
 * endpoint comes from the environment.
 *
 * <p>Argument: "steps" or "batch-manager". Prints the steps done, or what was handled, as JSON.
 */
class Program {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "steps" -> {
        try (SqsClient sqs = SqsClient.create()) {
          System.out.println("{\"steps\": [\"" + String.join("\", \"", new Steps(sqs).take()) + "\"]}");
        }
      }
      case "batch-manager" -> {
        try (SqsAsyncClient sqs = SqsAsyncClient.create()) {
          System.out.println(new BatchManagerRun(sqs).handleAll());
        }
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }
}

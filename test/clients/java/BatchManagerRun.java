import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.batchmanager.SqsAsyncBatchManager;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * The SDK's batch manager: callers send, receive and delete one message each, and it joins them into
 * batches. It asks for the queue's attributes first and checks digests of bodies and attributes.
 */
class BatchManagerRun {
  private static final int MESSAGE_COUNT = 1000;

  private final SqsAsyncClient sqs;

  BatchManagerRun(SqsAsyncClient sqs) {
    this.sqs = sqs;
  }

  String handleAll() {
    String url = sqs.createQueue(request -> request.queueName("managed")).join().queueUrl();
    Set<String> bodies = new HashSet<>();
    int received = 0;
    try (SqsAsyncBatchManager manager = sqs.batchManager()) {
      List<CompletableFuture<?>> sends = new ArrayList<>();
      for (int i = 0; i < MESSAGE_COUNT; i++) {
        String body = "managed " + i;
        sends.add(manager.sendMessage(request -> request.queueUrl(url).messageBody(body)));
      }
      sends.forEach(CompletableFuture::join);
      List<CompletableFuture<?>> deletes = new ArrayList<>();
      while (bodies.size() < MESSAGE_COUNT) {
        for (Message message : manager.receiveMessage(r -> r.queueUrl(url)).join().messages()) {
          bodies.add(message.body());
          received++;
          String handle = message.receiptHandle();
          deletes.add(manager.deleteMessage(r -> r.queueUrl(url).receiptHandle(handle)));
        }
      }
      deletes.forEach(CompletableFuture::join);
    }
    String left =
        sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.ALL))
            .join()
            .attributes()
            .get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES);
    return "{\"received\": " + received + ", \"distinct\": " + bodies.size() + ", \"left\": " + left + "}";
  }
}

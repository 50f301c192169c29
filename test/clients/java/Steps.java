import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageResponse;

/** The steps. The SDK itself checks the digests of bodies and attributes. */
class Steps {
  private static final String BODY = "first & <best>, für Zoë 🚀";
  private static final Map<String, MessageAttributeValue> ATTRIBUTES =
      Map.of(
          "text", MessageAttributeValue.builder().dataType("String").stringValue("für & <Zoë>").build(),
          "price", MessageAttributeValue.builder().dataType("Number.eur").stringValue("42.00").build(),
          "bytes", MessageAttributeValue.builder().dataType("Binary").binaryValue(allBytes()).build());

  private final SqsClient sqs;
  private final List<String> done = new ArrayList<>();

  Steps(SqsClient sqs) {
    this.sqs = sqs;
  }

  List<String> take() {
    String url = create("orders", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "60"));
    String found = sqs.getQueueUrl(r -> r.queueName("orders")).queueUrl();
    expect(found.equals(url), "found " + found);
    done.add("create");
    singleMessage(url);
    batches(url);
    longPoll(url);
    attributesAndTags(url);
    missingQueue();
    String fifo = orderedOnce();
    String dead = create("failed", Map.of());
    String work = deadLetter(dead);
    redrive(dead, work);
    sqs.sendMessage(r -> r.queueUrl(url).messageBody("to be purged"));
    sqs.purgeQueue(r -> r.queueUrl(url));
    String left = attribute(url, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED);
    expect(left.equals("0"), left + " messages are left");
    for (String queue : List.of(url, fifo, dead, work)) sqs.deleteQueue(r -> r.queueUrl(queue));
    done.add("purge and delete queues");
    return done;
  }

  private void singleMessage(String url) {
    SendMessageResponse sent =
        sqs.sendMessage(r -> r.queueUrl(url).messageBody(BODY).messageAttributes(ATTRIBUTES));
    Message message = receive(url, 1).get(0);
    expect(message.messageId().equals(sent.messageId()), "another message came");
    expect(message.body().equals(BODY), "its body is " + message.body());
    expect(message.messageAttributes().equals(ATTRIBUTES), "attributes: " + message);
    done.add("send and receive");

    String handle = message.receiptHandle();
    sqs.changeMessageVisibility(r -> r.queueUrl(url).receiptHandle(handle).visibilityTimeout(0));
    Message again = receive(url, 1).get(0);
    String count = again.attributes().get(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT);
    expect(count.equals("2"), "its count is " + count);
    done.add("change visibility");

    delete(url, again);
    String left = attribute(url, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
    expect(left.equals("0"), "it is still there");
    done.add("delete");
  }

  private void batches(String url) {
    List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      entries.add(
          SendMessageBatchRequestEntry.builder()
              .id("e" + i)
              .messageBody("body " + i)
              .messageAttributes(ATTRIBUTES)
              .build());
    }
    expect(sqs.sendMessageBatch(r -> r.queueUrl(url).entries(entries)).successful().size() == 10, "sent");
    List<Message> messages = receive(url, 10);
    messages.sort(Comparator.comparing(Message::body));
    List<DeleteMessageBatchRequestEntry> deletes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Message message = messages.get(i);
      expect(message.body().equals("body " + i), message.body());
      expect(message.messageAttributes().equals(ATTRIBUTES), "attributes: " + message);
      String handle = i == 9 ? "no handle" : message.receiptHandle();
      deletes.add(DeleteMessageBatchRequestEntry.builder().id("d" + i).receiptHandle(handle).build());
    }
    var deleted = sqs.deleteMessageBatch(r -> r.queueUrl(url).entries(deletes));
    expect(deleted.successful().size() == 9 && deleted.failed().size() == 1, deleted.toString());
    BatchResultErrorEntry failed = deleted.failed().get(0);
    expect(failed.code().equals("ReceiptHandleIsInvalid") && failed.senderFault(), failed.toString());
    delete(url, messages.get(9));
    done.add("batches");
  }

  private void longPoll(String url) {
    long beganMs = System.currentTimeMillis();
    sqs.sendMessage(r -> r.queueUrl(url).messageBody("later").delaySeconds(1));
    delete(url, receive(url, 1).get(0));
    long tookMs = System.currentTimeMillis() - beganMs;
    expect(tookMs > 900 && tookMs < 4000, "it came after " + tookMs + " ms");
    done.add("long poll");
  }

  private void attributesAndTags(String url) {
    sqs.setQueueAttributes(
        r -> r.queueUrl(url).attributes(Map.of(QueueAttributeName.DELAY_SECONDS, "3")));
    expect(attribute(url, QueueAttributeName.DELAY_SECONDS).equals("3"), "the delay is another");
    expect(attribute(url, QueueAttributeName.VISIBILITY_TIMEOUT).equals("60"), "60 is forgotten");
    done.add("attributes");

    sqs.tagQueue(r -> r.queueUrl(url).tags(Map.of("team", "red + blue", "stage", "test")));
    sqs.untagQueue(r -> r.queueUrl(url).tagKeys("stage"));
    Map<String, String> tags = sqs.listQueueTags(r -> r.queueUrl(url)).tags();
    expect(tags.equals(Map.of("team", "red + blue")), "tags: " + tags);
    done.add("tags");
  }

  private void missingQueue() {
    try {
      sqs.getQueueUrl(r -> r.queueName("no-such-queue"));
    } catch (QueueDoesNotExistException error) {
      expect(error.statusCode() == 400 && error.requestId() != null, error.toString());
      String code = error.awsErrorDetails().errorCode();
      expect(code.equals("AWS.SimpleQueueService.NonExistentQueue"), code);
      done.add("queue does not exist");
    }
  }

  private String orderedOnce() {
    String url = create("ledger.fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true"));
    SendMessageResponse first = sendOrdered(url, "one", "d");
    SendMessageResponse again = sendOrdered(url, "one", "d");
    expect(first.messageId().equals(again.messageId()), "it was sent twice");
    expect(first.sequenceNumber().equals(again.sequenceNumber()), "it has two numbers");
    sendOrdered(url, "two", "e");
    List<Message> messages = receive(url, 2);
    expect(messages.get(0).body().equals("one") && messages.get(1).body().equals("two"), "order");
    done.add("fifo");
    return url;
  }

  private SendMessageResponse sendOrdered(String url, String body, String id) {
    return sqs.sendMessage(
        r -> r.queueUrl(url).messageBody(body).messageGroupId("g").messageDeduplicationId(id));
  }

  private String deadLetter(String dead) {
    String arn = attribute(dead, QueueAttributeName.QUEUE_ARN);
    String policy = "{\"deadLetterTargetArn\": \"" + arn + "\", \"maxReceiveCount\": 1}";
    String work =
        create(
            "work",
            Map.of(
                QueueAttributeName.VISIBILITY_TIMEOUT, "0",
                QueueAttributeName.REDRIVE_POLICY, policy));
    sqs.sendMessage(r -> r.queueUrl(work).messageBody("poison"));
    receive(work, 1);
    expect(!sqs.receiveMessage(r -> r.queueUrl(work)).hasMessages(), "it came twice");
    Message message = receive(dead, 1).get(0);
    String source = message.attributes().get(MessageSystemAttributeName.DEAD_LETTER_QUEUE_SOURCE_ARN);
    expect(attribute(work, QueueAttributeName.QUEUE_ARN).equals(source), "its source is " + source);
    String handle = message.receiptHandle();
    sqs.changeMessageVisibility(r -> r.queueUrl(dead).receiptHandle(handle).visibilityTimeout(0));
    List<String> sources = sqs.listDeadLetterSourceQueues(r -> r.queueUrl(dead)).queueUrls();
    expect(sources.equals(List.of(work)), "sources: " + sources);
    done.add("dead letters");
    return work;
  }

  private void redrive(String dead, String work) {
    String arn = attribute(dead, QueueAttributeName.QUEUE_ARN);
    sqs.startMessageMoveTask(r -> r.sourceArn(arn));
    expect(receive(work, 1).get(0).body().equals("poison"), "another message came back");
    expect(sqs.listMessageMoveTasks(r -> r.sourceArn(arn)).results().size() == 1, "tasks");
    done.add("redrive");
  }

  private String create(String name, Map<QueueAttributeName, String> attributes) {
    return sqs.createQueue(r -> r.queueName(name).attributes(attributes)).queueUrl();
  }

  private String attribute(String url, QueueAttributeName name) {
    return sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.ALL))
        .attributes()
        .get(name);
  }

  /** Long-polls until the messages have come. */
  private List<Message> receive(String url, int count) {
    List<Message> messages = new ArrayList<>();
    long deadlineMs = System.currentTimeMillis() + 20_000;
    while (messages.size() < count) {
      expect(System.currentTimeMillis() < deadlineMs, messages.size() + " messages came");
      messages.addAll(
          sqs.receiveMessage(
                  r ->
                      r.queueUrl(url)
                          .maxNumberOfMessages(10)
                          .waitTimeSeconds(5)
                          .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                          .messageAttributeNames("All"))
              .messages());
    }
    expect(messages.size() == count, messages.size() + " messages came");
    return messages;
  }

  private void delete(String url, Message message) {
    sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(message.receiptHandle()));
  }

  private static SdkBytes allBytes() {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
    return SdkBytes.fromByteArray(bytes);
  }

  private static void expect(boolean holds, String otherwise) {
    if (!holds) throw new IllegalStateException(otherwise);
  }
}

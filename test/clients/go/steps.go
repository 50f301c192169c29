package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const body = "first & <best>, für Zoë 🚀"

var binary = func() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}()

var attributes = map[string]types.MessageAttributeValue{
	"text":  {DataType: aws.String("String"), StringValue: aws.String("für & <Zoë>")},
	"price": {DataType: aws.String("Number.eur"), StringValue: aws.String("42.00")},
	"bytes": {DataType: aws.String("Binary"), BinaryValue: binary},
}

func takeSteps(ctx context.Context, client *sqs.Client) []string {
	url := create(ctx, client, "orders", map[string]string{"VisibilityTimeout": "60"})
	found := must(client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("orders")}))
	expect(*found.QueueUrl == url, "another queue was found: %s", *found.QueueUrl)
	steps := []string{"create"}

	sent := must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(body), MessageAttributes: attributes,
	}))
	message := receive(ctx, client, url, 1)[0]
	expect(*message.MessageId == *sent.MessageId, "another message came")
	expect(*message.Body == body, "its body is %q", *message.Body)
	expectAttributes(message)
	expect(*message.MD5OfMessageAttributes == *sent.MD5OfMessageAttributes, "the digests differ")
	steps = append(steps, "send and receive")

	must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0,
	}))
	message = receive(ctx, client, url, 1)[0]
	expect(message.Attributes["ApproximateReceiveCount"] == "2", "its count is not 2")
	steps = append(steps, "change visibility")

	remove(ctx, client, url, message)
	shown := attributesOf(ctx, client, url)
	expect(shown["ApproximateNumberOfMessagesNotVisible"] == "0", "it is still there")
	steps = append(steps, "delete")

	sendAndDeleteBatch(ctx, client, url)
	steps = append(steps, "batches")

	began := time.Now()
	must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String("later"), DelaySeconds: 1,
	}))
	remove(ctx, client, url, receive(ctx, client, url, 1)[0])
	expect(time.Since(began) > 900*time.Millisecond, "it came too early")
	expect(time.Since(began) < 4*time.Second, "it came too late")
	steps = append(steps, "long poll")

	must(client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{"DelaySeconds": "3"},
	}))
	shown = attributesOf(ctx, client, url)
	expect(shown["DelaySeconds"] == "3" && shown["VisibilityTimeout"] == "60", "shown: %v", shown)
	steps = append(steps, "attributes")

	tags := map[string]string{"team": "red + blue", "stage": "test"}
	must(client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: tags}))
	must(client.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"stage"}}))
	listed := must(client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})).Tags
	expect(len(listed) == 1 && listed["team"] == "red + blue", "tags: %v", listed)
	steps = append(steps, "tags")

	_, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("no-such-queue")})
	var missing *types.QueueDoesNotExist
	expect(errors.As(err, &missing), "another error: %v", err)
	expect(missing.ErrorFault() == smithy.FaultClient, "the fault is not the client's")
	expect(missing.ErrorCode() == "AWS.SimpleQueueService.NonExistentQueue", "code %s", missing.ErrorCode())
	steps = append(steps, "queue does not exist")

	fifo := orderedOnce(ctx, client)
	steps = append(steps, "fifo")
	dead, work := deadLetter(ctx, client)
	steps = append(steps, "dead letters")
	redrive(ctx, client, dead, work)
	steps = append(steps, "redrive")

	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("p")}))
	must(client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url}))
	shown = attributesOf(ctx, client, url)
	expect(shown["ApproximateNumberOfMessagesDelayed"] == "0", "it is not empty")
	for _, queue := range []string{url, fifo, dead, work} {
		must(client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &queue}))
	}
	return append(steps, "purge and delete queues")
}

func sendAndDeleteBatch(ctx context.Context, client *sqs.Client, url string) {
	var entries []types.SendMessageBatchRequestEntry
	for i := range 10 {
		id := strconv.Itoa(i)
		entries = append(entries, types.SendMessageBatchRequestEntry{
			Id: &id, MessageBody: aws.String("body " + id), MessageAttributes: attributes,
		})
	}
	sent := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: &url, Entries: entries,
	}))
	expect(len(sent.Successful) == 10 && len(sent.Failed) == 0, "%v", sent)
	messages := receive(ctx, client, url, 10)
	slices.SortFunc(messages, func(a, b types.Message) int { return int((*a.Body)[5]) - int((*b.Body)[5]) })
	var deletes []types.DeleteMessageBatchRequestEntry
	for i, message := range messages {
		expect(*message.Body == fmt.Sprintf("body %d", i), "body %q", *message.Body)
		expectAttributes(message)
		deletes = append(deletes, types.DeleteMessageBatchRequestEntry{
			Id: message.MessageId, ReceiptHandle: message.ReceiptHandle,
		})
	}
	deletes[9] = types.DeleteMessageBatchRequestEntry{
		Id: aws.String("bad"), ReceiptHandle: aws.String("no handle"),
	}
	deleted := must(client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
		QueueUrl: &url, Entries: deletes,
	}))
	expect(len(deleted.Successful) == 9 && len(deleted.Failed) == 1, "%v", deleted)
	expect(*deleted.Failed[0].Code == "ReceiptHandleIsInvalid", "code %s", *deleted.Failed[0].Code)
	expect(deleted.Failed[0].SenderFault, "the fault is not the sender's")
	remove(ctx, client, url, messages[9])
}

func orderedOnce(ctx context.Context, client *sqs.Client) string {
	url := create(ctx, client, "ledger.fifo", map[string]string{"FifoQueue": "true"})
	send := func(text, id string) *sqs.SendMessageOutput {
		return must(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: &text,
			MessageGroupId: aws.String("g"), MessageDeduplicationId: &id,
		}))
	}
	first, again := send("one", "d"), send("one", "d")
	expect(*first.MessageId == *again.MessageId, "it was sent twice")
	expect(*first.SequenceNumber == *again.SequenceNumber, "it has two numbers")
	send("two", "e")
	messages := receive(ctx, client, url, 2)
	expect(*messages[0].Body == "one" && *messages[1].Body == "two", "they are not in order")
	expect(messages[0].Attributes["SequenceNumber"] == *first.SequenceNumber, "the numbers differ")
	return url
}

func deadLetter(ctx context.Context, client *sqs.Client) (dead, work string) {
	dead = create(ctx, client, "failed", nil)
	arn := attributesOf(ctx, client, dead)["QueueArn"]
	work = create(ctx, client, "work", map[string]string{
		"VisibilityTimeout": "0",
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, arn),
	})
	must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &work, MessageBody: aws.String("poison"),
	}))
	receive(ctx, client, work, 1)
	none := must(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &work}))
	expect(len(none.Messages) == 0, "it came twice")
	message := receive(ctx, client, dead, 1)[0]
	source := message.Attributes["DeadLetterQueueSourceArn"]
	expect(source == attributesOf(ctx, client, work)["QueueArn"], "its source is %q", source)
	must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &dead, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0,
	}))
	sources := must(client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{
		QueueUrl: &dead,
	}))
	expect(slices.Equal(sources.QueueUrls, []string{work}), "sources: %v", sources.QueueUrls)
	return dead, work
}

func redrive(ctx context.Context, client *sqs.Client, dead, work string) {
	arn := attributesOf(ctx, client, dead)["QueueArn"]
	must(client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn}))
	expect(*receive(ctx, client, work, 1)[0].Body == "poison", "another message came back")
	tasks := must(client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &arn}))
	expect(len(tasks.Results) == 1, "there are %d tasks", len(tasks.Results))
}

func create(ctx context.Context, client *sqs.Client, name string, with map[string]string) string {
	return *must(client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &name, Attributes: with,
	})).QueueUrl
}

func attributesOf(ctx context.Context, client *sqs.Client, url string) map[string]string {
	return must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})).Attributes
}

// Long-polls until the messages have come.
func receive(ctx context.Context, client *sqs.Client, url string, count int) []types.Message {
	var messages []types.Message
	for deadline := time.Now().Add(20 * time.Second); len(messages) < count; {
		expect(time.Now().Before(deadline), "%d of %d messages came", len(messages), count)
		answer := must(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
			MessageAttributeNames:       []string{"All"},
		}))
		messages = append(messages, answer.Messages...)
	}
	expect(len(messages) == count, "%d messages came", len(messages))
	return messages
}

func remove(ctx context.Context, client *sqs.Client, url string, message types.Message) {
	must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: &url, ReceiptHandle: message.ReceiptHandle,
	}))
}

func expectAttributes(message types.Message) {
	expect(len(message.MessageAttributes) == len(attributes), "%v", message.MessageAttributes)
	for name, expected := range attributes {
		value := message.MessageAttributes[name]
		expect(*value.DataType == *expected.DataType, "%s is of %s", name, *value.DataType)
		expect(aws.ToString(value.StringValue) == aws.ToString(expected.StringValue), "%s", name)
		expect(bytes.Equal(value.BinaryValue, expected.BinaryValue), "%s has other bytes", name)
	}
}

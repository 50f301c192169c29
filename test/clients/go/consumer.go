package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	workerCount  = 50
	messageCount = 5000
)

// Workers poll before the first message is there. The last one handled ends all of them, most in the
// middle of a poll; such a poll must take no message with it.
func consume(ctx context.Context, client *sqs.Client) map[string]any {
	url := create(ctx, client, "jobs", nil)
	polling, stop := context.WithCancel(ctx)
	defer stop()
	var handled sync.Map
	var received, distinct atomic.Int64
	var workers sync.WaitGroup
	for range workerCount {
		workers.Go(func() {
			for polling.Err() == nil {
				answer, err := client.ReceiveMessage(polling, &sqs.ReceiveMessageInput{
					QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20,
				})
				if polling.Err() != nil {
					return
				}
				check(err)
				for _, message := range answer.Messages {
					_, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
						QueueUrl: &url, ReceiptHandle: message.ReceiptHandle,
					})
					check(err)
					received.Add(1)
					if _, known := handled.LoadOrStore(*message.Body, true); !known {
						if distinct.Add(1) == messageCount {
							stop()
						}
					}
				}
			}
		})
	}
	sendJobs(ctx, client, url)
	workers.Wait()
	sendJobs(ctx, client, url)
	left := attributesOf(ctx, client, url)
	return map[string]any{
		"received": received.Load(), "distinct": distinct.Load(),
		"visibleAfterwards": left["ApproximateNumberOfMessages"],
	}
}

func sendJobs(ctx context.Context, client *sqs.Client, url string) {
	for start := 0; start < messageCount; start += 10 {
		var entries []types.SendMessageBatchRequestEntry
		for number := start; number < start+10; number++ {
			id, body := strconv.Itoa(number), fmt.Sprintf("job %d", number)
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body})
		}
		answer := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: &url, Entries: entries,
		}))
		expect(len(answer.Successful) == 10, "%d of 10 were sent", len(answer.Successful))
	}
}

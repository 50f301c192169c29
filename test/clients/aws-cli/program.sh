#!/usr/bin/env bash
# What an administrator does with the AWS CLI, step by step. Its arguments are the command that runs
# the CLI, with or without --endpoint-url. Prints the steps done as JSON.
set -euo pipefail

cli=("$@")
steps=()

sqs() { "${cli[@]}" sqs "$@" --output text; }

expect() { # what, actual, expected
  if [[ $2 != "$3" ]]; then
    echo "$1 is '$2', not '$3'" >&2
    exit 1
  fi
}

attribute() { # queue, name
  sqs get-queue-attributes --queue-url "$1" --attribute-names All --query "Attributes.$2"
}

receive() { # queue, query, and further flags
  sqs receive-message --queue-url "$1" --max-number-of-messages 10 --wait-time-seconds 5 \
    --attribute-names All --message-attribute-names All --query "$2" "${@:3}"
}

url=$(sqs create-queue --queue-name orders --attributes VisibilityTimeout=60 --query QueueUrl)
expect "the URL" "$url" "$AWS_ENDPOINT_URL_SQS/000000000000/orders"
expect "the URL found" "$(sqs get-queue-url --queue-name orders --query QueueUrl)" "$url"
expect "the list" "$(sqs list-queues --queue-name-prefix ord --query 'QueueUrls[]')" "$url"
steps+=("create")

body='first & <best>, für Zoë 🚀'
attributes='{"text": {"DataType": "String", "StringValue": "für & <Zoë>"},
  "bytes": {"DataType": "Binary", "BinaryValue": "AP+A"}}'
id=$(sqs send-message --queue-url "$url" --message-body "$body" --message-attributes "$attributes" \
  --query MessageId)
query='Messages[0].[MessageId, Body, MessageAttributes.text.StringValue, ReceiptHandle]'
IFS=$'\t' read -r got_id got_body got_text handle < <(receive "$url" "$query")
expect "the id" "$got_id" "$id"
expect "the body" "$got_body" "$body"
expect "the attribute" "$got_text" "für & <Zoë>"
steps+=("send and receive")

sqs change-message-visibility --queue-url "$url" --receipt-handle "$handle" --visibility-timeout 0
query='Messages[0].[Attributes.ApproximateReceiveCount, MessageAttributes.bytes.BinaryValue, ReceiptHandle]'
IFS=$'\t' read -r count bytes handle < <(receive "$url" "$query")
expect "the count" "$count" 2
# Version 1 takes binary values as they are, version 2 in base64; both print base64.
case $("${cli[0]}" --version 2>&1) in
  aws-cli/1.*) expect "the binary attribute" "$bytes" "QVArQQ==" ;;
  *) expect "the binary attribute" "$bytes" "AP+A" ;;
esac
steps+=("change visibility")

sqs delete-message --queue-url "$url" --receipt-handle "$handle"
expect "what is in flight" "$(attribute "$url" ApproximateNumberOfMessagesNotVisible)" 0
steps+=("delete")

entries='[{"Id": "a", "MessageBody": "one"}, {"Id": "b", "MessageBody": "two"}]'
sent=$(sqs send-message-batch --queue-url "$url" --entries "$entries" --query 'Successful[].Id')
expect "what was sent" "$sent" $'a\tb'
mapfile -t handles < <(receive "$url" 'Messages[].[ReceiptHandle]')
expect "how many came" "${#handles[@]}" 2
entries='[{"Id": "a", "ReceiptHandle": "'${handles[0]}'"}, {"Id": "bad", "ReceiptHandle": "none"}]'
deleted=$(sqs delete-message-batch --queue-url "$url" --entries "$entries" \
  --query '[Successful[0].Id, Failed[0].Id, Failed[0].Code]')
expect "what was deleted" "$deleted" $'a\tbad\tReceiptHandleIsInvalid'
sqs delete-message --queue-url "$url" --receipt-handle "${handles[1]}"
steps+=("batches")

sqs send-message --queue-url "$url" --message-body later --delay-seconds 2 >/dev/null
expect "what was waited for" "$(receive "$url" 'Messages[0].Body')" later
steps+=("long poll")

sqs set-queue-attributes --queue-url "$url" --attributes DelaySeconds=3
expect "the delay" "$(attribute "$url" DelaySeconds)" 3
expect "the visibility timeout" "$(attribute "$url" VisibilityTimeout)" 60
steps+=("attributes")

sqs tag-queue --queue-url "$url" --tags 'team=red,stage=test'
sqs untag-queue --queue-url "$url" --tag-keys stage
expect "the tags" "$(sqs list-queue-tags --queue-url "$url" --query 'join(`,`, values(Tags))')" red
steps+=("tags")

if problem=$(sqs get-queue-url --queue-name no-such-queue 2>&1); then exit 1; fi
if [[ $problem != *"(AWS.SimpleQueueService.NonExistentQueue)"* ]]; then
  echo "another error: $problem" >&2
  exit 1
fi
steps+=("queue does not exist")

fifo=$(sqs create-queue --queue-name ledger.fifo --attributes FifoQueue=true --query QueueUrl)
send=(send-message --queue-url "$fifo" --message-group-id g)
first=$(sqs "${send[@]}" --message-body one --message-deduplication-id d --query SequenceNumber)
again=$(sqs "${send[@]}" --message-body one --message-deduplication-id d --query SequenceNumber)
expect "the sequence number" "$again" "$first"
sqs "${send[@]}" --message-body two --message-deduplication-id e >/dev/null
expect "the order" "$(receive "$fifo" 'Messages[].Body')" $'one\ttwo'
steps+=("fifo")

dead=$(sqs create-queue --queue-name failed --query QueueUrl)
arn=$(attribute "$dead" QueueArn)
policy='{"VisibilityTimeout": "0", "RedrivePolicy":
  "{\"deadLetterTargetArn\": \"'$arn'\", \"maxReceiveCount\": 1}"}'
work=$(sqs create-queue --queue-name work --attributes "$policy" --query QueueUrl)
sqs send-message --queue-url "$work" --message-body poison >/dev/null
expect "the first receive" "$(receive "$work" 'Messages[0].Body')" poison
expect "the second receive" "$(sqs receive-message --queue-url "$work" --query 'Messages[]')" None
expect "the dead letter" "$(receive "$dead" 'Messages[0].Body' --visibility-timeout 0)" poison
sources=$(sqs list-dead-letter-source-queues --queue-url "$dead" --query 'queueUrls[]')
expect "the sources" "$sources" "$work"
steps+=("dead letters")

sqs start-message-move-task --source-arn "$arn" >/dev/null
expect "what came back" "$(receive "$work" 'Messages[0].Body')" poison
expect "the source of the task" \
  "$(sqs list-message-move-tasks --source-arn "$arn" --query 'Results[0].SourceArn')" "$arn"
steps+=("redrive")

sqs send-message --queue-url "$url" --message-body 'to be purged' >/dev/null
sqs purge-queue --queue-url "$url"
expect "what is left" "$(attribute "$url" ApproximateNumberOfMessagesDelayed)" 0
for queue in orders ledger.fifo failed work; do
  sqs delete-queue --queue-url "$queue" # A bare name is a URL, too.
done
steps+=("purge and delete queues")

printf -v list '"%s", ' "${steps[@]}"
printf '{"steps": [%s]}\n' "${list%, }"

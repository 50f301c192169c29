"""What a program does with boto3, step by step. It runs on a current boto3, which speaks JSON, and on
the last one that speaks the Query protocol; the endpoint comes from the environment.

Argument: the protocol that this boto3 must speak. Prints the steps done as JSON.
"""

import hashlib
import json
import sys
import time

import boto3

sqs = boto3.client("sqs")
assert sqs.meta.service_model.metadata["protocol"] == sys.argv[1]

BINARY = bytes(range(256))
BODY = "first & <best>, für Zoë 🚀"
done = []


def step(name):
    done.append(name)


def receive(url, count, **options):
    """Long-polls until `count` messages have come."""
    messages = []
    deadline = time.monotonic() + 20
    while len(messages) < count:
        assert time.monotonic() < deadline, f"{len(messages)} of {count} messages came"
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=5,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
            **options,
        )
        messages += answer.get("Messages", [])
    assert len(messages) == count
    for message in messages:
        assert hashlib.md5(message["Body"].encode()).hexdigest() == message["MD5OfBody"]
    return messages


def create(name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


url = create("orders", VisibilityTimeout="60")
assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
assert url in sqs.list_queues(QueueNamePrefix="ord")["QueueUrls"]
step("create")

attributes = {
    "text": {"DataType": "String", "StringValue": "für & <Zoë>"},
    "price": {"DataType": "Number.eur", "StringValue": "42.00"},
    "bytes": {"DataType": "Binary", "BinaryValue": BINARY},
}
sent = sqs.send_message(QueueUrl=url, MessageBody=BODY, MessageAttributes=attributes)
assert sent["MD5OfMessageBody"] == hashlib.md5(BODY.encode()).hexdigest()
(message,) = receive(url, 1)
assert message["MessageId"] == sent["MessageId"]
assert message["Body"] == BODY
assert message["MessageAttributes"] == attributes
assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
assert message["Attributes"]["ApproximateReceiveCount"] == "1"
step("send and receive")

handle = message["ReceiptHandle"]
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
(message,) = receive(url, 1)
assert message["Attributes"]["ApproximateReceiveCount"] == "2"
step("change visibility")

sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
assert attributes_of(url)["ApproximateNumberOfMessagesNotVisible"] == "0"
step("delete")

entries = [
    {"Id": f"e{i}", "MessageBody": f"body {i}", "MessageAttributes": attributes} for i in range(10)
]
answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
assert [entry["Id"] for entry in answer["Successful"]] == [entry["Id"] for entry in entries]
assert "Failed" not in answer
messages = receive(url, 10)
assert sorted(m["Body"] for m in messages) == [f"body {i}" for i in range(10)]
assert all(m["MessageAttributes"] == attributes for m in messages)
handles = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
renewed = sqs.change_message_visibility_batch(
    QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 90} for entry in handles]
)
assert len(renewed["Successful"]) == 10
answer = sqs.delete_message_batch(
    QueueUrl=url, Entries=[*handles[:9], {"Id": "bad", "ReceiptHandle": "no handle"}]
)
assert len(answer["Successful"]) == 9
assert [(f["Id"], f["Code"], f["SenderFault"]) for f in answer["Failed"]] == [
    ("bad", "ReceiptHandleIsInvalid", True)
]
sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[9]["ReceiptHandle"])
try:
    sqs.send_message_batch(QueueUrl=url, Entries=[])
    raise AssertionError("an empty batch was accepted")
except sqs.exceptions.EmptyBatchRequest:
    pass
step("batches")

began = time.monotonic()
sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
(message,) = receive(url, 1)
assert 0.9 < time.monotonic() - began < 4
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
assert "Messages" not in sqs.receive_message(QueueUrl=url)
step("long poll")

sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "3"})
shown = attributes_of(url)
assert (shown["DelaySeconds"], shown["VisibilityTimeout"]) == ("3", "60")
assert shown["ApproximateNumberOfMessages"] == "0"
assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[])
step("attributes")

sqs.tag_queue(QueueUrl=url, Tags={"team": "red + blue", "stage": "test"})
sqs.untag_queue(QueueUrl=url, TagKeys=["stage"])
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "red + blue"}
step("tags")

try:
    sqs.get_queue_url(QueueName="no-such-queue")
    raise AssertionError("a queue was found that does not exist")
except sqs.exceptions.QueueDoesNotExist as error:
    assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.response["ResponseMetadata"]["RequestId"]
step("queue does not exist")

fifo = create("ledger.fifo", FifoQueue="true")
entry = {"MessageBody": "one", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
first = sqs.send_message(QueueUrl=fifo, **entry)
again = sqs.send_message(QueueUrl=fifo, **entry)
assert again["MessageId"] == first["MessageId"]
assert again["SequenceNumber"] == first["SequenceNumber"]
sqs.send_message(QueueUrl=fifo, **{**entry, "MessageBody": "two", "MessageDeduplicationId": "e"})
messages = receive(fifo, 2)
assert [m["Body"] for m in messages] == ["one", "two"]
assert messages[0]["Attributes"]["SequenceNumber"] == first["SequenceNumber"]
assert messages[0]["Attributes"]["MessageGroupId"] == "g"
step("fifo")

dead = create("failed")
dead_arn = attributes_of(dead)["QueueArn"]
policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
work = create("work", VisibilityTimeout="0", RedrivePolicy=policy)
sqs.send_message(QueueUrl=work, MessageBody="poison")
receive(work, 1)
assert "Messages" not in sqs.receive_message(QueueUrl=work)
(message,) = receive(dead, 1, VisibilityTimeout=0)
assert message["Attributes"]["DeadLetterQueueSourceArn"] == attributes_of(work)["QueueArn"]
assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [work]
step("dead letters")

sqs.start_message_move_task(SourceArn=dead_arn)
(message,) = receive(work, 1)
assert message["Body"] == "poison"
(task,) = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
assert task["Status"] in ("RUNNING", "COMPLETED"), task
step("redrive")

sqs.send_message(QueueUrl=url, MessageBody="to be purged")
sqs.purge_queue(QueueUrl=url)
assert attributes_of(url)["ApproximateNumberOfMessagesDelayed"] == "0"
for queue in (url, fifo, dead, work):
    sqs.delete_queue(QueueUrl=queue)
assert "QueueUrls" not in sqs.list_queues()
step("purge and delete queues")

print(json.dumps({"steps": done}))

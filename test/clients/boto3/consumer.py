"""Receives and deletes until `count` different messages have come; checks what is in each. Arguments:
queue URL, count. Prints how many messages came in all."""

import sys

import boto3

sqs = boto3.client("sqs")
url, count = sys.argv[1], int(sys.argv[2])
assert sqs.meta.service_model.metadata["protocol"] == "json"

numbers = []
while len(set(numbers)) < count:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20, MessageAttributeNames=["All"]
    )
    messages = answer.get("Messages", [])
    assert messages, f"after {len(numbers)} messages nothing came for 20 s"
    for message in messages:
        attributes = message["MessageAttributes"]
        number = int(attributes["number"]["StringValue"])
        assert message["Body"] == f"order {number} & <für Zoë> 🚀"
        assert attributes["bytes"]["BinaryValue"] == bytes([0, 255, number % 256])
        numbers.append(number)
    answer = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages],
    )
    assert "Failed" not in answer, answer

print(len(numbers))

"""Sends numbered messages in batches, on the protocol of its boto3. Arguments: queue URL, count."""

import sys

import boto3

sqs = boto3.client("sqs")
url, count = sys.argv[1], int(sys.argv[2])
assert sqs.meta.service_model.metadata["protocol"] == "query"

for start in range(0, count, 10):
    entries = [
        {
            "Id": str(number),
            "MessageBody": f"order {number} & <für Zoë> 🚀",
            "MessageAttributes": {
                "number": {"DataType": "Number", "StringValue": str(number)},
                "bytes": {"DataType": "Binary", "BinaryValue": bytes([0, 255, number % 256])},
            },
        }
        for number in range(start, start + 10)
    ]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert len(answer["Successful"]) == 10, answer

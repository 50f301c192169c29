"""What an administrator and a user do with boto3 against a server that authenticates. The endpoints and
the root's credential come from the environment. Prints the steps done as JSON.
"""

import json

import boto3
from botocore.exceptions import ClientError

done = []


def client(service, key=None, secret=None, token=None):
    return boto3.client(
        service,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        return
    raise AssertionError(f"it was not refused with {code}")


iam = client("iam")
name = "ben"
queue = "orders"
user = iam.create_user(UserName=name)["User"]
key = iam.create_access_key(UserName=name)["AccessKey"]
id, secret = key["AccessKeyId"], key["SecretAccessKey"]
listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
assert [each["AccessKeyId"] for each in listed] == [id]
assert "SecretAccessKey" not in listed[0]
identity = client("sts", id, secret).get_caller_identity()
assert identity["Arn"] == user["Arn"]
done.append("user and key")

url = client("sqs").create_queue(QueueName=queue)["QueueUrl"]
sqs = client("sqs", id, secret)
refused("AccessDenied", sqs.send_message, QueueUrl=url, MessageBody="hello")
statement = {
    "Effect": "Allow",
    "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"],
    "Resource": f"arn:aws:sqs:*:*:{queue}",
}
policy = {"Version": "2012-10-17", "Statement": [statement]}
iam.put_user_policy(UserName=name, PolicyName="send", PolicyDocument=json.dumps(policy))
got = iam.get_user_policy(UserName=name, PolicyName="send")["PolicyDocument"]
assert got == policy
done.append("policy")

assert sqs.get_queue_url(QueueName=queue)["QueueUrl"] == url
sqs.send_message(QueueUrl=url, MessageBody="für & <Zoë> + ~ * 🚀")
entries = [{"Id": "a", "MessageBody": "of a batch"}]
assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 1
refused("AccessDenied", sqs.receive_message, QueueUrl=url)
refused("AccessDenied", sqs.delete_queue, QueueUrl=url)
refused("AccessDenied", client("iam", id, secret).list_users)
done.append("send and nothing else")

refused("SignatureDoesNotMatch", client("sqs", id, secret + "x").list_queues)
refused("InvalidClientTokenId", client("sqs", "any", "any").list_queues)
refused("SignatureDoesNotMatch", client("iam", id, secret + "x").list_users)
done.append("wrong credentials")

session = client("sts", id, secret).get_session_token()["Credentials"]
temporary = session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
client("sqs", *temporary).send_message(QueueUrl=url, MessageBody="of a session")
refused("InvalidClientTokenId", client("sqs", *temporary[:2]).list_queues)
done.append("session")

iam.update_access_key(UserName=name, AccessKeyId=id, Status="Inactive")
refused("InvalidClientTokenId", sqs.send_message, QueueUrl=url, MessageBody="late")
iam.delete_access_key(UserName=name, AccessKeyId=id)
iam.delete_user_policy(UserName=name, PolicyName="send")
iam.delete_user(UserName=name)
client("sqs").delete_queue(QueueUrl=url)
done.append("revoke and delete")

print(json.dumps({"steps": done}))

#!/usr/bin/env bash
# What an administrator does with the AWS CLI to give a program a key of its own, and what the program may
# with it. Its arguments are the command that runs the CLI, with or without --endpoint-url; the root's
# credential comes from the environment. Prints the steps done as JSON.
set -euo pipefail

cli=("$@")
steps=()

aws() { "${cli[@]}" "$@" --output text; }

expect() { # what, actual, expected
  if [[ $2 != "$3" ]]; then
    echo "$1 is '$2', not '$3'" >&2
    exit 1
  fi
}

refused() { # code, and the command
  local problem
  if problem=$("${@:2}" 2>&1); then
    echo "it was not refused: ${*:2}" >&2
    exit 1
  fi
  if [[ $problem != *"($1)"* ]]; then
    echo "another error: $problem" >&2
    exit 1
  fi
}

expect "the root" "$(aws sts get-caller-identity --query Arn)" "arn:aws:iam::000000000000:root"
url=$(aws sqs create-queue --queue-name orders --query QueueUrl)
aws iam create-user --user-name ann >/dev/null
IFS=$'\t' read -r id secret < <(aws iam create-access-key --user-name ann \
  --query 'AccessKey.[AccessKeyId, SecretAccessKey]')
expect "the key" "$(aws iam list-access-keys --user-name ann \
  --query 'AccessKeyMetadata[0].AccessKeyId')" "$id"
steps+=("create a key")

aws iam put-user-policy --user-name ann --policy-name send --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]
}'
expect "the policies" "$(aws iam list-user-policies --user-name ann --query 'PolicyNames[]')" send
steps+=("put a policy")

as_ann() { AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret aws "$@"; }
expect "the user" "$(as_ann sts get-caller-identity --query Arn)" \
  "arn:aws:iam::000000000000:user/ann"
as_ann sqs send-message --queue-url "$url" --message-body 'für & <Zoë> + ~ * 🚀' >/dev/null
refused AccessDenied as_ann sqs receive-message --queue-url "$url"
refused AccessDenied as_ann iam create-access-key --user-name ann
expect "the message" "$(aws sqs receive-message --queue-url "$url" --wait-time-seconds 5 \
  --query 'Messages[0].Body')" 'für & <Zoë> + ~ * 🚀'
steps+=("send with the key")

wrong() { AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=wrong aws "$@"; }
refused SignatureDoesNotMatch wrong sqs list-queues
refused SignatureDoesNotMatch wrong iam list-users
aws iam update-access-key --user-name ann --access-key-id "$id" --status Inactive
refused InvalidClientTokenId as_ann sqs send-message --queue-url "$url" --message-body late
aws iam delete-access-key --user-name ann --access-key-id "$id"
steps+=("revoke the key")

printf -v list '"%s", ' "${steps[@]}"
printf '{"steps": [%s]}\n' "${list%, }"

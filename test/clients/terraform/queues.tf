# A work queue with a dead-letter queue, which allows it by a resource of its own, and a FIFO queue.

resource "aws_sqs_queue" "failed" {
  name                      = "failed"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "work" {
  name                       = "work"
  delay_seconds              = 5
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 90
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.failed.arn
    maxReceiveCount     = 4
  })
  tags = {
    team = var.team
  }
}

resource "aws_sqs_queue_redrive_allow_policy" "failed" {
  queue_url = aws_sqs_queue.failed.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::000000000000:root" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.work.arn
    }]
  })
}

resource "aws_sqs_queue" "ledger" {
  name                        = "ledger.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

variable "team" {
  default = "red"
}

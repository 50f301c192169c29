# What a program does with the AWS SDK for Ruby, step by step. The SDK itself checks the digests of
# bodies and attributes. The endpoint comes from the environment. Prints the steps done as JSON.

require "aws-sdk-sqs"
require "json"

BODY = "first & <best>, für Zoë 🚀".freeze
BINARY = (0..255).to_a.pack("C*").freeze
ATTRIBUTES = {
  "text" => { data_type: "String", string_value: "für & <Zoë>" },
  "price" => { data_type: "Number.eur", string_value: "42.00" },
  "bytes" => { data_type: "Binary", binary_value: BINARY }
}.freeze

SQS = Aws::SQS::Client.new

def expect(holds, otherwise)
  raise otherwise unless holds
end

def create(name, attributes = {})
  SQS.create_queue(queue_name: name, attributes: attributes).queue_url
end

def attribute(url, name)
  SQS.get_queue_attributes(queue_url: url, attribute_names: ["All"]).attributes[name]
end

# Long-polls until the messages have come.
def receive(url, count, **options)
  messages = []
  deadline = Time.now + 20
  while messages.size < count
    expect(Time.now < deadline, "#{messages.size} of #{count} messages came")
    messages.concat(
      SQS.receive_message(
        queue_url: url, max_number_of_messages: 10, wait_time_seconds: 5,
        attribute_names: ["All"], message_attribute_names: ["All"], **options
      ).messages
    )
  end
  expect(messages.size == count, "#{messages.size} messages came")
  messages
end

def delete(url, message)
  SQS.delete_message(queue_url: url, receipt_handle: message.receipt_handle)
end

def expect_attributes(message)
  got = message.message_attributes
  expect(got.keys.sort == ATTRIBUTES.keys.sort, "attributes: #{got.keys}")
  ATTRIBUTES.each do |name, value|
    expect(got[name].data_type == value[:data_type], "the type of #{name}")
    expect(got[name].string_value == value[:string_value], "the text of #{name}")
    expect(got[name].binary_value&.b == value[:binary_value]&.b, "the bytes of #{name}")
  end
end

steps = []

url = create("orders", "VisibilityTimeout" => "60")
expect(SQS.get_queue_url(queue_name: "orders").queue_url == url, "another queue was found")
steps << "create"

sent = SQS.send_message(queue_url: url, message_body: BODY, message_attributes: ATTRIBUTES)
message = receive(url, 1).first
expect(message.message_id == sent.message_id && message.body == BODY, "another message came")
expect_attributes(message)
steps << "send and receive"

SQS.change_message_visibility(
  queue_url: url, receipt_handle: message.receipt_handle, visibility_timeout: 0
)
message = receive(url, 1).first
expect(message.attributes["ApproximateReceiveCount"] == "2", "its count is not 2")
steps << "change visibility"

delete(url, message)
expect(attribute(url, "ApproximateNumberOfMessagesNotVisible") == "0", "it is still there")
steps << "delete"

entries = (0..9).map { |i| { id: i.to_s, message_body: "body #{i}", message_attributes: ATTRIBUTES } }
sent = SQS.send_message_batch(queue_url: url, entries: entries)
expect(sent.successful.size == 10 && sent.failed.empty?, "not all were sent")
messages = receive(url, 10).sort_by(&:body)
messages.each { |got| expect_attributes(got) }
handles = messages.first(9).map { |got| { id: got.message_id, receipt_handle: got.receipt_handle } }
handles << { id: "bad", receipt_handle: "no handle" }
deleted = SQS.delete_message_batch(queue_url: url, entries: handles)
expect(deleted.successful.size == 9, "#{deleted.successful.size} of 9 were deleted")
expect(deleted.failed.map(&:code) == ["ReceiptHandleIsInvalid"], "failed: #{deleted.failed}")
delete(url, messages.last)
steps << "batches"

began = Time.now
SQS.send_message(queue_url: url, message_body: "later", delay_seconds: 1)
delete(url, receive(url, 1).first)
expect((0.9..4).cover?(Time.now - began), "it came after #{Time.now - began} s")
steps << "long poll"

SQS.set_queue_attributes(queue_url: url, attributes: { "DelaySeconds" => "3" })
expect(attribute(url, "DelaySeconds") == "3", "the delay is another")
expect(attribute(url, "VisibilityTimeout") == "60", "60 is forgotten")
steps << "attributes"

SQS.tag_queue(queue_url: url, tags: { "team" => "red + blue", "stage" => "test" })
SQS.untag_queue(queue_url: url, tag_keys: ["stage"])
tags = SQS.list_queue_tags(queue_url: url).tags
expect(tags.to_h == { "team" => "red + blue" }, "tags: #{tags}")
steps << "tags"

begin
  SQS.get_queue_url(queue_name: "no-such-queue")
rescue Aws::SQS::Errors::NonExistentQueue
  steps << "queue does not exist"
end

fifo = create("ledger.fifo", "FifoQueue" => "true")
send_ordered = lambda do |body, id|
  SQS.send_message(
    queue_url: fifo, message_body: body, message_group_id: "g", message_deduplication_id: id
  )
end
first = send_ordered.call("one", "d")
again = send_ordered.call("one", "d")
expect(first.message_id == again.message_id, "it was sent twice")
expect(first.sequence_number == again.sequence_number, "it has two numbers")
send_ordered.call("two", "e")
expect(receive(fifo, 2).map(&:body) == %w[one two], "they are not in order")
steps << "fifo"

dead = create("failed")
arn = attribute(dead, "QueueArn")
policy = JSON.generate("deadLetterTargetArn" => arn, "maxReceiveCount" => 1)
work = create("work", "VisibilityTimeout" => "0", "RedrivePolicy" => policy)
SQS.send_message(queue_url: work, message_body: "poison")
receive(work, 1)
expect(SQS.receive_message(queue_url: work).messages.empty?, "it came twice")
message = receive(dead, 1, visibility_timeout: 0).first
source = message.attributes["DeadLetterQueueSourceArn"]
expect(source == attribute(work, "QueueArn"), "its source is #{source}")
sources = SQS.list_dead_letter_source_queues(queue_url: dead).queue_urls
expect(sources == [work], "sources: #{sources}")
steps << "dead letters"

SQS.start_message_move_task(source_arn: arn)
expect(receive(work, 1).first.body == "poison", "another message came back")
expect(SQS.list_message_move_tasks(source_arn: arn).results.size == 1, "there is no task")
steps << "redrive"

SQS.send_message(queue_url: url, message_body: "to be purged")
SQS.purge_queue(queue_url: url)
expect(attribute(url, "ApproximateNumberOfMessagesDelayed") == "0", "it is not empty")
[url, fifo, dead, work].each { |queue| SQS.delete_queue(queue_url: queue) }
steps << "purge and delete queues"

puts JSON.generate("steps" => steps)

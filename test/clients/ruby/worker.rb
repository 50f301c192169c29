# A Shoryuken worker as its users have one: it deletes what it has handled, and lets what fails come
# again. What it did goes into a file, one line per message.

require "shoryuken"

Shoryuken.sqs_client = Aws::SQS::Client.new
Shoryuken.sqs_client_receive_message_opts = { wait_time_seconds: 1 }

class Worker
  include Shoryuken::Worker

  shoryuken_options queue: "jobs", auto_delete: true, retry_intervals: [1]

  def perform(message, body)
    first = message.attributes["ApproximateReceiveCount"] == "1"
    if first && body.end_with?("0")
      record("retry #{body}")
      raise "not yet"
    end
    record("done #{body}")
  end

  # One write in append mode is not split, whatever thread it comes from.
  def record(line)
    File.write(ENV.fetch("RESULTS"), "#{line}\n", mode: "a")
  end
end

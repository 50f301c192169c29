//! The steps.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use std::collections::HashMap;
use std::time::{Duration, Instant};

const BODY: &str = "first & <best>, für Zoë 🚀";

type MessageAttributes = HashMap<String, MessageAttributeValue>;

pub async fn take(sqs: &Client) -> Vec<&'static str> {
    let url = create(
        sqs,
        "orders",
        &[(QueueAttributeName::VisibilityTimeout, "60")],
    )
    .await;
    let found = sqs
        .get_queue_url()
        .queue_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let mut done = vec!["create"];

    let sending = sqs.send_message().queue_url(&url).message_body(BODY);
    let sent = sending
        .set_message_attributes(Some(attributes()))
        .send()
        .await
        .unwrap();
    let message = receive(sqs, &url, 1).await.remove(0);
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.body(), Some(BODY));
    assert_eq!(message.message_attributes(), Some(&attributes()));
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    done.push("send and receive");

    let hiding = sqs
        .change_message_visibility()
        .queue_url(&url)
        .visibility_timeout(0);
    hiding
        .set_receipt_handle(message.receipt_handle)
        .send()
        .await
        .unwrap();
    let message = receive(sqs, &url, 1).await.remove(0);
    let count =
        &message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount];
    assert_eq!(count, "2");
    done.push("change visibility");

    delete(sqs, &url, message).await;
    let left = shown(
        sqs,
        &url,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    )
    .await;
    assert_eq!(left, "0");
    done.push("delete");

    send_and_delete_batch(sqs, &url).await;
    done.push("batches");

    let began = Instant::now();
    let delayed = sqs
        .send_message()
        .queue_url(&url)
        .message_body("later")
        .delay_seconds(1);
    delayed.send().await.unwrap();
    let message = receive(sqs, &url, 1).await.remove(0);
    assert!(
        began.elapsed() > Duration::from_millis(900),
        "after {:?}",
        began.elapsed()
    );
    assert!(
        began.elapsed() < Duration::from_millis(4000),
        "after {:?}",
        began.elapsed()
    );
    delete(sqs, &url, message).await;
    done.push("long poll");

    let setting = sqs.set_queue_attributes().queue_url(&url);
    setting
        .attributes(QueueAttributeName::DelaySeconds, "3")
        .send()
        .await
        .unwrap();
    assert_eq!(
        shown(sqs, &url, QueueAttributeName::DelaySeconds).await,
        "3"
    );
    assert_eq!(
        shown(sqs, &url, QueueAttributeName::VisibilityTimeout).await,
        "60"
    );
    done.push("attributes");

    let tagging = sqs.tag_queue().queue_url(&url).tags("team", "red + blue");
    tagging.tags("stage", "test").send().await.unwrap();
    sqs.untag_queue()
        .queue_url(&url)
        .tag_keys("stage")
        .send()
        .await
        .unwrap();
    let tags = sqs.list_queue_tags().queue_url(&url).send().await.unwrap();
    let expected = HashMap::from([("team".to_owned(), "red + blue".to_owned())]);
    assert_eq!(tags.tags(), Some(&expected));
    done.push("tags");

    let missing = sqs
        .get_queue_url()
        .queue_name("no-such-queue")
        .send()
        .await
        .unwrap_err();
    let missing = missing.into_service_error();
    assert!(missing.is_queue_does_not_exist(), "{missing:?}");
    assert_eq!(
        missing.code(),
        Some("AWS.SimpleQueueService.NonExistentQueue")
    );
    done.push("queue does not exist");

    let fifo = ordered_once(sqs).await;
    done.push("fifo");
    let dead = create(sqs, "failed", &[]).await;
    let work = dead_letter(sqs, &dead).await;
    done.push("dead letters");
    redrive(sqs, &dead, &work).await;
    done.push("redrive");

    sqs.send_message()
        .queue_url(&url)
        .message_body("to be purged")
        .send()
        .await
        .unwrap();
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
    let left = shown(
        sqs,
        &url,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    )
    .await;
    assert_eq!(left, "0");
    for queue in [url, fifo, dead, work] {
        sqs.delete_queue().queue_url(queue).send().await.unwrap();
    }
    done.push("purge and delete queues");
    done
}

async fn send_and_delete_batch(sqs: &Client, url: &str) {
    let entries = (0..10).map(|number| {
        SendMessageBatchRequestEntry::builder()
            .id(number.to_string())
            .message_body(format!("body {number}"))
            .set_message_attributes(Some(attributes()))
            .build()
            .unwrap()
    });
    let sending = sqs
        .send_message_batch()
        .queue_url(url)
        .set_entries(Some(entries.collect()));
    let sent = sending.send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));
    let mut messages = receive(sqs, url, 10).await;
    messages.sort_by(|one, other| one.body().cmp(&other.body()));
    let mut deleting = sqs.delete_message_batch().queue_url(url);
    for (number, message) in messages.iter().enumerate() {
        assert_eq!(message.body(), Some(format!("body {number}").as_str()));
        assert_eq!(message.message_attributes(), Some(&attributes()));
        let handle = if number == 9 {
            "no handle"
        } else {
            message.receipt_handle().unwrap()
        };
        let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
        deleting = deleting.entries(entry.receipt_handle(handle).build().unwrap());
    }
    let deleted = deleting.send().await.unwrap();
    assert_eq!((deleted.successful().len(), deleted.failed().len()), (9, 1));
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert!(deleted.failed()[0].sender_fault());
    delete(sqs, url, messages.remove(9)).await;
}

async fn ordered_once(sqs: &Client) -> String {
    let url = create(
        sqs,
        "ledger.fifo",
        &[(QueueAttributeName::FifoQueue, "true")],
    )
    .await;
    let first = send_ordered(sqs, &url, "one", "d").await;
    let again = send_ordered(sqs, &url, "one", "d").await;
    assert_eq!(first.message_id(), again.message_id());
    assert_eq!(first.sequence_number(), again.sequence_number());
    send_ordered(sqs, &url, "two", "e").await;
    let bodies: Vec<_> = receive(sqs, &url, 2)
        .await
        .into_iter()
        .map(|m| m.body)
        .collect();
    assert_eq!(bodies, [Some("one".to_owned()), Some("two".to_owned())]);
    url
}

async fn send_ordered(sqs: &Client, url: &str, body: &str, id: &str) -> SendMessageOutput {
    let sending = sqs
        .send_message()
        .queue_url(url)
        .message_body(body)
        .message_group_id("g");
    sending.message_deduplication_id(id).send().await.unwrap()
}

async fn dead_letter(sqs: &Client, dead: &str) -> String {
    let arn = shown(sqs, dead, QueueAttributeName::QueueArn).await;
    let policy = format!("{{\"deadLetterTargetArn\": \"{arn}\", \"maxReceiveCount\": 1}}");
    let settings = [
        (QueueAttributeName::VisibilityTimeout, "0"),
        (QueueAttributeName::RedrivePolicy, policy.as_str()),
    ];
    let work = create(sqs, "work", &settings).await;
    sqs.send_message()
        .queue_url(&work)
        .message_body("poison")
        .send()
        .await
        .unwrap();
    receive(sqs, &work, 1).await;
    let none = sqs.receive_message().queue_url(&work).send().await.unwrap();
    assert!(none.messages().is_empty());
    let message = receive(sqs, dead, 1).await.remove(0);
    let source =
        &message.attributes().unwrap()[&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(
        *source,
        shown(sqs, &work, QueueAttributeName::QueueArn).await
    );
    let showing = sqs
        .change_message_visibility()
        .queue_url(dead)
        .visibility_timeout(0);
    showing
        .set_receipt_handle(message.receipt_handle)
        .send()
        .await
        .unwrap();
    let sources = sqs
        .list_dead_letter_source_queues()
        .queue_url(dead)
        .send()
        .await
        .unwrap();
    assert_eq!(sources.queue_urls(), [work.as_str()]);
    work
}

async fn redrive(sqs: &Client, dead: &str, work: &str) {
    let arn = shown(sqs, dead, QueueAttributeName::QueueArn).await;
    sqs.start_message_move_task()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(receive(sqs, work, 1).await[0].body(), Some("poison"));
    let tasks = sqs
        .list_message_move_tasks()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tasks.results().len(), 1);
}

fn attributes() -> MessageAttributes {
    let value = |data_type: &str| MessageAttributeValue::builder().data_type(data_type);
    let text = value("String").string_value("für & <Zoë>");
    let price = value("Number.eur").string_value("42.00");
    let bytes = value("Binary").binary_value(Blob::new((0..=255).collect::<Vec<u8>>()));
    [("text", text), ("price", price), ("bytes", bytes)]
        .map(|(name, value)| (name.to_owned(), value.build().unwrap()))
        .into()
}

async fn create(sqs: &Client, name: &str, settings: &[(QueueAttributeName, &str)]) -> String {
    let mut creating = sqs.create_queue().queue_name(name);
    for (setting, value) in settings {
        creating = creating.attributes(setting.clone(), *value);
    }
    creating.send().await.unwrap().queue_url.unwrap()
}

async fn shown(sqs: &Client, url: &str, name: QueueAttributeName) -> String {
    let asking = sqs.get_queue_attributes().queue_url(url);
    let shown = asking
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    shown.attributes().unwrap()[&name].clone()
}

/// Long-polls until the messages have come.
async fn receive(sqs: &Client, url: &str, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let began = Instant::now();
    while messages.len() < count {
        assert!(
            began.elapsed().as_secs() < 20,
            "{} of {count} messages came",
            messages.len()
        );
        let request = sqs.receive_message().queue_url(url);
        let request = request.max_number_of_messages(10).wait_time_seconds(5);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        let received = request.message_attribute_names("All").send().await.unwrap();
        messages.extend(received.messages.unwrap_or_default());
    }
    assert_eq!(messages.len(), count);
    messages
}

async fn delete(sqs: &Client, url: &str, message: Message) {
    let deleting = sqs.delete_message().queue_url(url);
    deleting
        .set_receipt_handle(message.receipt_handle)
        .send()
        .await
        .unwrap();
}

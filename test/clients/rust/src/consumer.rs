//! Tasks that long-poll and delete while messages are being sent.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

const MESSAGE_COUNT: usize = 2000;
const TASK_COUNT: usize = 20;

pub async fn consume(sqs: &Client) -> String {
    let created = sqs.create_queue().queue_name("jobs").send().await.unwrap();
    let url = created.queue_url().unwrap().to_owned();
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let consumers: Vec<_> = (0..TASK_COUNT)
        .map(|_| {
            tokio::spawn(consume_until_empty(
                sqs.clone(),
                url.clone(),
                bodies.clone(),
            ))
        })
        .collect();
    for start in (0..MESSAGE_COUNT).step_by(10) {
        let entries = (start..start + 10).map(|number| {
            SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_body(format!("job {number}"))
                .build()
                .unwrap()
        });
        let batch = sqs.send_message_batch().queue_url(&url);
        let sent = batch
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .unwrap();
        assert_eq!(sent.successful().len(), 10);
    }
    for consumer in consumers {
        consumer.await.unwrap();
    }
    let bodies = bodies.lock().unwrap();
    let distinct: HashSet<_> = bodies.iter().collect();
    format!(
        "{{\"received\": {}, \"distinct\": {}}}",
        bodies.len(),
        distinct.len()
    )
}

/// Ends when nothing has come for a second.
async fn consume_until_empty(sqs: Client, url: String, bodies: Arc<Mutex<Vec<String>>>) {
    loop {
        let request = sqs.receive_message().queue_url(&url);
        let request = request.max_number_of_messages(10).wait_time_seconds(1);
        let received = request.send().await.unwrap();
        if received.messages().is_empty() {
            return;
        }
        for message in received.messages() {
            bodies
                .lock()
                .unwrap()
                .push(message.body().unwrap().to_owned());
            let delete = sqs.delete_message().queue_url(&url);
            delete
                .receipt_handle(message.receipt_handle().unwrap())
                .send()
                .await
                .unwrap();
        }
    }
}

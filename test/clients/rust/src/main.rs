//! What a program does with the AWS SDK for Rust, step by step, and twenty tasks that consume. The
//! endpoint comes from the environment.
//!
//! Argument: "steps" or "consume". Prints the steps done, or what was handled, as JSON.

mod consumer;
mod steps;

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let sqs = aws_sdk_sqs::Client::new(&config);
    match std::env::args().nth(1).as_deref() {
        Some("steps") => println!("{{\"steps\": {:?}}}", steps::take(&sqs).await),
        Some("consume") => println!("{}", consumer::consume(&sqs).await),
        other => panic!("unknown argument {other:?}"),
    }
}

"""Dramatiq actors as their users have them. What each did goes into a file, one line per run."""

import os

import dramatiq
from dramatiq_sqs import SQSBroker

broker = SQSBroker(
    namespace="dramatiq",
    endpoint_url=os.environ["AWS_ENDPOINT_URL_SQS"],
    dead_letter=True,
    tags={"team": "red"},
)
dramatiq.set_broker(broker)


def record(line):
    """One write in append mode is not split, whatever thread it comes from."""
    with open(os.environ["RESULTS"], "a") as file:
        file.write(line + "\n")


#: Those that have failed once. The worker is one process.
failed = set()


@dramatiq.actor(max_retries=3, min_backoff=1500, max_backoff=2500)
def work(number):
    """Every tenth fails at its first run."""
    if number % 10 == 0 and number not in failed:
        failed.add(number)
        record(f"retry {number}")
        raise ValueError("not yet")
    record(f"done {number}")


@dramatiq.actor(max_retries=0)
def broken():
    """Fails for good: Dramatiq puts the message into its dead-letter queue."""
    raise ValueError("never")

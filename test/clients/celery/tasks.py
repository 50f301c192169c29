"""A Celery app as its users have one: a broker URL, tasks that retry, and countdowns. What each task
did goes into a file, one line per run, so that a task that is lost or doubled shows."""

import os
import time

from celery import Celery

app = Celery("tasks", broker=os.environ["BROKER_URL"])
app.conf.broker_transport_options = {"region": "us-east-1", "is_secure": False}
app.conf.broker_connection_retry_on_startup = False
app.conf.task_default_queue = "tasks"
app.conf.task_acks_late = True


def record(line):
    """One write in append mode is not split, whatever process it comes from."""
    with open(os.environ["RESULTS"], "a") as file:
        file.write(line + "\n")


@app.task(bind=True, max_retries=3)
def work(self, number, due_at):
    """Every tenth task fails twice."""
    early = time.time() < due_at
    if number % 10 == 0 and self.request.retries < 2:
        record(f"retry {number}")
        raise self.retry(countdown=1)
    record(f"early {number}" if early else f"done {number}")

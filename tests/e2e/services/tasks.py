"""Celery over a folder: no broker has to run."""

import os
from pathlib import Path

from celery import Celery

HERE = Path(os.environ["TASKS_FOLDER"])
QUEUE = str(HERE / "queue")
app = Celery("tasks", broker="filesystem://", backend=(HERE / "results").as_uri())
app.conf.broker_transport_options = {
    "data_folder_in": QUEUE,
    "data_folder_out": QUEUE,
    "control_folder": str(HERE / "control"),
}
app.conf.worker_hijack_root_logger = False


@app.task
def python_work():
    total = 0
    for i in range(200000):
        total += i * i % 7
    return os.getpid()

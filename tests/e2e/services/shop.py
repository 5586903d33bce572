"""A Flask app whose functions are known: what each costs, by its own clock."""

import hashlib
import os
import time

from flask import Flask

app = Flask(__name__)
KEPT = []
USED = {"python_work": 0.0, "native_work": 0.0, "sleepy": 0.0}


def python_work():
    total = 0
    for i in range(20000):
        total += i * i % 7
    return total


def native_work():
    return hashlib.pbkdf2_hmac("sha256", b"x", b"y", 4000).hex()


def sleepy():
    time.sleep(0.02)
    return "slept"


def timed(function, clock):
    start = clock()
    result = function()
    USED[function.__name__] += clock() - start
    return str(result)


@app.route("/python")
def python():
    return timed(python_work, time.thread_time)


@app.route("/native")
def native():
    return timed(native_work, time.thread_time)


@app.route("/sleep")
def sleep():
    return timed(sleepy, time.monotonic)


@app.route("/leak")
def leak():
    KEPT.append(bytearray(4000))
    return "kept"


@app.route("/pid")
def pid():
    return str(os.getpid())


@app.route("/used/<name>")
def used(name):
    return f"{os.getpid()} {USED[name]}"

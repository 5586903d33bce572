#!/usr/bin/env python3
"""A small report over made-up orders, slow for four reasons."""

import hashlib
import threading
import time
import zlib

ORDERS = 60_000


def make_orders(count):
    """(number, customer, cents); the same in every run."""
    orders = []
    state = 12345
    for number in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        orders.append((number, state % 997, state % 10_000))
    return orders


def totals_by_customer(orders):
    """Python: the interpreter runs every turn of this loop."""
    totals = {}
    for _ in range(20):
        for number, customer, cents in orders:
            if number % 3 == 0:
                cents = cents * 9 // 10
            totals[customer] = totals.get(customer, 0) + cents
    return totals


def fingerprint(orders):
    """Native: hashing and compressing are done by libraries in C."""
    text = repr(orders).encode()
    digest = hashlib.sha256()
    for _ in range(60):
        digest.update(text)
    return digest.hexdigest(), len(zlib.compress(text, 9))


def ask_warehouse():
    """Waiting: nothing runs while the answer is on its way."""
    for _ in range(5):
        time.sleep(0.1)


def rank(totals, best):
    """A thread of its own, beside the hashing."""
    for _ in range(400):
        best[:] = sorted(totals, key=lambda customer: -totals[customer])[:3]


def main():
    orders = make_orders(ORDERS)
    totals = totals_by_customer(orders)
    best = []
    ranker = threading.Thread(target=rank, args=(totals, best), name="ranker")
    ranker.start()
    digest, size = fingerprint(orders)
    ask_warehouse()
    ranker.join()
    print(f"{len(totals)} customers, best {best}, {size} bytes, {digest[:12]}")


if __name__ == "__main__":
    main()

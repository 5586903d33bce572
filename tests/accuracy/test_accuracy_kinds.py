"""Python, native and system time told apart."""

import pytest
from accuracy.measuring import near

POINTS = 2


def kind_shares(cost):
    whole = sum(cost.values())
    assert whole > 0.5, cost
    return {kind: seconds / whole for kind, seconds in cost.items()}


def test_python_loop_is_python(measure):
    m = measure("kind_python.py")
    found = kind_shares(m.tagged()["python"])
    near(found["python"], 1, POINTS, m.profile.count())


@pytest.mark.parametrize("call", ["hashlib", "zlib", "sorted", "sum"])
def test_native_call_is_native(measure, call):
    """What a page fault takes of it is the kernel's; none of it is Python's."""
    m = measure("kind_native.py", call)
    found = kind_shares(m.tagged()[call])
    near(found["python"], 0, POINTS, m.profile.count())
    near(found["native"] + found["system"], 1, POINTS, m.profile.count())


def test_matrix_product_is_native(measure, python):
    if not python.has("numpy"):
        pytest.skip("needs numpy")
    m = measure("kind_numpy.py")
    found = kind_shares(m.tagged()["matmul"])
    near(found["native"] + found["system"], 1, POINTS, m.profile.count())
    near(found["python"], 0, POINTS, m.profile.count())


@pytest.mark.parametrize("call", ["urandom", "stat", "bytearrays", "faults"])
def test_system_share_is_getrusage_s(measure, call):
    """The kernel counts its share in ticks as well: its noise is as large."""
    m = measure("kind_system.py", call)
    found = kind_shares(m.tagged()[call])
    near(found["system"], m.truth["system_share"], 3, m.profile.count() / 2)


def test_time_of_the_garbage_collector(measure):
    m = measure("collector_time.py")
    whole = sum(m.profile.cpu().values())
    near(m.profile.json["gc_s"] / whole, m.truth["share"], 3, m.profile.count())

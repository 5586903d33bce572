"""A test suite of one test."""


def test_python_work():
    total = 0
    for i in range(200000):
        total += i * i % 7
    assert total

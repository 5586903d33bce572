def test_good():
    assert sum(range(100000)) == 4999950000


def test_bad():
    assert sum(range(3)) == 4

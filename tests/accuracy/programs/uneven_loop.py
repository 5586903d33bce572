"""A branch that is taken once in eight turns and costs as much as the rest."""
from truth import section, tell, until


def often():
    for i in range(1000):
        i * i


def seldom():
    for i in range(7000):
        i * i


for _ in until(3):
    with section("loop"):
        for turn in range(64):
            if turn % 8 == 0:
                seldom()
            else:
                often()
tell()

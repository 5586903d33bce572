"""What a case's profile must say, by name; each raises AssertionError."""

from support.profile import Profile


def load(path):
    return Profile(path)


def every_process(case, path, outcome):
    """Each process that ran Python is there, with the status it ended with."""

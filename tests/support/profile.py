"""Reads a profile: the one place of the tests that knows its field names."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int  # pid, or None
    status: int  # exit code, or -signal; None: not known
    recorded: bool


class Profile:
    """A profile's JSON, asked in the tests' words."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.json = json.load(file)

    def processes(self):
        raise NotImplementedError

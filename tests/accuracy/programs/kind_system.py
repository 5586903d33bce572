"""Calls that spend their time in the kernel, as getrusage counts it."""
import mmap
import os
import sys

from truth import tell, until, usage


def urandom():
    for _ in range(20):
        os.urandom(1 << 16)  # @urandom


def stat():
    for _ in range(2000):
        os.stat("/usr/bin")  # @stat


def faults():
    with mmap.mmap(-1, 8 << 20) as pages:  # @faults
        for at in range(0, 8 << 20, 4096):  # @faults
            pages[at] = 1  # @faults


def bytearrays():
    bytearray(16 << 20)  # @bytearrays


work = globals()[sys.argv[1]]
user, system = usage()
for _ in until(2):
    work()
user, system = (b - a for a, b in zip((user, system), usage()))
tell(system_share=system / (user + system))

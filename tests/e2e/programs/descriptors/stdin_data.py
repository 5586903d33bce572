# What is piped to stdin arrives whole.
#: stdin one\ntwo\nthree without a newline
import sys

print(sys.stdin.readline(), input())
print(repr(sys.stdin.read()), sys.stdin.isatty())

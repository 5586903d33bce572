# Encodings, errors, buffering and modes of the standard streams.
#: run {prog}
#: run -u {prog}
#: run -X utf8=0 {prog}
import sys

for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.name, stream.encoding, stream.errors, stream.line_buffering)
    print(stream.write_through, stream.isatty(), stream.fileno(), stream.mode)
print(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
print("umlaut ü and snake \N{SNAKE}")

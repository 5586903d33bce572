# RLIMIT_FSIZE 0 in the program: it can't write a file, the report can.
import resource
import signal

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sum(i * i for i in range(1000000))
try:
    with open("file.txt", "w") as file:
        file.write("text")
except OSError as error:
    print(error)

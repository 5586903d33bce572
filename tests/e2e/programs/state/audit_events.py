# The program's own audit hook sees its events and none of ours.
import sys

events = []
sys.addaudithook(lambda name, args: events.append(name))
sum(i * i for i in range(1000000))
compile("x", "s", "eval")
id(1)
open("/dev/null").close()
print(events)

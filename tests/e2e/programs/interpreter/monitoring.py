# sys.monitoring: every tool id is free, and the user's tool works.
#: python 3.12+
import sys

m = sys.monitoring
print([m.get_tool(n) for n in range(6)])
counts = {}
for tool in range(6):
    m.use_tool_id(tool, f"tool {tool}")
    m.register_callback(tool, m.events.PY_START, lambda c, o, t=tool: counts.update({t: counts.get(t, 0) + 1}))
    m.set_events(tool, m.events.PY_START)


def work():
    return sum(range(1000))


for _ in range(100):
    work()
for tool in range(6):
    m.set_events(tool, 0)
    m.free_tool_id(tool)
print(counts)

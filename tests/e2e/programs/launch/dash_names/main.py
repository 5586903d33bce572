# Programs whose names look like options or our verbs.
#: run -O ./-odd.py -c --json
#: run ./run --html
#: run ./view
#: run ./profile.py --on
print("not run")

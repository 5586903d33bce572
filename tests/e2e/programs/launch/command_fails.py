# -c: a traceback without source.
#: run -c "def f():\n    raise ValueError(1)\nf()"
#: run -m no_such_module a
#: run -m json.no_such.thing
#: exit 1
print("not run")

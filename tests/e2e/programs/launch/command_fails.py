# -c: a traceback without source.
#: run -c "def f():\n    raise ValueError(1)\nf()"
#: exit 1
print("not run")

# -m with packages, sub-modules and __main__.py.
#: run -m pack a
#: run -m pack.deep.tool b
#: run -m pack.missing c
#: run -B -m pack -c --cpu
print("not run")

# -m with packages, sub-modules and __main__.py.
#: run -m pack a
#: run -m pack.deep.tool b
#: run -B -m pack -c --cpu
print("not run")

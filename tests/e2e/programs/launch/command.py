# -c: code of several lines, with arguments, failing and leaving.
#: run -c "import sys; print(sys.argv, __name__)" a -c b
#: run -c "print(1)\nprint(2)"
#: run -c "import __main__; print(hasattr(__main__, '__file__'), __spec__)"
#: run -c "sum(i * i for i in range(300000)); print('ü')"
#: run -c ""
print("not run")

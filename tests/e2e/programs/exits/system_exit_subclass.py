# A subclass of SystemExit with a code of its own.
#: exit 41


class Leave(SystemExit):
    def __init__(self):
        super().__init__("not this")
        self.code = 41


try:
    raise Leave()
finally:
    print("finally")

# __del__ that fails while the interpreter ends.
class Last:
    def __del__(self):
        raise ValueError("in __del__")


class Holder:
    pass


kept = Holder()
kept.last = Last()
print("end")

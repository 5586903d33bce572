# An object's address is reused at once, as the allocator does it.
def ids():
    return len({id(object()) for _ in range(1000)})


print([ids() for _ in range(20)])
print(id([]) == id([]), id({}) == id({}))

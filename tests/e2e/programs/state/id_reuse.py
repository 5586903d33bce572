# An object's address is reused at once, as the allocator does it. (In a program that
# runs for longer one of a thousand objects is sampled and lies elsewhere.)
def ids():
    return len({id(object()) for _ in range(1000)})


print([ids() == 1 for _ in range(20)])
print(id([]) == id([]), id({}) == id({}))

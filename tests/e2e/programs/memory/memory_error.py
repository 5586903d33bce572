# An allocation that cannot be: MemoryError, then life goes on.
for make in (lambda: bytearray(1 << 62), lambda: [None] * (1 << 60), lambda: "x" * (1 << 61)):
    try:
        make()
    except (MemoryError, OverflowError) as error:
        print(type(error).__name__)
print(sum(i * i for i in range(300000)))

# A coroutine that nobody awaits: the warning as bare.
import gc


async def never():
    pass


never()
gc.collect()
print("end")

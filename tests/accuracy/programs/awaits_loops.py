"""A loop in each of two threads, and tasks that have names."""
import asyncio
import threading

from truth import tell


def burn(n):
    x = 0
    for i in range(n):
        x += i * i
    return x


async def first():
    await asyncio.sleep(0.6)  # @first


async def second():
    await asyncio.sleep(0.3)  # @second


async def worker(size):
    for _ in range(10):
        burn(size)
        await asyncio.sleep(0.15)


async def named():
    async with asyncio.TaskGroup() as group:
        group.create_task(worker(600_000), name="heavy")
        group.create_task(worker(200_000), name="light")


def run(main):
    asyncio.run(main())


threads = [
    threading.Thread(target=run, args=(main,), name=f"loop of {main.__name__}")
    for main in (first, second)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
asyncio.run(named())
tell()

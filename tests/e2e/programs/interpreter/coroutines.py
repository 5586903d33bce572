# Coroutines, tasks, async generators, contexts, cancellation.
import asyncio
import contextvars

name = contextvars.ContextVar("name", default="none")


async def numbers(n):
    for i in range(n):
        sum(range(5000))
        yield i
        await asyncio.sleep(0)


async def worker(n):
    name.set(f"worker {n}")
    total = 0
    async for i in numbers(50):
        total += i
    return name.get(), total


async def main():
    print(await asyncio.gather(*(worker(n) for n in range(5))))
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", name.get())
    async with asyncio.timeout(0.05):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("timed out")
            raise


try:
    asyncio.run(main())
except TimeoutError as error:
    print(type(error).__name__)

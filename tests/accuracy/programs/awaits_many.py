"""Many tasks on two lines, three to one, and one that keeps their loop awake."""
import asyncio

from truth import tell

MANY, LONG = 4000, 2.0


async def three():
    await asyncio.sleep(LONG)  # @three


async def one():
    await asyncio.sleep(LONG)  # @one


async def ticker():
    while True:
        await asyncio.sleep(0.05)


async def main():
    tick = asyncio.create_task(ticker())
    tasks = [asyncio.create_task(three() if n % 4 else one()) for n in range(MANY)]
    await asyncio.sleep(LONG)
    await asyncio.gather(*tasks)
    tick.cancel()


asyncio.run(main())
tell()

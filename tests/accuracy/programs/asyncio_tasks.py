"""Tasks whose work is as 1 to 3."""
import asyncio

from truth import section, tell


def burn(n):
    x = 0
    for i in range(n):
        x += i * i
    return x


async def light():
    for _ in range(200):
        with section("light"):
            burn(20000)  # @light
        await asyncio.sleep(0)


async def heavy():
    for _ in range(200):
        with section("heavy"):
            burn(60000)  # @heavy
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(light(), heavy())


asyncio.run(main())
tell()

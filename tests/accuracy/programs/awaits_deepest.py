"""The innermost of an await chain over three modules."""
import asyncio


async def nap(seconds):
    await asyncio.sleep(seconds)  # @chain

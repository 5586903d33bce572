"""The middle of an await chain over three modules."""
from awaits_deepest import nap


async def pass_on(seconds):
    await nap(seconds)

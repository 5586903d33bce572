"""Awaits of known length, each the only thing that its loop waits for."""
import asyncio
import time

from awaits_deeper import pass_on
from truth import elapsed, tell

LONG = 0.25


def later(function, *arguments):
    asyncio.get_running_loop().call_later(LONG, function, *arguments)


async def worker():
    await asyncio.sleep(LONG)  # @gather


async def pause():
    await asyncio.sleep(LONG)  # @completed


async def counted():
    for number in range(5):
        await asyncio.sleep(LONG / 5)  # @generator
        yield number


async def consumer(queue):
    await queue.get()  # @queue


async def contender(lock):
    async with lock:  # @lock
        pass


async def victim():
    try:
        await asyncio.sleep(100)  # @victim
    finally:
        await asyncio.sleep(LONG)  # @cancelled


class Door:
    async def __aenter__(self):
        await asyncio.sleep(LONG)  # @enter

    async def __aexit__(self, *_):
        await asyncio.sleep(LONG)  # @exit


async def answer(reader, writer):
    line = await reader.readline()
    later(writer.write, line)
    later(writer.close)


async def client(port):
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    _.write(b"hello\n")
    await reader.readline()  # @stream
    _.close()


async def basics():
    with elapsed("chain"):
        await pass_on(LONG)
    with elapsed("gather"):
        await asyncio.gather(*(worker() for _ in range(100)))
    with elapsed("bare"):
        await asyncio.gather(*(asyncio.sleep(LONG) for _ in range(3)))  # @bare
    with elapsed("generator"):
        async for _ in counted():
            pass
    async with Door():
        pass


async def handing_over():
    queue, lock, event = asyncio.Queue(), asyncio.Lock(), asyncio.Event()
    later(queue.put_nowait, 1)
    with elapsed("queue"):
        await asyncio.create_task(consumer(queue), name="the consumer")
    await lock.acquire()
    later(lock.release)
    with elapsed("lock"):
        await asyncio.gather(contender(lock), contender(lock))
    later(event.set)
    with elapsed("event"):
        await event.wait()  # @event
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    with elapsed("stream"):
        await client(server.sockets[0].getsockname()[1])
    server.close()


async def combining():
    with elapsed("thread"):
        await asyncio.to_thread(time.sleep, LONG)  # @thread
    with elapsed("timeout"):
        await asyncio.wait_for(asyncio.sleep(LONG), 10)  # @timeout
    with elapsed("group"):
        async with asyncio.TaskGroup() as group:  # @group
            group.create_task(asyncio.sleep(LONG))
            group.create_task(asyncio.sleep(LONG))
    with elapsed("shield"):
        await asyncio.shield(asyncio.sleep(LONG))  # @shield
    with elapsed("wait"):
        await asyncio.wait([asyncio.create_task(asyncio.sleep(LONG))])  # @wait
    with elapsed("completed"):
        for each in asyncio.as_completed([pause(), pause()]):
            await each
    task = asyncio.create_task(victim())
    await asyncio.sleep(0)
    task.cancel()
    with elapsed("cancelled"):
        await asyncio.wait([task])
    process = await asyncio.create_subprocess_exec("sleep", str(LONG))
    with elapsed("process"):
        await process.wait()  # @process


async def main():
    await basics()
    await handing_over()
    await combining()


asyncio.run(main())
tell()

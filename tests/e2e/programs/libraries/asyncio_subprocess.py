# asyncio children, pipes and signals.
#: processes 2
import asyncio
import signal
import sys


async def main():
    code = "import sys; print(sys.stdin.read().upper()); sum(range(300000))"
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe)
    print(await child.communicate(b"text"), child.returncode)
    child = await asyncio.create_subprocess_shell("exit 3")
    print(await child.wait())
    child = await asyncio.create_subprocess_exec("sleep", "60")
    child.terminate()
    print(await child.wait())
    loop = asyncio.get_running_loop()
    got = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, got.set)
    signal.raise_signal(signal.SIGUSR1)
    await asyncio.wait_for(got.wait(), 5)
    print(await loop.run_in_executor(None, sum, range(100000)))
    print(await asyncio.to_thread(sum, [1, 2, 3]))


asyncio.run(main())

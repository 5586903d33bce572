# Queue, Pipe, Lock, shared memory and a Manager between processes.
#: processes 0
import multiprocessing as mp
from multiprocessing import shared_memory


def work(queue, pipe, lock, name):
    with lock:
        block = shared_memory.SharedMemory(name)
        block.buf[0] = 42
        block.close()
    queue.put(sum(range(100000)))
    pipe.send({"from": "child"})
    raise SystemExit(5)


if __name__ == "__main__":
    context = mp.get_context("fork")
    block = shared_memory.SharedMemory(create=True, size=64)
    queue, lock = context.Queue(), context.Lock()
    mine, other = context.Pipe()
    child = context.Process(target=work, args=(queue, other, lock, block.name))
    child.start()
    print(queue.get(), mine.recv())
    child.join()
    print(child.exitcode, block.buf[0])
    block.unlink()
    with context.Manager() as manager:
        shared = manager.dict(a=1)
        shared["b"] = 2
        print(dict(shared))

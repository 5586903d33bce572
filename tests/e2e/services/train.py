# A training loop whose batches are made by worker processes. Prints what it computed,
# and the CPU seconds of the product's threads and of the workers' loops.
import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset


class Batches(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, item):
        total, before = 0, time.thread_time()
        for i in range(400_000):  # @worker
            total += i * item % 7  # @worker
        return torch.full((64,), float(total % 11)), item % 2, time.thread_time() - before


def main(method):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01)
    loader = DataLoader(Batches(), batch_size=4, num_workers=2, multiprocessing_context=method)
    workers = 0.0
    for values, labels, took in loader:
        workers += float(took.sum())
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(values), labels).backward()
        optimiser.step()
    square = torch.ones(1500, 1500)
    before = time.process_time()
    for _ in range(8):
        square = square @ square / 1500  # @product
    used = time.process_time() - before
    kept = torch.zeros(128 << 20)  # @kept
    print(float(square[0, 0]), len(kept) >> 20, used, workers)


if __name__ == "__main__":
    main(sys.argv[1])

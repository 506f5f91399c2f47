"""PyTorch's three sums of one convolution, channels last, one thread: JSON of processor ms.

python convolution_peer.py samples side channels
"""

from __future__ import annotations

import json
import sys
import time

import torch


def main(samples: int, side: int, channels: int) -> None:
    """Time the sum and both gradients, the least of fifteen calls each."""
    torch.set_num_threads(1)
    last = torch.channels_last
    x, g = (torch.randn(samples, channels, side, side).to(memory_format=last) for _ in range(2))
    w = torch.randn(channels, channels, 3, 3).to(memory_format=last)
    back = torch.ops.aten.convolution_backward

    def gradient(which: list[bool]) -> object:
        return back(g, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, which)

    calls = {
        "PyTorch": lambda: torch.nn.functional.conv2d(x, w, padding=1),
        "PyTorch, gradient of the input": lambda: gradient([True, False, False]),
        "PyTorch, gradient of the kernel": lambda: gradient([False, True, False]),
    }
    found = {}
    for name, call in calls.items():
        spent = []
        for _ in range(15):
            start = time.process_time()
            call()
            spent.append(1e3 * (time.process_time() - start))
        found[name] = min(spent)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))

"""Operators of neuraloperator (PyTorch) on samples of a file; run by its own interpreter.

python neuraloperator_models.py FILE SEED SECONDS KIND MODES WIDTH RATE

FILE is an .npz with train_in, train_out, test_in, test_out of shape (n, *grid, channels), and
finer_in, finer_out where there is a second grid. KIND is fno or tfno. Adam with a rate that falls
to nothing along half a cosine of the time, relative L2 loss, channels of mean zero and size one.
Prints relative L2 errors, weights and epochs as JSON.
"""

import json
import math
import sys
import time

import numpy as np
import torch
from neuralop.models import FNO, TFNO

BATCH = 20


def fields(values):  # type: ignore[no-untyped-def]
    return torch.tensor(np.moveaxis(values, -1, 1), dtype=torch.float32)


def misfit(found, wanted):  # type: ignore[no-untyped-def]
    axes = tuple(range(1, wanted.ndim))
    gap = torch.sqrt(torch.sum((found - wanted) ** 2, axes))
    return torch.mean(gap / torch.sqrt(torch.sum(wanted**2, axes)))


def scales(values):  # type: ignore[no-untyped-def]
    axes = (0, *range(2, values.ndim))
    return values.mean(axes, keepdim=True), values.std(axes, keepdim=True).clamp_min(1e-6)


def main():  # type: ignore[no-untyped-def]
    path, seed, limit, kind, modes, width, text = sys.argv[1:]
    rate = float(text)
    torch.manual_seed(int(seed))
    with np.load(path) as file:
        data = {name: fields(file[name]) for name in file.files}
    (a, b), (c, d) = scales(data["train_in"]), scales(data["train_out"])
    axes = data["train_in"].ndim - 2
    options = {
        "n_modes": (int(modes),) * axes,
        "hidden_channels": int(width),
        "in_channels": data["train_in"].shape[1],
        "out_channels": data["train_out"].shape[1],
        "n_layers": 4,
    }
    model = FNO(**options) if kind == "fno" else TFNO(**options, factorization="tucker", rank=0.1)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    begun, epochs, count = time.perf_counter(), 0, len(data["train_in"])
    while (spent := time.perf_counter() - begun) < float(limit):
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * spent / float(limit)))
        order = torch.randperm(count)
        for part in order.split(BATCH):
            optimiser.zero_grad()
            found = model((data["train_in"][part] - a) / b) * d + c
            misfit(found, data["train_out"][part]).backward()
            optimiser.step()
        epochs += 1
    model.eval()
    row = {
        "weights": sum(p.numel() * (1 + p.is_complex()) for p in model.parameters()),
        "epochs": epochs,
        "seconds": time.perf_counter() - begun,
    }
    with torch.no_grad():
        for name in ("test", "finer"):
            if f"{name}_in" in data:
                parts = data[f"{name}_in"].split(50)
                found = torch.cat([model((part - a) / b) * d + c for part in parts])
                row[name] = float(misfit(found, data[f"{name}_out"]))
    print(json.dumps(row))


if __name__ == "__main__":
    main()

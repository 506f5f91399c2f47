"""Training step and forward pass of neuraloperator's FNO; run by its own interpreter.

Answers each line of the input, ``step`` or ``forward``, with the seconds it took.
"""

import json
import sys
import time

import torch
from neuralop.models import FNO

torch.manual_seed(7)
model = FNO(n_modes=(12, 12), hidden_channels=32, in_channels=1, out_channels=1, n_layers=4)
optimiser = torch.optim.Adam(model.parameters(), 1e-3)
x, y = torch.randn(16, 1, 64, 64), torch.randn(16, 1, 64, 64)


def step():  # type: ignore[no-untyped-def]
    optimiser.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimiser.step()
    loss.item()


def forward():  # type: ignore[no-untyped-def]
    with torch.no_grad():
        model(x)


TASKS = {"step": step, "forward": forward}
for task in TASKS.values():
    task()
    task()
count = sum(p.numel() * (2 if p.is_complex() else 1) for p in model.parameters())
print(json.dumps({"parameters": count}), flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    TASKS[line.strip()]()
    print(time.perf_counter() - begun, flush=True)

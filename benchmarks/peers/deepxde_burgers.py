"""Burgers with DeepXDE (PyTorch), the set-up of its own example; run by its own interpreter.

python deepxde_burgers.py FILE SEED LIMIT     error over time on the grid of FILE (an .npz); with
                                              "beyond" at the end it goes on after the example
python deepxde_burgers.py step ROUNDS         seconds a training step on 10,000 points, 4 × 64
"""

import json
import os
import sys
import time

START = time.perf_counter()
os.environ["DDE_BACKEND"] = "pytorch"

import deepxde as dde  # noqa: E402
import numpy as np  # noqa: E402


def residual(x, u):  # type: ignore[no-untyped-def]
    slope_x = dde.grad.jacobian(u, x, i=0, j=0)
    slope_t = dde.grad.jacobian(u, x, i=0, j=1)
    bend = dde.grad.hessian(u, x, i=0, j=0)
    return slope_t + u * slope_x - 0.01 / np.pi * bend


def build(inside, boundary, initial, layers):  # type: ignore[no-untyped-def]
    space, interval = dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99)
    domain = dde.geometry.GeometryXTime(space, interval)
    ends = dde.icbc.DirichletBC(domain, lambda x: 0, lambda _, on: on)
    start = dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain,
        residual,
        [ends, start] if boundary else [],
        num_domain=inside,
        num_boundary=boundary,
        num_initial=initial,
    )
    return dde.Model(data, dde.nn.FNN([2, *layers, 1], "tanh", "Glorot normal"))


def accuracy(path, seed, limit, beyond):  # type: ignore[no-untyped-def]
    dde.config.set_random_seed(seed)
    with np.load(path) as file:
        t, x, exact = file["t"], file["x"], file["u"]
    grid = np.stack([c.ravel() for c in np.meshgrid(t, x, indexing="ij")], axis=1)[:, ::-1]
    model = build(2540, 80, 160, [20] * 3)
    model.compile("adam", lr=1e-3)
    spent_on_errors, rows, done = 0.0, [], 0
    while time.perf_counter() - START - spent_on_errors < limit:
        if done == 15_000:
            model.compile("L-BFGS")
        model.train(iterations=None if done == 15_000 else 500, display_every=10**6, verbose=0)
        done += 500
        pause = time.perf_counter()
        gap = np.linalg.norm(model.predict(grid).ravel() - exact.ravel())
        error = float(gap / np.linalg.norm(exact))
        spent_on_errors += time.perf_counter() - pause
        rows.append([time.perf_counter() - START - spent_on_errors, error])
        if done > 15_000:
            if not beyond:
                break
            model.compile("adam", lr=1e-3)  # the example is over: go on as before
    return {"errors": rows}


def step(rounds):  # type: ignore[no-untyped-def]
    model = build(10_000, 0, 0, [64] * 4)
    model.compile("adam", lr=1e-3)
    model.train(iterations=3, display_every=10**6, verbose=0)
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        model.train(iterations=10, display_every=10**6, verbose=0)
        found.append((time.perf_counter() - start) / 10)
    return {"seconds": found}


if __name__ == "__main__":
    if sys.argv[1] == "step":
        result = step(int(sys.argv[2]))
    else:
        beyond = sys.argv[4:] == ["beyond"]
        result = accuracy(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), beyond)
    print(json.dumps(result))

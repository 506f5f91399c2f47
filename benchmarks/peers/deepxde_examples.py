"""Three of DeepXDE's own examples (PyTorch), and a wave; run by its own interpreter.

python deepxde_examples.py CASE FILE SEED LIMIT     error over time at the points of FILE (an .npz)

Settings are those of the examples heat, Poisson_Lshape, diffusion_1d_inverse and wave_1d. The
network of wave_1d does not exist for PyTorch: a plain one of the same layers takes its place.
"""

import json
import os
import sys
import time

START = time.perf_counter()
os.environ["DDE_BACKEND"] = "pytorch"

import deepxde as dde  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

SECOND = "L-BFGS"


def on_boundary(_, on):  # type: ignore[no-untyped-def]
    return on


def in_time(low, high):  # type: ignore[no-untyped-def]
    interval, span = dde.geometry.Interval(low, high), dde.geometry.TimeDomain(0, 1)
    return dde.geometry.GeometryXTime(interval, span)


def heat():  # type: ignore[no-untyped-def]
    domain = in_time(0, 1)

    def residual(x, u):  # type: ignore[no-untyped-def]
        return dde.grad.jacobian(u, x, i=0, j=1) - 0.4 * dde.grad.hessian(u, x, i=0, j=0)

    ends = dde.icbc.DirichletBC(domain, lambda x: 0, on_boundary)
    start = dde.icbc.IC(domain, lambda x: np.sin(np.pi * x[:, :1]), on_boundary)
    counts = {"num_domain": 2540, "num_boundary": 80, "num_initial": 160}
    data = dde.data.TimePDE(domain, residual, [ends, start], **counts)
    model = dde.Model(data, dde.nn.FNN([2, *[20] * 3, 1], "tanh", "Glorot normal"))
    model.compile("adam", lr=1e-3)
    return model, 20_000, SECOND, {}


def l_shape():  # type: ignore[no-untyped-def]
    corners = [[0, 0], [1, 0], [1, -1], [-1, -1], [-1, 1], [0, 1]]
    dde.config.set_default_float("float64")  # its polygons draw points of nothing else
    domain = dde.geometry.Polygon(corners)

    def residual(x, u):  # type: ignore[no-untyped-def]
        return -dde.grad.hessian(u, x, i=0, j=0) - dde.grad.hessian(u, x, i=1, j=1) - 1

    edge = dde.icbc.DirichletBC(domain, lambda x: 0, on_boundary)
    data = dde.data.PDE(domain, residual, edge, num_domain=1200, num_boundary=120)
    model = dde.Model(data, dde.nn.FNN([2, *[50] * 4, 1], "tanh", "Glorot uniform"))
    model.compile("adam", lr=1e-3)
    return model, 50_000, SECOND, {}


def wave():  # type: ignore[no-untyped-def]
    domain = in_time(0, 1)

    def residual(x, u):  # type: ignore[no-untyped-def]
        return dde.grad.hessian(u, x, i=1, j=1) - 100 * dde.grad.hessian(u, x, i=0, j=0)

    def exact(x):  # type: ignore[no-untyped-def]
        place, t = np.pi * x[:, :1], np.pi * x[:, 1:]
        return np.sin(place) * np.cos(10 * t) + np.sin(2 * place) * np.cos(20 * t)

    def rate(x, u, _):  # type: ignore[no-untyped-def]
        return dde.grad.jacobian(u, x, i=0, j=1)

    conditions = [
        dde.icbc.DirichletBC(domain, exact, on_boundary),
        dde.icbc.IC(domain, exact, on_boundary),
        dde.icbc.OperatorBC(domain, rate, lambda x, _: dde.utils.isclose(x[1], 0)),
    ]
    counts = {"num_domain": 360, "num_boundary": 360, "num_initial": 360}
    data = dde.data.TimePDE(domain, residual, conditions, **counts)
    net = dde.nn.FNN([2, *[100] * 3, 1], "tanh", "Glorot uniform")
    net.apply_feature_transform(lambda x: (x - 0.5) * 2 * np.sqrt(3))
    model = dde.Model(data, net)
    model.compile("adam", lr=1e-3)
    first, _ = model.train(iterations=0, verbose=0)
    weights = 5 / np.asarray(first.loss_train[0])
    weights = np.where(np.isfinite(weights), weights, 1.0)
    decay = ("inverse time", 2000, 0.9)
    model.compile("adam", lr=1e-3, loss_weights=list(weights), decay=decay)
    callbacks = [dde.callbacks.PDEPointResampler(period=1)]
    return model, 10_000, None, {"callbacks": callbacks}


def inverse():  # type: ignore[no-untyped-def]
    domain, number = in_time(-1, 1), dde.Variable(2.0)

    def residual(x, u):  # type: ignore[no-untyped-def]
        wave = torch.sin(np.pi * x[:, :1])
        source = torch.exp(-x[:, 1:]) * (wave - np.pi**2 * wave)
        bend = dde.grad.hessian(u, x, i=0, j=0)
        return dde.grad.jacobian(u, x, i=0, j=1) - number * bend + source

    def exact(x):  # type: ignore[no-untyped-def]
        return np.sin(np.pi * x[:, :1]) * np.exp(-x[:, 1:])

    seen = np.stack([np.linspace(-1, 1, 10), np.ones(10)], axis=1)
    conditions = [
        dde.icbc.DirichletBC(domain, exact, on_boundary),
        dde.icbc.IC(domain, exact, on_boundary),
        dde.icbc.PointSetBC(seen, exact(seen), component=0),
    ]
    counts = {"num_domain": 40, "num_boundary": 20, "num_initial": 10, "anchors": seen}
    data = dde.data.TimePDE(domain, residual, conditions, **counts)
    model = dde.Model(data, dde.nn.FNN([2, *[32] * 3, 1], "tanh", "Glorot uniform"))
    model.compile("adam", lr=1e-3, external_trainable_variables=[number])
    return model, 50_000, None, {"number": number}


CASES = {"heat": heat, "l_shape": l_shape, "wave": wave, "inverse": inverse}


def main(name, path, seed, limit):  # type: ignore[no-untyped-def]
    dde.config.set_random_seed(seed)
    with np.load(path) as file:
        points, exact = file["points"], file["exact"].ravel()
    model, iterations, second, more = CASES[name]()
    points = points.astype(dde.config.real(np))
    number, callbacks = more.get("number"), more.get("callbacks")
    pauses, rows, done = 0.0, [], 0
    asked = {"display_every": 10**6, "verbose": 0, "callbacks": callbacks}

    def note():  # type: ignore[no-untyped-def]
        nonlocal pauses
        pause = time.perf_counter()
        gap = float(np.linalg.norm(model.predict(points).ravel() - exact) / np.linalg.norm(exact))
        row = [pause - START - pauses, gap]
        if number is not None:
            row.append(abs(float(number.detach()) - 1))
        rows.append(row)
        pauses += time.perf_counter() - pause

    while done < iterations and time.perf_counter() - START - pauses < limit:
        model.train(iterations=500, **asked)
        done += 500
        note()
    ended = done >= iterations
    if ended and second:
        model.compile(second)
        model.train(**asked)
        note()
    print(json.dumps({"errors": rows, "ended": ended, "iterations": done}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))

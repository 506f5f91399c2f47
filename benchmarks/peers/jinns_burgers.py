"""Burgers with jinns, the points and weights of its own tests; run by its own interpreter.

python jinns_burgers.py FILE SEED RULE ITERATIONS     error at the points of FILE (an .npz)

RULE is ``adam`` (1e-3, single precision) or ``natural`` (its natural gradient,
double precision).
Seconds count from the start of the process; the error is taken once, at the end.
"""

import json
import sys
import time

START = time.perf_counter()

import equinox as eqx  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jinns  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402


def main(path, seed, rule, iterations):  # type: ignore[no-untyped-def]
    jax.config.update("jax_enable_x64", rule == "natural")
    key, points = jax.random.split(jax.random.key(seed))
    layers = [(eqx.nn.Linear, 2, 20), (jax.nn.tanh,)]
    for _ in range(2):
        layers += [(eqx.nn.Linear, 20, 20), (jax.nn.tanh,)]
    layers += [(eqx.nn.Linear, 20, 1)]
    network, weights = jinns.nn.PINN_MLP.create(
        key=key, eqx_list=tuple(layers), eq_type="PDENonStatio"
    )
    data = jinns.data.CubicMeshPDENonStatio(
        key=points,
        n=2500,
        nb=200,
        ni=200,
        dim=1,
        min_pts=(-1,),
        max_pts=(1,),
        tmin=0,
        tmax=1,
        method="uniform",
    )
    start = jinns.parameters.Params(nn_params=weights, eq_params={"nu": jnp.asarray(0.01 / np.pi)})
    loss = jinns.loss.LossPDENonStatio(
        u=network,
        params=start,
        dynamic_loss=jinns.loss.BurgersEquation(Tmax=1),
        boundary_condition=jinns.loss.Dirichlet(),
        initial_condition_fun=lambda x: -jnp.sin(jnp.pi * x),
        loss_weights=jinns.loss.LossWeightsPDENonStatio(
            dyn_loss=1, initial_condition=100, boundary_loss=1
        ),
    )
    asked = {"n_iter": iterations, "loss": loss, "data": data, "init_params": start}
    asked["optimizer"] = optax.adam(1e-3) if rule == "adam" else jinns.optimizers.vanilla_ngd()
    found = jinns.solve(**asked, verbose=False)[0]
    jax.block_until_ready(found)
    seconds = time.perf_counter() - START
    with np.load(path) as file:
        places, exact = jnp.asarray(file["points"]), file["exact"].ravel()
    answer = np.asarray(jax.vmap(lambda place: network(place, found).squeeze())(places))
    error = float(np.linalg.norm(answer - exact) / np.linalg.norm(exact))
    print(json.dumps({"seconds": seconds, "error": error, "iterations": iterations}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))

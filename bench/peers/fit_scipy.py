#!/usr/bin/env python3
"""The peer of the fit benchmark: scipy's BFGS on L(N, D) = E + A/N^alpha + B/D^beta, one thread.

Reads a CSV with columns params, tokens, loss (rows with outlier5 = 1 are left out where there is such a column), minimises the
summed Huber loss (delta 1e-3) of ln L with analytic gradients from the grid of 4,500 starting points of Hoffmann et al. 2022,
then refits bootstrap resamples from their published coefficients, as the replication of Besiroglu et al. 2024 does. Prints seconds, the best objective and its coefficients.

    fit_scipy.py RUNS.csv [--starts 4500] [--bootstrap 4000]
"""
import argparse
import itertools
import os
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3
PUBLISHED = np.array([np.log(406.4), np.log(410.7), np.log(1.6934), 0.3392, 0.2849])


def objective(x, ln_n, ln_d, ln_l):
    """Value and gradient at x = (ln A, ln B, ln E, alpha, beta)."""
    with np.errstate(all="ignore"):
        terms = np.stack([x[0] - x[3] * ln_n, x[1] - x[4] * ln_d, np.full_like(ln_n, x[2])])
        top = terms.max(axis=0)
        shares = np.exp(terms - top)
        total = shares.sum(axis=0)
        residual = top + np.log(total) - ln_l
        shares /= total
        clipped = np.clip(residual, -DELTA, DELTA)
        value = (clipped * (residual - clipped / 2)).sum()
        a, b, e = shares * clipped
        return value, np.array([a.sum(), b.sum(), e.sum(), -(a * ln_n).sum(), -(b * ln_d).sum()])


def descend(x, data):
    return minimize(objective, x, args=data, jac=True, method="BFGS")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs")
    parser.add_argument("--starts", type=int, default=4500)
    parser.add_argument("--bootstrap", type=int, default=4000)
    options = parser.parse_args()

    table = np.genfromtxt(options.runs, delimiter=",", names=True)
    if "outlier5" in table.dtype.names:
        table = table[table["outlier5"] == 0]
    data = np.log(table["params"]), np.log(table["tokens"]), np.log(table["loss"])
    rows = len(table)

    exponents = np.arange(0, 2.5, 0.5)
    scales = np.arange(0, 30, 5.0)
    grid = [np.array([a, b, e, alpha, beta]) for alpha, beta, e, a, b in itertools.product(exponents, exponents, np.arange(-1, 1.5, 0.5), scales, scales)]
    random = np.random.default_rng(1)
    if options.starts < len(grid):
        grid = [grid[i] for i in random.choice(len(grid), options.starts, replace=False)]

    begin = time.perf_counter()
    ends = [descend(x, data) for x in grid]
    search = time.perf_counter() - begin
    values = np.array([end.fun for end in ends])
    best = ends[np.nanargmin(values)]
    agreeing = int((values <= best.fun * (1 + 1e-6)).sum())
    success = sum(end.success for end in ends)
    a, b, e = np.exp(best.x[:3])
    print(f"scipy rows {rows} starts {len(grid)} agreeing {agreeing} 'success' {success} search {search:.3f} s")
    print(f"scipy objective {best.fun:.12g} A {a:.6g} B {b:.7g} E {e:.7g} alpha {best.x[3]:.7g} beta {best.x[4]:.7g}")

    begin = time.perf_counter()
    for _ in range(options.bootstrap):
        drawn = random.integers(0, rows, rows)
        descend(PUBLISHED, tuple(column[drawn] for column in data))
    print(f"scipy bootstrap {options.bootstrap} in {time.perf_counter() - begin:.3f} s")


if __name__ == "__main__":
    main()

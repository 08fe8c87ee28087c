#!/usr/bin/python3
"""Do the answers agree? Run by bench/run-peers in the folder with the problem and all results.

    agree.py start     writes start.npy, the exposures of the result start/
    agree.py all       one JSON line a result: NLL in double above that of exact/, in nats a read
"""

import json
import pathlib
import sys

import numpy as np

from problem import Problem


def main():
    problem = Problem(".")
    load = lambda name: problem.exposures(pathlib.Path(name) / "exposures.tsv")
    if sys.argv[1] == "start":
        np.save("start.npy", load("start"))
        return
    exact = load("exact")
    best = problem.nll(exact)
    print(json.dumps({"bench": "gap", "program": "unmix exact", "value": float(problem.gap(exact).max())}))
    for name, program in (("scipy_exact.npy", "scipy"), ("torch_gd.npy", "torch"), ("gd", "unmix gd")):
        if pathlib.Path(name).exists():
            E = np.load(name) if name.endswith(".npy") else load(name)
            above = (problem.nll(E) - best) / problem.T
            print(json.dumps({"bench": "nll_above_exact", "program": program, "largest": float(above.max()),
                              "least": float(above.min())}))


if __name__ == "__main__":
    main()

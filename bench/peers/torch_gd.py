#!/usr/bin/python3
"""Gradient descent as viewmastR's gd does it, with autodiff: Adam on log exposures in torch, float32, 3,000 steps.

    torch_gd.py FOLDER [--steps 3000]        FOLDER holds problem.npz (problem.py) and start.npy, the exposures to start
                                             from; writes torch_gd.npy there

E = E0 exp(theta) with E0 = T / D of the intercept, all samples at once; the sum of their losses separates, and Adam works on
each number by itself, so this is the path of `unmix deconvolve --method gd`. Constants of the loss are left out. Prints
one JSON line for the whole and one for a step: the whole is too long to be repeated until the machine is quiet.
"""

import argparse
import json
import pathlib
import time

import numpy as np
import torch

from problem import EPS, Problem

PART = 100  # steps timed together


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3000)
    given = parser.parse_args()
    problem = Problem(given.folder)
    genes, samples = problem.k.shape
    unit = problem.T / problem.D[-1]
    start = np.log(np.load(given.folder / "start.npy") / unit)
    A, k, E0 = (torch.tensor(a, dtype=torch.float32) for a in (problem.A, problem.k, unit))
    theta = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    optimiser = torch.optim.Adam([theta], lr=0.01)

    def step():
        optimiser.zero_grad()
        y = A @ (E0 * torch.exp(theta))
        loss = (y - k * torch.log(y + EPS)).sum()
        loss.backward()
        optimiser.step()

    parts = []
    for _ in range(given.steps // PART):
        begin = time.perf_counter()
        for _ in range(PART):
            step()
        parts.append(time.perf_counter() - begin)
    np.save(given.folder / "torch_gd.npy", (E0 * torch.exp(theta)).detach().double().numpy())
    common = {"program": f"torch {torch.__version__}", "genes": genes, "types": len(problem.types), "samples": samples,
              "threads": torch.get_num_threads()}
    print(json.dumps({"bench": "gd", **common, "steps": given.steps, "seconds": sum(parts), "fastest": sum(parts),
                      "repeats": 1}))
    print(json.dumps({"bench": "adam_step", **common, "seconds": float(np.median(parts)) / PART, "fastest": min(parts) / PART,
                      "repeats": len(parts)}))


if __name__ == "__main__":
    main()

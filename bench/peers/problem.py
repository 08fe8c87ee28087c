#!/usr/bin/python3
"""The problem that all peers solve: tables as `unmix simulate` writes them, gene lengths but no weights.

    problem.py FOLDER        reads signatures.tsv, bulk.tsv and lengths.tsv, writes problem.npz for the peers

A_gj = L_g / 500 S_gj with columns of S scaled to sum 1 and the uniform intercept last; D_j = sum_g A_gj; T_n = sum_g k_gn;
NLL_n = sum_g [ k log k - k - k log(yhat + 1e-10) + yhat ],  yhat = A E.
"""

import csv
import pathlib
import sys

import numpy as np

EPS = 1e-10


def table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    return [row[0] for row in rows[1:]], rows[0][1:], np.array([row[1:] for row in rows[1:]], dtype=float)


def convert(folder):
    genes, types, signatures = table(folder / "signatures.tsv")
    bulk_genes, samples, counts = table(folder / "bulk.tsv")
    length_genes, _, lengths = table(folder / "lengths.tsv")
    if genes != bulk_genes or genes != length_genes:
        sys.exit(f"{folder}: the tables do not have the same genes in the same order")
    shares = np.column_stack([signatures / signatures.sum(axis=0), np.full(len(genes), 1.0 / len(genes))])
    np.savez(folder / "problem.npz", A=lengths / 500.0 * shares, k=counts, types=types, samples=samples)


class Problem:
    def __init__(self, folder):
        with np.load(pathlib.Path(folder) / "problem.npz") as data:
            self.A, self.k = data["A"], data["k"]
            self.types, self.samples = list(data["types"]), list(data["samples"])
        self.D, self.T = self.A.sum(axis=0), self.k.sum(axis=0)
        self.constant = np.where(self.k > 0, self.k * np.log(np.maximum(self.k, 1e-300)), 0.0).sum(axis=0) - self.T

    def nll(self, E):
        y = self.A @ E
        return self.constant + (y - self.k * np.log(y + EPS)).sum(axis=0)

    def gap(self, E):
        """log max_j m_j after scaling to sum_j D_j E_j = T: no fit is better by more than T times this."""
        E = E * (self.T / (self.D @ E))
        return np.log(((self.A.T @ (self.k / (self.A @ E + EPS))) / self.D[:, None]).max(axis=0))

    def exposures(self, path):
        """sources x samples from an exposures.tsv (samples x types, and the intercept)."""
        samples, names, values = table(path)
        order = [names.index(name) for name in [*self.types, "intercept"]]
        if samples != self.samples:
            sys.exit(f"{path}: other samples than the problem's")
        return values[:, order].T


if __name__ == "__main__":
    convert(pathlib.Path(sys.argv[1]))

#!/usr/bin/python3
"""Makes the golden values for clustering and consensus of programs: programs_cluster_golden.h.

    python3 programs_cluster.py            writes the file beside this script

Needs numpy, scipy, scikit-learn, kneed 0.9.0 and consensusclustering 0.2.4; not run in the daily checks. The header
names the versions it was made with. All data are drawn here, from seeds.
"""

import importlib.metadata
import sys
import warnings

import numpy as np
import scipy.cluster.hierarchy as hierarchy
import scipy.spatial.distance as distance
from consensusclustering import ConsensusClustering
from kneed import KneeLocator
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, silhouette_score

sys.dont_write_bytecode = True
import golden

warnings.simplefilter("ignore")

POINTS, DIMENSIONS = 40, 3
CUTS = [1, 2, 3, 5, 8, 17, 40]
CELLS, COMPONENTS = 90, 14
MIN, MAX, RESAMPLES, FRACTION = 4, 10, 100, 0.8
SEEDS = [0, 42, 7]
SETS = [(2, 6), (0, 4)]  # seed, groups: one with a knee, one with and without by seed
CURVES = 60

INTRODUCTION = """\
/*
 * Golden values for clustering and consensus of programs. Made by tests/golden/programs_cluster.py with
 * {versions}; do not edit.
 *
 * golden_points: {POINTS} x {DIMENSIONS}; golden_grid: whole numbers, so that many distances are equal. For each:
 *   _ward, _average      linkage matrices of scipy: left, right, height, size
 *   _ward_labels         scikit-learn's AgglomerativeClustering at golden_cuts, cuts x points; likewise _average_labels
 *   _cophenetic          correlation of the average tree with the distances; _heights: cophenetic distances, condensed
 *   _silhouettes         of _average_labels at the cuts 2 .. n-1, otherwise 0
 * golden_curves: {CURVES} curves of golden_curve_length points, padded to 12; golden_knees: index, or -1 for none.
 * golden_W: two data sets of {CELLS} x {COMPONENTS} usages. For each and each of golden_seeds: areas, changes of area,
 *   best number of clusters (0: none) and one consensus matrix (condensed) of
 *   ConsensusClustering({MIN}, {MAX}, {RESAMPLES}, {FRACTION}) on the rows of numpy's corrcoef;
 *   golden_labels: labels of all rows at {MIN} .. {MAX} clusters.
 */
#ifndef UM_PROGRAMS_CLUSTER_GOLDEN_H
#define UM_PROGRAMS_CLUSTER_GOLDEN_H

/* clang-format off */

enum {{
    GOLDEN_POINTS = {POINTS}, GOLDEN_DIMENSIONS = {DIMENSIONS}, GOLDEN_CUTS = {cuts}, GOLDEN_CURVES = {CURVES},
    GOLDEN_CURVE_ROOM = 12, GOLDEN_CELLS = {CELLS}, GOLDEN_COMPONENTS = {COMPONENTS}, GOLDEN_MIN = {MIN},
    GOLDEN_MAX = {MAX}, GOLDEN_RESAMPLES = {RESAMPLES}, GOLDEN_SEEDS = {seeds}, GOLDEN_SETS = {sets},
}};
"""


def add_trees(header, name, points):
    pairs = distance.pdist(points)
    average = hierarchy.linkage(pairs, "average")
    correlation, heights = hierarchy.cophenet(average, pairs)
    ward_labels, average_labels, silhouettes = [], [], []
    for k in CUTS:
        ward_labels.append(AgglomerativeClustering(k).fit_predict(points))
        model = AgglomerativeClustering(k, metric="precomputed", linkage="average")
        average_labels.append(model.fit_predict(distance.squareform(pairs)))
        whole = 2 <= k < len(points)
        silhouettes.append(silhouette_score(points, average_labels[-1]) if whole else 0)
    header.array(f"golden_{name}", points, "Points")
    header.array(f"golden_{name}_ward", hierarchy.linkage(points, "ward"), "Ward")
    header.array(f"golden_{name}_average", average, "Average linkage")
    header.array(f"golden_{name}_ward_labels", ward_labels, "Labels")
    header.array(f"golden_{name}_average_labels", average_labels, "Labels")
    header.array(f"golden_{name}_leaves", hierarchy.leaves_list(average), "Leaves of the average tree")
    header.array(f"golden_{name}_cophenetic", [correlation], "Cophenetic correlation")
    header.array(f"golden_{name}_heights", heights, "Cophenetic distances")
    header.array(f"golden_{name}_silhouettes", silhouettes, "Mean silhouettes")
    rand = [adjusted_rand_score(a, b) for a, b in zip(ward_labels, average_labels)]
    header.array(f"golden_{name}_rand", rand, "Adjusted Rand index of the two")


def add_knees(header, rng):
    curves, lengths, knees = np.zeros((CURVES, 12)), [], []
    for i in range(CURVES):
        n = int(rng.integers(3, 13))
        kind = i % 4
        bent = 1 - np.exp(-np.arange(n) * rng.random())
        y = [np.cumsum(rng.random(n)), rng.random(n), np.round(rng.random(n), 1), bent][kind]
        curves[i, :n] = y
        lengths.append(n)
        knee = KneeLocator(np.arange(2, 2 + n), y, curve="concave", direction="increasing").knee
        knees.append(-1 if knee is None else int(knee) - 2)
    header.array("golden_curves", curves, "Curves")
    header.array("golden_curve_length", lengths, "Their points")
    header.array("golden_knees", knees, "Their knees")


def usages(seed, groups):
    """Components in groups that follow common factors more or less: clusters that are neither clear nor absent."""
    rng = np.random.default_rng(seed)
    factors = rng.gamma(1.0, 1.0, (CELLS, groups))
    follow = rng.uniform(0.2, 0.9, COMPONENTS)
    group = np.arange(COMPONENTS) % groups
    return np.round(follow * factors[:, group] + (1 - follow) * rng.gamma(1.0, 1.0, (CELLS, COMPONENTS)), 4)


def add_consensus(header):
    sets, matrices, areas, changes, best, labels, silhouettes = [], [], [], [], [], [], []
    upper = np.triu_indices(COMPONENTS, 1)
    for data, groups in SETS:
        sets.append(usages(data, groups))
        rows = np.corrcoef(sets[-1], rowvar=False)
        labels.append([AgglomerativeClustering(k).fit_predict(rows) for k in range(MIN, MAX + 1)])
        silhouettes.append([silhouette_score(rows, one) for one in labels[-1]])
        for seed in SEEDS:
            model = ConsensusClustering(AgglomerativeClustering(), MIN, MAX, RESAMPLES, FRACTION, rng=seed)
            model.fit(rows)
            numbers = model.cluster_range_
            areas.append([model.area_under_cdf(k) for k in numbers])
            changes.append(model.change_in_area_under_cdf())
            best.append(model.best_k() or 0)
            matrices.append(model.consensus_k(best[-1] or MIN + int(np.argmax(silhouettes[-1])))[upper])
    header.array("golden_W", sets, "Usages, sets x cells x components")
    header.array("golden_seeds", SEEDS, "Seeds")
    what = "Consensus at the best number, without one at the largest silhouette; sets and seeds x pairs"
    header.array("golden_consensus", matrices, what)
    header.array("golden_areas", areas, "Areas, sets and seeds x numbers")
    header.array("golden_changes", changes, "Changes of area, sets and seeds x (numbers - 1)")
    header.array("golden_best", best, "Best numbers, 0 for none")
    header.array("golden_labels", labels, "Labels, sets x numbers x components")
    header.array("golden_program_silhouettes", silhouettes, "Their mean silhouettes")


def main():
    rng = np.random.default_rng(20)
    header = golden.Header("programs_cluster_golden.h")
    used = ("numpy", "scipy", "scikit-learn", "kneed", "consensusclustering")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in used)
    header.text(INTRODUCTION.format(versions=versions, cuts=len(CUTS), seeds=len(SEEDS),
                                    sets=len(SETS), **globals()))
    header.array("golden_cuts", CUTS, "Numbers of clusters")
    points = rng.normal(size=(POINTS, DIMENSIONS)) + 3 * rng.integers(0, 3, (POINTS, 1))
    add_trees(header, "points", np.round(points, 6))
    add_trees(header, "grid", rng.integers(0, 4, (POINTS, DIMENSIONS)).astype(float))
    add_knees(header, rng)
    add_consensus(header)
    header.text("/* clang-format on */\n\n#endif\n")
    golden.main([header])


if __name__ == "__main__":
    main()

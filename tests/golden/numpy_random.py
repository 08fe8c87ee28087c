#!/usr/bin/python3
"""Makes the golden values for core/numpy_random.h: numpy_random_golden.h, from numpy itself.

    python3 numpy_random.py       writes the file beside this script

Not recomputed by the tests: the streams of RandomState are frozen by numpy's policy (NEP 19), those of Generator may
change with a release; the header names the release.
"""

import pathlib

import numpy as np

LEGACY_SEEDS = [0, 42, 20260101, 2**32 - 1]
SEEDS = [0, 42, 123456789, 2**40 + 17, 2**64 - 1]
MAXIMA = [0, 1, 6, 255, 256, 99999, 2**31, 2**32 - 2]
BOUNDS = [1, 2, 7, 1000, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 3 * 2**61]
CHOICES = [(10, 8), (10, 10), (500, 400), (10000, 9000), (10001, 200), (12000, 9600), (12000, 12000)]
SHOWN, STREAM = 8, 2001  # of a long stream, which regenerates the words several times: its first and last numbers


def table(kind, name, rows, comment):
    body = ",\n".join("    {" + ", ".join(str(value) for value in row) + "}" for row in rows)
    return f"/* {comment} */\nstatic const {kind} {name}[{len(rows)}][{len(rows[0])}] = {{\n{body},\n}};\n\n"


def whole(values):
    return [f"{int(value)}U" if value < 2**32 else f"UINT64_C({int(value)})" for value in values]


def ends(values):
    return list(values[:SHOWN]) + list(values[-SHOWN:])


def reals(values):
    return [float(value).hex() for value in ends(values)]


def fingerprint(chosen):
    """First, last, and a polynomial hash of all in order (modulo 2^64)."""
    mixed = 0
    for value in chosen:
        mixed = (mixed * 1000003 + int(value) + 1) % 2**64
    return [f"UINT64_C({value})" for value in (chosen[0], chosen[-1], mixed)]


def intervals(seed):
    """randint() of RandomState masks and rejects, as shuffle() does."""
    state = np.random.RandomState(seed)
    return [int(state.randint(0, most + 1, dtype=np.int64)) for most in MAXIMA for _ in range(5)]


def below(seed):
    generator = np.random.default_rng(seed)
    return [int(generator.integers(0, bound, dtype=np.uint64)) for bound in BOUNDS for _ in range(3)]


def choices(seed):
    generator = np.random.default_rng(seed)
    return [value for n, count in CHOICES for value in fingerprint(generator.choice(n, count, replace=False))]


def two_permutations(seed):
    """One after the other from one stream, the second after an odd normal."""
    state = np.random.RandomState(seed)
    first = list(state.permutation(40))
    state.standard_normal()
    return first + list(state.permutation(25))


def main():
    state, fresh = np.random.RandomState, np.random.default_rng
    text = f"""/*
 * Golden values of random numbers. Made by tests/golden/numpy_random.py with numpy {np.__version__}; do not edit.
 * A row is a seed. Streams of {STREAM} numbers show their first and last {SHOWN}.
 */
#ifndef UM_NUMPY_RANDOM_GOLDEN_H
#define UM_NUMPY_RANDOM_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
enum {{ GOLDEN_SHOWN = {SHOWN}, GOLDEN_STREAM = {STREAM} }};

"""
    text += table("uint32_t", "golden_mt_seed", [[f"{seed}U"] for seed in LEGACY_SEEDS], "Seeds of RandomState")
    text += table("double", "golden_mt_uniform", [reals(state(s).random_sample(STREAM)) for s in LEGACY_SEEDS],
                  "random_sample()")
    text += table("double", "golden_mt_normal", [reals(state(s).standard_normal(STREAM)) for s in LEGACY_SEEDS],
                  "standard_normal()")
    text += table("uint32_t", "golden_mt_max", [[f"{most}U"] for most in MAXIMA], "Ends of intervals")
    text += table("uint32_t", "golden_mt_interval", [whole(intervals(s)) for s in LEGACY_SEEDS],
                  "Five draws from each interval, one stream")
    text += table("unsigned char", "golden_mt_permutation", [two_permutations(s) for s in LEGACY_SEEDS],
                  "permutation(40), one standard_normal(), permutation(25), one stream")
    text += table("uint64_t", "golden_pcg_seed", [whole([seed]) for seed in SEEDS], "Seeds of default_rng")
    bits = [whole(ends(fresh(seed).bit_generator.random_raw(STREAM))) for seed in SEEDS]
    text += table("uint64_t", "golden_pcg_bits", bits, "64 bits each")
    text += table("uint64_t", "golden_pcg_bound", [whole([bound]) for bound in BOUNDS], "Bounds of integers()")
    text += table("uint64_t", "golden_pcg_below", [whole(below(s)) for s in SEEDS],
                  "integers(0, bound): three draws for each bound, one stream")
    text += table("size_t", "golden_pcg_choice_of", CHOICES, "n and count of choice()")
    text += table("uint64_t", "golden_pcg_choice", [choices(s) for s in SEEDS],
                  "choice(n, count, replace=False), one stream: first, last, and h = h 1000003 + item + 1 over all")
    text += "#endif\n"
    pathlib.Path(__file__).with_name("numpy_random_golden.h").write_text(text)


if __name__ == "__main__":
    main()

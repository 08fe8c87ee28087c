#!/usr/bin/python3
"""Makes the golden values for deconvolution: deconvolve_golden.h and the tables of the same problem.

    python3 deconvolve.py            writes the files beside this script
    python3 deconvolve.py --check    fails when the files there differ from what would be written (see golden.py)

The problem is drawn from a fixed seed. It has what breaks programs: unmatched genes on every side and in another
order, lengths from 200 to 10,000, weights 0 and 0.5, a gene that no type expresses, types that resemble each other, a
shallow sample, a deep one, a pure one.
"""

import sys

import numpy as np

sys.dont_write_bytecode = True  # nothing is left beside the sources
import golden
import model

TYPES = ["alpha", "beta", "gamma", "delta"]
SAMPLES = ["even", "pure", "two", "shallow", "deep"]
INSERT = 500.0


def draw():
    """Signatures, counts, lengths and weights for 40 genes in common."""
    rng = np.random.RandomState(20240917)
    genes = 40
    family = rng.lognormal(2.0, 1.5, (genes, 1))
    signatures = np.round(family * rng.lognormal(0.0, 0.8, (genes, 4)), 3)
    signatures[rng.uniform(size=signatures.shape) < 0.15] = 0.0
    signatures[17] = 0.0                                   # nothing but background
    lengths = np.round(rng.uniform(200, 10000, genes))
    weights = np.ones(genes)
    weights[[3, 11, 26, 35]] = 0.0
    weights[[1, 8, 17, 20, 29, 33]] = 0.5
    truth = np.array([[.25, .25, .25, .25], [0, 0, 1, 0], [.6, 0, 0, .4], [.1, .2, .3, .4], [.7, .1, .1, .1]]).T
    depth = np.array([2e4, 1e4, 5e4, 300, 3e6])
    shares = signatures / signatures.sum(axis=0)
    rates = (lengths / INSERT)[:, None] * (0.97 * shares @ truth + 0.03 / genes)
    rates *= depth / rates.sum(axis=0)
    # Over-dispersed: a factor for every gene and sample, so that no fit is perfect.
    counts = rng.poisson(rates * rng.gamma(10.0, 0.1, rates.shape)).astype(float)
    return signatures, counts, lengths, weights


def names(genes):
    return [f"gene{i + 1:02d}" for i in range(genes)]


# --- tables ---------------------------------------------------------------------------------------------------------

def table(corner, columns, rows, values):
    lines = ["\t".join([corner, *columns])]
    lines += ["\t".join([name, *("%.17g" % v for v in row)]) for name, row in zip(rows, values)]
    return "\n".join(lines) + "\n"


def tables(signatures, counts, lengths, weights):
    """The same problem as three files with genes in different orders and genes that only one or two of them know."""
    rng = np.random.RandomState(7)
    genes = names(len(lengths))

    def shuffled(extra_names, extra_values, values):
        rows = genes + extra_names
        values = np.vstack([values, extra_values])
        order = rng.permutation(len(rows))
        return [rows[i] for i in order], values[order]

    signature_rows, signature_values = shuffled(["only_signatures", "not_in_info"],
                                                [[5, 6, 7, 8], [900, 1, 2, 3]], signatures)
    bulk_rows, bulk_values = shuffled(["only_bulk_1", "only_bulk_2", "not_in_info"],
                                      [[9] * 5, [1e5] * 5, [70] * 5], counts)
    info_rows, info_values = shuffled(["only_info"], [[1000, 1]], np.column_stack([lengths, weights]))
    return {
        "deconvolve_signatures.tsv": table("gene", TYPES, signature_rows, signature_values),
        "deconvolve_bulk.tsv": table("gene", SAMPLES, bulk_rows, bulk_values),
        "deconvolve_genes.tsv": table("gene", ["length", "weight"], info_rows, info_values),
    }


# --- the header -----------------------------------------------------------------------------------------------------

INTRODUCTION = """\
/*
 * Golden values for deconvolution. Made by tests/golden/deconvolve.py (numpy, double precision); do not edit.
 *
 * One problem: GOLDEN_GENES genes in common x GOLDEN_TYPES types x GOLDEN_SAMPLES samples, insert size 500. The arrays
 * below hold the genes in common only, in one order; deconvolve_signatures.tsv, _bulk.tsv and _genes.tsv hold the same
 * problem as files, with genes in other orders and unmatched ones added.
 *
 * Layouts, all row-major:
 *   golden_signatures  genes x types, as read (columns not scaled)
 *   golden_counts      genes x samples
 *   exposures          samples x sources; sources are the types and, where intercept is 1, last the intercept
 *   golden_metrics     samples x GOLDEN_METRICS columns, named by golden_metric_names
 *
 * golden_em[]: exposures after exactly `iterations` iterations from the usual start. m_step 1 is the M-step as
 *   published (counts): lengths are ignored altogether (c_g = 1), there is no division by D, and nll and gap are of that model;
 *   2 (lengths): weights are divided by c_g.
 *   l1 is lambda in reads. nll and gap (one a sample) are those of `exposures`; the gap is taken after rescaling a copy
 *   to sum D E = T. Genes without weight take no part; without an intercept, gene 17 (from 0) has weight 0 too.
 * golden_em_run[]: the same with the stopping rules: exposures and iterations of each sample.
 * golden_gd[]: exposures after exactly `iterations` steps of Adam at rate 0.01 from golden_log_start (one draw a type, the
 *   same for every sample; log intercept 0); `loss` is with penalties. golden_gd_run[]: with the stopping rule.
 * golden_optimum[]: the optimum, to a gap below 1e-12.
 */
#ifndef UM_DECONVOLVE_GOLDEN_H
#define UM_DECONVOLVE_GOLDEN_H

"""

STRUCT = """\
typedef struct golden_case {
    const char *name;
    int intercept;
    int m_step;          /* 0: exact, 1: counts, 2: lengths */
    int together;        /* 1: --stop together */
    double l1, l2;
    double tolerance;    /* of a run with the stopping rule; 0: exactly `iterations` */
    long iterations;     /* done exactly, or the most allowed */
    const double *exposures;       /* samples x sources */
    const double *nll;             /* samples */
    const double *gap;             /* samples; of the NLL alone */
    const double *loss;            /* samples; gd: NLL with penalties, otherwise equal to nll */
    const double *sample_iterations; /* samples; with the stopping rule: iterations done, else NULL */
} golden_case;
"""


def build():
    signatures, counts, lengths, weights = draw()
    rng = np.random.RandomState(11)
    log_start = np.round(rng.normal(-5.0, 0.1, len(TYPES)), 6)
    data = signatures, counts, lengths, weights

    def problem(intercept=True, use_lengths=True):
        return model.Problem(*data, insert_size=INSERT, intercept=intercept, use_lengths=use_lengths)

    def divided():
        """The problem of --m-step lengths: weights w / c, which is the same as counts divided by c and no lengths."""
        factor = lengths / INSERT
        p = model.Problem(signatures, counts, lengths, weights / factor, insert_size=INSERT)
        other = model.Problem(signatures, counts / factor[:, None], lengths, weights, use_lengths=False)
        start = model.em_start(p)
        assert np.allclose(p.multipliers(start), other.multipliers(start), rtol=1e-10)
        assert np.allclose(p.nll(start), other.nll(start), rtol=1e-10)
        return p

    steps_of = {"exact": problem, "counts": lambda intercept: problem(intercept, False), "lengths": lambda intercept: divided()}

    header = golden.Header("deconvolve_golden.h")
    header.text(INTRODUCTION)
    header.text(f"#define GOLDEN_GENES {len(lengths)}\n#define GOLDEN_TYPES {len(TYPES)}\n"
                f"#define GOLDEN_SAMPLES {len(SAMPLES)}\n#define GOLDEN_METRICS {len(model.METRICS)}\n"
                f"#define GOLDEN_SUMMARY {len(model.SUMMARY)}\n#define GOLDEN_INSERT_SIZE {INSERT}\n")
    header.text("/* clang-format off */\n")
    header.strings("golden_type_names", TYPES, "Types, in the order of the columns")
    header.strings("golden_sample_names", SAMPLES, "Samples, in the order of the columns")
    header.array("golden_signatures", signatures, "Signatures, genes x types")
    header.array("golden_counts", counts, "Counts, genes x samples")
    header.array("golden_lengths", lengths, "Lengths of the genes, bases")
    header.array("golden_weights", weights, "Weights of the genes")
    header.array("golden_log_start", log_start, "Start of gd: log of exposures in units of E0, for each type")
    header.text(STRUCT)

    # gap = log max m: m is a sum over the genes that is near 1, and products, a quotient and the logarithm round as well.
    gap_floor = (len(lengths) + 4) * golden.EPS

    lists = {"golden_em": [], "golden_em_run": [], "golden_gd": [], "golden_gd_run": [], "golden_optimum": []}

    def add(group, label, p, exposures, iterations, step="exact", together=0, l1=0.0, l2=0.0, tolerance=0.0, loss=None, done=None):
        stem = f"{group}_{label}"
        nll = p.nll(exposures)
        header.array(f"{stem}_exposures", exposures.T, f"{stem}: samples x sources")
        header.array(f"{stem}_nll", nll, f"{stem}: NLL")
        header.array(f"{stem}_gap", p.gap(exposures), f"{stem}: gap", floor=gap_floor)
        if loss is not None:
            header.array(f"{stem}_loss", loss, f"{stem}: loss with penalties")
        if done is not None:
            header.array(f"{stem}_done", done, f"{stem}: iterations done")
        lists[group].append(
            f'    {{"{label}", {int(p.intercept)}, {list(steps_of).index(step)}, {together}, {l1}, {l2}, {tolerance:g}, {iterations},\n'
            f'     {stem}_exposures, {stem}_nll, {stem}_gap, {stem}_{"nll" if loss is None else "loss"}, '
            f'{stem + "_done" if done is not None else "NULL"}}},')

    for iterations in (1, 7, 50):
        for label, intercept, step, l1 in (("exact", True, "exact", 0.0), ("no_intercept", False, "exact", 0.0),
                                           ("counts", True, "counts", 0.0), ("lengths", True, "lengths", 0.0),
                                           ("l1", True, "exact", 3.0)):
            p = steps_of[step](intercept)
            exposures = model.em_iterations(p, iterations, m_step=step, l1=l1)
            add("golden_em", f"{label}_{iterations}", p, exposures, iterations, step, l1=l1)

    for label, intercept, step, l1, by, tolerance in (("loose", True, "exact", 0.0, "gap", 1e-3), ("tight", True, "exact", 0.0, "gap", 1e-4),
                                                      ("no_intercept", False, "exact", 0.0, "gap", 1e-3),
                                                      ("lengths", True, "lengths", 0.0, "gap", 1e-3),
                                                      ("counts", True, "counts", 0.0, "change", 1e-6),
                                                      ("l1", True, "exact", 3.0, "change", 1e-6)):
        p = steps_of[step](intercept)
        exposures, done, converged = model.em(p, tolerance, 100000, by, m_step=step, l1=l1)
        assert converged.all()
        add("golden_em_run", label, p, exposures, 100000, step, l1=l1, tolerance=tolerance, done=done)
    for step in ("counts", "lengths"):
        p = steps_of[step](True)
        divisors = (lengths / INSERT)[p.used] if step == "lengths" else np.ones(len(p.w))
        exposures, iterations = model.em_together(p, divisors, m_step=step)
        assert 21 < iterations < 1000
        add("golden_em_run", f"together_{step}", p, exposures, 1000, step, 1, tolerance=1e-6,
            done=np.full(len(SAMPLES), float(iterations)))

    for steps in (1, 5, 100):
        for label, intercept, l1, l2 in (("plain", True, 0.0, 0.0), ("l1", True, 1.0, 0.0), ("l2", True, 0.0, 1.0),
                                         ("both", True, 0.5, 2.0), ("no_intercept", False, 0.0, 0.0)):
            p = problem(intercept)
            state = model.gd_steps(p, log_start, steps, l1=l1, l2=l2)
            add("golden_gd", f"{label}_{steps}", p, state.exposures(), steps, l1=l1, l2=l2, loss=state.loss())

    # Types at zero fall as fast as Adam's rate allows and the loss with them: three samples use all 2000 steps.
    # low: from the start that the program takes by itself.
    for label, shift, tolerance, most in (("loose", 0.0, 1e-3, 10000), ("capped", 0.0, 1e-3, 2000), ("low", -5.0, 1e-3, 10000)):
        p = problem()
        exposures, done, converged = model.gd(p, log_start + shift, tolerance, most)
        add("golden_gd_run", label, p, exposures, most, tolerance=tolerance, done=done)

    for label, intercept, use_lengths in (("intercept", True, True), ("no_intercept", False, True),
                                          ("reads", True, False)):
        p = problem(intercept, use_lengths)
        exposures = model.optimum(p)
        assert p.gap(exposures).max() < 1e-12
        add("golden_optimum", label, p, exposures, 0)

    for name, cases in lists.items():
        header.text(f"static const golden_case {name}[{len(cases)}] = {{\n" + "\n".join(cases) + "\n};\n")

    p = problem()
    exposures = model.em_iterations(p, 50)
    header.strings("golden_metric_names", model.METRICS, "Columns of golden_metrics")
    header.array("golden_metrics", model.metrics(p, exposures), "Metrics of golden_em case exact_50, samples x metrics")
    header.array("golden_metrics_l1", model.metrics(p, model.em_iterations(p, 50, l1=3.0)),
                 "Metrics of golden_em case l1_50 (exposures at zero), samples x metrics")
    header.strings("golden_summary_names", model.SUMMARY, "Entries of golden_summary")
    header.array("golden_summary", model.summary(p, exposures), "Summary of golden_em case exact_50")
    header.array("golden_proportions", model.proportions(exposures, len(TYPES)).T,
                 "Proportions of golden_em case exact_50, samples x types")
    header.array("golden_cell_proportions", model.proportions(exposures, len(TYPES), p.column_sums).T,
                 "The same as fractions of cells, cell size by column sums, samples x types")
    header.array("golden_no_intercept_metrics",
                 model.metrics(problem(False), model.em_iterations(problem(False), 50)),
                 "Metrics of golden_em case no_intercept_50, samples x metrics")
    header.text("/* clang-format on */\n\n#endif\n")
    return [header], tables(*data).items()


if __name__ == "__main__":
    golden.main(*build())

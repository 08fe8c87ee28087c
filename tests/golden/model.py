"""The model of unmix in plain numpy and double precision, written from its mathematics and not from its C code.

It is slow, small and meant to be read beside the definition:

    c_g = L_g / insert_size    A_gj = c_g S_gj    D_j = sum_g w_g A_gj    T_n = sum_g w_g k_gn    yhat = A E
    NLL_n = sum_g w_g [ k log k - k - k log(yhat + eps) + yhat ]          eps = 1e-10, 0 log 0 = 0
    m_j = ( sum_g w_g k_g A_gj / (yhat_g + eps) ) / D_j

Exposures E are sources x samples; the last source is the intercept, where it is fitted.
"""

import numpy as np

EPS = 1e-10


class Problem:
    """Genes in common, as every method sees them. Only genes with weight > 0 are kept in A, S, k and w."""

    def __init__(self, signatures, counts, lengths=None, weights=None, insert_size=500.0, intercept=True,
                 use_lengths=True):
        signatures = np.asarray(signatures, float)
        counts = np.asarray(counts, float)
        genes = signatures.shape[0]
        lengths = np.full(genes, insert_size) if lengths is None else np.asarray(lengths, float)
        weights = np.ones(genes) if weights is None else np.asarray(weights, float)

        self.genes = genes
        self.types = signatures.shape[1]
        self.intercept = intercept
        self.column_sums = signatures.sum(axis=0)
        shares = signatures / self.column_sums
        if intercept:
            shares = np.column_stack([shares, np.full(genes, 1.0 / genes)])
        else:
            weights = np.where(shares.sum(axis=1) > 0, weights, 0.0)

        used = weights > 0
        factor = lengths / insert_size if use_lengths else np.ones(genes)
        self.used = used
        self.S = shares[used]
        self.A = factor[used, None] * self.S
        self.k = counts[used]
        self.w = weights[used]
        self.D = self.w @ self.A
        self.T = self.w @ self.k
        self.total = self.k.sum(axis=0)

    def expected(self, exposures):
        return self.A @ exposures

    def nll(self, exposures):
        y = self.expected(exposures)
        k = self.k
        with np.errstate(divide="ignore", invalid="ignore"):
            klogk = np.where(k > 0, k * np.log(k), 0.0)
        return self.w @ (klogk - k - k * np.log(y + EPS) + y)

    def multipliers(self, exposures):
        ratio = self.w[:, None] * self.k / (self.expected(exposures) + EPS)
        return (self.A.T @ ratio) / self.D[:, None]

    def rescaled(self, exposures):
        """The same proportions with sum_j D_j E_j = T."""
        return exposures * (self.T / (self.D @ exposures))

    def gap(self, exposures):
        """log max_j m_j: no fit has a log-likelihood higher by more than T times this."""
        return np.log(self.multipliers(self.rescaled(exposures)).max(axis=0))

    def null_exposures(self):
        """The intercept alone; without an intercept all sources alike."""
        null = np.zeros((len(self.D), self.k.shape[1]))
        if self.intercept:
            null[-1] = self.T / self.D[-1]
        else:
            null[:] = self.T / self.D.sum()
        return null


# --- expectation-maximisation ---------------------------------------------------------------------------------------

def em_start(problem):
    exposures = np.empty((len(problem.D), problem.k.shape[1]))
    exposures[:] = problem.total / problem.types
    if problem.intercept:
        exposures[-1] = 0.05 * problem.total
    return exposures


def em_step(problem, exposures, m_step="exact", l1=0.0):
    """With m_step counts the problem is built with use_lengths=False: the published update knows no lengths."""
    new = exposures * problem.multipliers(exposures)
    if m_step == "counts":
        new = new * problem.D[:, None]
    if l1 > 0:
        types = problem.types
        new[:types] = np.maximum(new[:types] - l1, 0.0)
    return new


def em_iterations(problem, iterations, **options):
    exposures = em_start(problem)
    for _ in range(iterations):
        exposures = em_step(problem, exposures, **options)
    return exposures


def em(problem, tolerance, max_iterations, by="gap", **options):
    """Per sample: looked at after 0, 10, 20, ... iterations. Returns exposures, iterations, converged.

    By its gap (a tenth of the tolerance is left to rounding), or by the change of its loss in an iteration.
    """
    exposures = em_start(problem)
    samples = exposures.shape[1]
    result = exposures.copy()
    iterations = np.full(samples, max_iterations)
    running = np.ones(samples, bool)
    previous = problem.nll(exposures)
    assert by == "change" or (problem.gap(exposures) > tolerance).all()  # nobody stops before the first step
    for iteration in range(1, max_iterations + 1):
        exposures = em_step(problem, exposures, **options)
        if iteration % 10:
            continue
        nll = problem.nll(exposures)
        stop = running & (problem.gap(exposures) <= 0.9 * tolerance if by == "gap" else
                          np.abs(nll - previous) / 10 < tolerance * (nll + 1))
        result[:, stop] = exposures[:, stop]
        iterations[stop] = iteration
        running &= ~stop
        previous = nll
        if not running.any():
            break
    result[:, running] = exposures[:, running]
    return result, iterations, ~running


def em_together(problem, divisors, tolerance=1e-6, max_iterations=1000, **options):
    """All samples stop together, as in viewmastR. Returns exposures and iterations. The likelihood is that of counts / divisors."""
    exposures, last = em_start(problem), np.float32(-np.inf)
    for iteration in range(1, max_iterations + 1):
        exposures = em_step(problem, exposures, **options)
        if iteration % 10 != 1:
            continue
        y = problem.expected(exposures)
        likelihood = np.float32((problem.w @ (problem.k * np.log((y + EPS) / divisors[:, None]) - y)).sum())
        if iteration >= 21 and abs(likelihood - last) < tolerance:
            return exposures, iteration
        last = likelihood
    return exposures, max_iterations


def published_em(signatures, counts, weights, divisors=None, tolerance=1e-6, max_iterations=1000):
    """viewmastR's em in single precision, as its code is described; returns exposures and iterations.

    Columns of the signatures sum to 1, the background is 1/G; weights multiply the counts and are not divided out again;
    exposures are 1e-10 at least. With divisors (lengths / 500) as its newer branch: of the divided counts, with the
    weighted sums of the signatures as denominators. After iterations 1, 11, 21, ... it looks at the likelihood of all
    samples, a number in single precision (added up in double here: how it is added up there is not part of the method).
    """
    f = np.float32
    genes, types = signatures.shape
    shares = np.column_stack([signatures / signatures.sum(axis=0), np.full(genes, 1 / genes)]).astype(f)
    k = (counts if divisors is None else counts / divisors[:, None]).astype(f)
    w = weights.astype(f)[:, None]
    total = k.sum(axis=0, dtype=f)
    exposures = np.vstack([np.tile(total / f(types), (types, 1)), f(0.05) * total])
    used = weights > 0  # the others add zeros
    shares, k, w = shares[used], k[used], w[used]
    denominators = f(1) if divisors is None else (w * shares).sum(axis=0, dtype=np.float64).astype(f)[:, None]
    last = f(-np.inf)
    for iteration in range(max_iterations):
        expected = shares @ exposures + f(1e-10)
        exposures = np.maximum(exposures * (shares.T @ (w * k / expected)) / denominators, f(1e-10))
        if iteration % 10 == 0:
            expected = shares @ exposures + f(1e-10)
            likelihood = f((w * (k * np.log(expected) - expected)).sum(dtype=np.float64))
            if iteration > 10 and abs(likelihood - last) < f(tolerance):
                break
            last = likelihood
    return exposures, iteration + 1


# --- gradient descent -----------------------------------------------------------------------------------------------

class GradientDescent:
    """Adam on log exposures, in units of E0. log_start holds one draw a type, the same for every sample."""

    def __init__(self, problem, log_start, l1=0.0, l2=0.0, rate=0.01):
        self.problem = problem
        samples = problem.k.shape[1]
        denominator = problem.D[-1] if problem.intercept else problem.D.sum()
        self.E0 = problem.T / denominator
        self.log = np.zeros((len(problem.D), samples))
        self.log[:problem.types] = np.asarray(log_start)[:, None]
        self.first = np.zeros_like(self.log)
        self.second = np.zeros_like(self.log)
        self.rate = np.full(samples, rate)
        self.l1, self.l2 = l1, l2
        self.steps = 0

    def exposures(self):
        return self.E0 * np.exp(self.log)

    def loss(self):
        relative = np.exp(self.log[:self.problem.types])
        nll = self.problem.nll(self.exposures())
        return nll * (1 + self.l1 / 100 * relative.sum(axis=0) + self.l2 / 100 * (relative**2).sum(axis=0))

    def gradient(self):
        """d loss / d log E; the NLL inside the penalties is a factor, not a function."""
        problem, exposures = self.problem, self.exposures()
        gradient = exposures * problem.D[:, None] * (1 - problem.multipliers(exposures))
        relative = np.exp(self.log[:problem.types])
        factor = problem.nll(exposures) / 100
        gradient[:problem.types] += factor * (self.l1 * relative + 2 * self.l2 * relative**2)
        return gradient

    def step(self):
        self.steps += 1
        gradient = self.gradient()
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        mean = self.first / (1 - 0.9**self.steps)
        square = self.second / (1 - 0.999**self.steps)
        self.log -= self.rate * mean / (np.sqrt(square) + 1e-8)

    def sparsity(self):
        """The share of the types that make more than 1e-4 of all, background included."""
        exposures = self.exposures()
        return (exposures[:self.problem.types] > 1e-4 * exposures.sum(axis=0)).mean(axis=0)


def gd_steps(problem, log_start, steps, **options):
    state = GradientDescent(problem, log_start, **options)
    for _ in range(steps):
        state.step()
    return state


def gd(problem, log_start, tolerance=1e-6, max_iterations=10000, **options):
    """Per sample, looked at every 100 steps; the result is the look with the lowest loss."""
    state = GradientDescent(problem, log_start, **options)
    samples = problem.k.shape[1]
    running = np.ones(samples, bool)
    iterations = np.full(samples, max_iterations)
    previous, sparsity = state.loss(), state.sparsity()
    best, result = previous.copy(), state.exposures()
    while state.steps < max_iterations and running.any():
        for _ in range(min(100, max_iterations - state.steps)):
            state.step()
        loss, now = state.loss(), state.sparsity()
        better = running & (loss < best)
        result[:, better] = state.exposures()[:, better]
        best[better] = loss[better]
        state.rate[loss > previous] /= 2
        stop = running & (np.abs(previous - loss) / loss < tolerance) & (np.abs(now - sparsity) < 1e-4)
        iterations[stop] = state.steps
        running &= ~stop
        previous, sparsity = loss, now
    return result, iterations, ~running


# --- the optimum ----------------------------------------------------------------------------------------------------

def optimum(problem, tolerance=1e-12, max_steps=200):
    """Newton steps under E >= 0, each a non-negative least-squares problem; raises when the gap stays open."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls

    start = problem.rescaled(em_iterations(problem, 50))
    result = np.empty_like(start)
    for n in range(start.shape[1]):
        one = Problem.__new__(Problem)
        one.__dict__.update(problem.__dict__)
        one.k, one.T, one.total = problem.k[:, [n]], problem.T[[n]], problem.total[[n]]
        x = start[:, [n]]
        for _ in range(max_steps):
            if one.gap(x)[0] < tolerance:
                break
            gradient = (one.D[:, None] * (1 - one.multipliers(x)))[:, 0]
            y = one.expected(x)[:, 0]
            hessian = one.A.T @ ((one.w * one.k[:, 0] / (y + EPS)**2)[:, None] * one.A)
            scale = 1 / np.sqrt(np.diag(hessian) + 1e-300)
            scaled = hessian * np.outer(scale, scale) + 1e-13 * np.eye(len(scale))
            upper = cholesky(scaled)
            z = x[:, 0] / scale
            target = upper @ z - solve_triangular(upper, gradient * scale, trans="T")
            new = scale * nnls(upper, target, maxiter=100 * len(scale))[0]
            t, before = 1.0, one.nll(x)[0]
            while t > 1e-6:
                candidate = x + t * (new[:, None] - x)
                if one.nll(candidate)[0] <= before + 1e-13 * (abs(before) + one.T[0]):
                    break
                t /= 2
            else:
                candidate = x * one.multipliers(x)
            x = one.rescaled(candidate)
        else:
            raise ArithmeticError(f"sample {n}: gap {one.gap(x)[0]:.3g} after {max_steps} steps")
        result[:, n] = x[:, 0]
    return result


# --- what is reported ----------------------------------------------------------------------------------------------

def proportions(exposures, types, cell_size=None):
    amounts = exposures[:types]
    if cell_size is not None:
        amounts = amounts / np.asarray(cell_size, float)[:, None]
    return amounts / amounts.sum(axis=0)


def correlation(a, b):
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return a @ b / norm if norm > 0 else np.nan


METRICS = ["total_counts", "nll", "null_nll", "gap", "intercept_fraction", "noise_ratio", "pearson", "rmse", "nrmse",
           "count_ratio", "dispersion"]


def metrics(problem, exposures):
    """One row a sample, one column for each of METRICS."""
    y, k, types = problem.expected(exposures), problem.k, problem.types
    amounts = exposures[:types]
    background = exposures[types] if problem.intercept else np.zeros(k.shape[1])
    rmse = np.sqrt(((k - y)**2).mean(axis=0))
    free = len(problem.w) - (exposures > 0).sum(axis=0)
    values = {
        "total_counts": problem.total,
        "nll": problem.nll(exposures),
        "null_nll": problem.nll(problem.null_exposures()),
        "gap": problem.gap(exposures),
        "intercept_fraction": background / (amounts.sum(axis=0) + background),
        "noise_ratio": background / (amounts.mean(axis=0) + background),
        "pearson": np.array([correlation(k[:, n], y[:, n]) for n in range(k.shape[1])]),
        "rmse": rmse,
        "nrmse": rmse / k.mean(axis=0),
        "count_ratio": y.sum(axis=0) / k.sum(axis=0),
        "dispersion": (problem.w @ ((k - y)**2 / y)) / free,
    }
    return np.column_stack([values[name] for name in METRICS])


SUMMARY = ["r2", "deviance_r2", "mape", "gene_correlation"]


def summary(problem, exposures):
    y, k = problem.expected(exposures), problem.k
    null = problem.nll(problem.null_exposures())
    by_gene = np.array([correlation(k[g], y[g]) for g in range(k.shape[0])])
    return np.array([
        1 - ((k - y)**2).sum() / ((k - k.mean())**2).sum(),
        1 - problem.nll(exposures).sum() / null.sum(),
        (np.abs(k - y) / (k + 1)).mean(),
        by_gene[np.isfinite(by_gene)].mean(),
    ])

#include "linalg/nnls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Of a pivot, relative to the unit diagonal: below it a column is a combination of others, as far as double can tell.
 */
static const double dependent_below = 1e-13;

/* Of the gradient, relative to the largest right-hand side: what rounding leaves of a zero. */
static const double gradient_zero = 1e-13;

/* REFUSED: a combination of others, or only rounding wanted it above zero. */
enum { AT_ZERO, ABOVE, REFUSED };

unmix_status um_nnls_open(unmix_context *cx, um_nnls *work, size_t n)
{
    work->n = n;
    UM_TRY(UM_ALLOC(cx, &work->scale, n, "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->scaled, um_product_size(n, n, 1), "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->factor, um_product_size(n, n, 1), "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->b, n, "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->y, n, "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->z, n, "least squares"));
    UM_TRY(UM_ALLOC(cx, &work->member, n, "least squares"));
    return UM_ALLOC(cx, &work->state, n, "least squares");
}

void um_nnls_close(um_nnls *work)
{
    free(work->scale);
    free(work->scaled);
    free(work->factor);
    free(work->b);
    free(work->y);
    free(work->z);
    free(work->member);
    free(work->state);
    *work = (um_nnls){0};
}

static void leave(um_nnls *w, size_t position, int state)
{
    const size_t i = w->member[position];
    w->state[i] = (unsigned char)state;
    w->y[i] = 0.0;
    memmove(w->member + position, w->member + position + 1, (w->n_members - position - 1) * sizeof *w->member);
    w->n_members--;
}

/* Cholesky of the members' part, row by row; a dependent member leaves. */
static void factorise(um_nnls *w)
{
    const size_t n = w->n;
    for (size_t a = 0; a < w->n_members;) {
        double *row = w->factor + a * n, pivot = 1.0;
        for (size_t c = 0; c < a; c++) {
            double sum = w->scaled[w->member[a] * n + w->member[c]];
            const double *other = w->factor + c * n;
            for (size_t q = 0; q < c; q++)
                sum -= row[q] * other[q];
            row[c] = sum / other[c];
            pivot -= row[c] * row[c];
        }
        if (pivot < dependent_below) {
            leave(w, a, REFUSED);
            continue;
        }
        row[a] = sqrt(pivot);
        a++;
    }
}

/* z <- the minimum over the members without their bounds. */
static void solve_members(um_nnls *w)
{
    const size_t n = w->n;
    factorise(w);
    for (size_t a = 0; a < w->n_members; a++) {
        double sum = w->b[w->member[a]];
        for (size_t q = 0; q < a; q++)
            sum -= w->factor[a * n + q] * w->z[q];
        w->z[a] = sum / w->factor[a * n + a];
    }
    for (size_t a = w->n_members; a-- > 0;) {
        double sum = w->z[a];
        for (size_t q = a + 1; q < w->n_members; q++)
            sum -= w->factor[q * n + a] * w->z[q];
        w->z[a] = sum / w->factor[a * n + a];
    }
}

/* Moves towards z until a member meets zero, which leaves. Returns 1 when z itself was reached. */
static int move(um_nnls *w)
{
    double length = 1.0;
    for (size_t a = 0; a < w->n_members; a++)
        if (!(w->z[a] > 0.0)) {
            const double y = w->y[w->member[a]];
            length = fmin(length, y > 0.0 ? y / (y - w->z[a]) : 0.0);
        }
    const int whole = length >= 1.0;
    for (size_t a = w->n_members; a-- > 0;) {
        double *y = w->y + w->member[a];
        const double next = whole ? w->z[a] : *y + length * (w->z[a] - *y);
        const int meets = !whole && !(w->z[a] > 0.0) && (!(*y > 0.0) || *y / (*y - w->z[a]) <= length);
        if (meets || !(next > 0.0))
            leave(w, a, *y > 0.0 ? AT_ZERO : REFUSED);
        else
            *y = next;
    }
    return whole;
}

/* The unknown at zero that the gradient pulls hardest; n without one. */
static size_t most_wanted(const um_nnls *w, double zero)
{
    size_t best = w->n;
    double largest = zero;
    for (size_t i = 0; i < w->n; i++) {
        if (w->state[i] != AT_ZERO || !(w->scale[i] > 0.0))
            continue;
        double pull = w->b[i];
        for (size_t a = 0; a < w->n_members; a++)
            pull -= w->scaled[i * w->n + w->member[a]] * w->y[w->member[a]];
        if (pull > largest) {
            largest = pull;
            best = i;
        }
    }
    return best;
}

static double begin(um_nnls *w, const double *H, const double *b, const double *x)
{
    const size_t n = w->n;
    double largest = 0.0;
    w->n_members = 0;
    for (size_t i = 0; i < n; i++) {
        w->scale[i] = H[i * n + i] > 0.0 ? 1.0 / sqrt(H[i * n + i]) : 0.0;
        w->b[i] = b[i] * w->scale[i];
        largest = fmax(largest, fabs(w->b[i]));
        const int above = x[i] > 0.0 && w->scale[i] > 0.0;
        w->state[i] = above ? ABOVE : AT_ZERO;
        w->y[i] = above ? x[i] / w->scale[i] : 0.0;
        if (above)
            w->member[w->n_members++] = i;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            w->scaled[i * n + j] = H[i * n + j] * w->scale[i] * w->scale[j];
    return largest;
}

void um_nnls_solve(um_nnls *work, const double *H, const double *b, double *x)
{
    const size_t n = work->n, most = 3 * n + 30; /* rounding could make it go round; it never did */
    const double zero = gradient_zero * begin(work, H, b, x);
    for (size_t round = 0; round < most; round++) {
        do
            solve_members(work);
        while (!move(work));
        const size_t next = most_wanted(work, zero);
        if (next == n)
            break;
        work->state[next] = ABOVE;
        work->member[work->n_members++] = next;
    }
    for (size_t i = 0; i < n; i++)
        x[i] = work->y[i] * work->scale[i];
}

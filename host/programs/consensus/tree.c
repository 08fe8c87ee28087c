#include "programs/consensus/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Words of scratch a leaf: while building active, size, chain; afterwards stack, place and first, or a heap. */
enum { SCRATCH = 4 };

unmix_status um_tree_allocate(unmix_context *cx, um_tree *tree, size_t capacity)
{
    *tree = (um_tree){.capacity = capacity};
    UM_TRY(UM_ALLOC(cx, &tree->merge, capacity, "tree"));
    return UM_ALLOC(cx, &tree->scratch, um_product_size(capacity, SCRATCH, 1), "tree");
}

void um_tree_clear(um_tree *tree)
{
    free(tree->merge);
    free(tree->scratch);
    *tree = (um_tree){0};
}

/* Building */

/* The clusters at one time: each is known by one of its items, its distances stand at that item. */
typedef struct growth {
    size_t n;
    double *distances;
    size_t *active; /* the items that stand for a cluster, ascending */
    size_t count;
    size_t *size; /* of the cluster that an item stands for */
    size_t *chain;
} growth;

static double *pair(const growth *g, size_t i, size_t j)
{
    return g->distances + (i < j ? um_pair(g->n, i, j) : um_pair(g->n, j, i));
}

/*
 * The cluster nearest to x and its distance. Of equals the one before x in the chain (`before`, n: none), so that
 * chains end, then the first.
 */
static size_t nearest(const growth *g, size_t x, size_t before, double *distance)
{
    size_t best = before;
    double least = before < g->n ? *pair(g, x, before) : INFINITY;
    for (size_t a = 0; a < g->count; a++) {
        const size_t i = g->active[a];
        if (i == x)
            continue;
        const double d = *pair(g, x, i);
        if (d < least || best == g->n) {
            least = d;
            best = i;
        }
    }
    *distance = least;
    return best;
}

/* Lance and Williams: the distance of the union of x and y from i. */
static double ward(double xi, double yi, double xy, size_t x, size_t y, size_t i)
{
    const double t = 1.0 / (double)(x + y + i);
    const double square = (double)(i + x) * t * xi * xi + (double)(i + y) * t * yi * yi - (double)i * t * xy * xy;
    return sqrt(square > 0 ? square : 0);
}

static double average(double xi, double yi, size_t x, size_t y)
{
    return ((double)x * xi + (double)y * yi) / (double)(x + y);
}

/* Joins x < y at distance xy: y stands for the union. */
static void join(growth *g, um_linkage linkage, size_t x, size_t y, double xy)
{
    size_t left = 0;
    for (size_t a = 0; a < g->count; a++)
        if (g->active[a] != x)
            g->active[left++] = g->active[a];
    g->count = left;
    for (size_t a = 0; a < g->count; a++) {
        const size_t i = g->active[a];
        if (i == y)
            continue;
        double *yi = pair(g, y, i);
        const double xi = *pair(g, x, i);
        *yi = linkage == UM_LINKAGE_WARD ? ward(xi, *yi, xy, g->size[x], g->size[y], g->size[i])
                                         : average(xi, *yi, g->size[x], g->size[y]);
    }
    g->size[y] += g->size[x];
}

/* By height, of equal heights as they were found (`size` holds that number for the time being). */
static int compare_merges(const void *a, const void *b)
{
    const um_merge *one = a, *two = b;
    if (one->height != two->height)
        return one->height < two->height ? -1 : 1;
    return one->size < two->size ? -1 : one->size > two->size;
}

static size_t root(size_t *parent, size_t node)
{
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

/* Sorts the merges, and names nodes where the items that stand for them were named. */
static void number_nodes(um_tree *tree)
{
    const size_t n = tree->leaves;
    size_t *parent = tree->scratch; /* 2 n - 1 nodes */
    qsort(tree->merge, n - 1, sizeof *tree->merge, compare_merges);
    for (size_t node = 0; node < 2 * n - 1; node++)
        parent[node] = node;
    for (size_t i = 0; i + 1 < n; i++) {
        um_merge *m = tree->merge + i;
        const size_t a = root(parent, m->left), b = root(parent, m->right);
        m->left = a < b ? a : b;
        m->right = a < b ? b : a;
        m->size = (a < n ? 1 : tree->merge[a - n].size) + (b < n ? 1 : tree->merge[b - n].size);
        parent[a] = parent[b] = n + i;
    }
}

void um_tree_build(um_tree *tree, um_linkage linkage, size_t leaves, double *distances)
{
    growth g = {leaves, distances, tree->scratch, leaves, tree->scratch + leaves, tree->scratch + 2 * leaves};
    size_t length = 0;
    tree->leaves = leaves;
    for (size_t i = 0; i < leaves; i++) {
        g.active[i] = i;
        g.size[i] = 1;
    }
    for (size_t k = 0; k + 1 < leaves; k++) {
        if (length == 0)
            g.chain[length++] = g.active[0];
        for (;;) { /* until two clusters are each other's nearest */
            const size_t x = g.chain[length - 1], before = length > 1 ? g.chain[length - 2] : leaves;
            double distance;
            const size_t y = nearest(&g, x, before, &distance);
            if (y != before) {
                g.chain[length++] = y;
                continue;
            }
            const size_t low = x < y ? x : y, high = x < y ? y : x;
            length -= 2;
            tree->merge[k] = (um_merge){low, high, distance, k};
            join(&g, linkage, low, high, distance);
            break;
        }
    }
    if (leaves > 0)
        number_nodes(tree);
}

/* Reading */

/* Python's heapq, of numbers with the largest first: the places matter, not only what comes out. */
static void sink_to_leaf(size_t *heap, size_t length, size_t at)
{
    const size_t item = heap[at], start = at;
    for (size_t child = 2 * at + 1; child < length; child = 2 * at + 1) {
        if (child + 1 < length && heap[child + 1] > heap[child])
            child++;
        heap[at] = heap[child];
        at = child;
    }
    for (; at > start && item > heap[(at - 1) / 2]; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
}

static void push(size_t *heap, size_t *length, size_t item)
{
    size_t at = (*length)++;
    for (; at > 0 && item > heap[(at - 1) / 2]; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
}

/* Writes the items below `node` from left to right; yields their number. stack: one word a leaf. */
static size_t items_below(const um_tree *tree, size_t node, size_t *stack, size_t *items)
{
    size_t depth = 0, count = 0;
    stack[depth++] = node;
    while (depth > 0) {
        const size_t top = stack[--depth];
        if (top < tree->leaves) {
            items[count++] = top;
            continue;
        }
        stack[depth++] = tree->merge[top - tree->leaves].right;
        stack[depth++] = tree->merge[top - tree->leaves].left;
    }
    return count;
}

void um_tree_cut(const um_tree *tree, size_t clusters, size_t *label)
{
    const size_t n = tree->leaves;
    size_t *heap = tree->scratch, *stack = heap + n, *items = stack + n, length = 0;
    push(heap, &length, 2 * n - 2);
    for (size_t k = 1; k < clusters; k++) {
        const um_merge *top = tree->merge + (heap[0] - n);
        push(heap, &length, top->left); /* smaller than the node at the top, which stays there */
        heap[0] = top->right;
        sink_to_leaf(heap, length, 0);
    }
    for (size_t k = 0; k < clusters; k++) {
        const size_t count = items_below(tree, heap[k], stack, items);
        for (size_t i = 0; i < count; i++)
            label[items[i]] = k;
    }
}

void um_tree_order(const um_tree *tree, size_t *order)
{
    if (tree->leaves > 0)
        (void)items_below(tree, 2 * tree->leaves - 2, tree->scratch, order);
}

/*
 * In the order from left to right a node's items lie together. order[] as above, first[i]: where the items of merge i
 * begin. Its left items come first.
 */
static void lay_out(const um_tree *tree, size_t *order, size_t *first)
{
    const size_t n = tree->leaves;
    um_tree_order(tree, order);
    first[n - 2] = 0;
    for (size_t i = n - 1; i-- > 0;) { /* parents come after their children */
        const um_merge *m = tree->merge + i;
        if (m->left >= n)
            first[m->left - n] = first[i];
        if (m->right >= n)
            first[m->right - n] = first[i] + (m->left < n ? 1 : tree->merge[m->left - n].size);
    }
}

/* The items of merge i: order[*left .. *right - 1] left of it, order[*right .. *end - 1] right of it. */
static void split(const um_tree *tree, size_t i, const size_t *first, size_t *left, size_t *right, size_t *end)
{
    const um_merge *m = tree->merge + i;
    *left = first[i];
    *right = *left + (m->left < tree->leaves ? 1 : tree->merge[m->left - tree->leaves].size);
    *end = *left + m->size;
}

void um_tree_cophenetic(const um_tree *tree, double *distances)
{
    const size_t n = tree->leaves;
    size_t *order = tree->scratch + n, *first = order + n, left, right, end;
    if (n < 2)
        return;
    lay_out(tree, order, first);
    for (size_t m = 0; m + 1 < n; m++) {
        split(tree, m, first, &left, &right, &end);
        for (size_t a = left; a < right; a++)
            for (size_t b = right; b < end; b++) {
                const size_t i = order[a], j = order[b];
                distances[i < j ? um_pair(n, i, j) : um_pair(n, j, i)] = tree->merge[m].height;
            }
    }
}

double um_tree_correlation(const um_tree *tree, const double *distances)
{
    const size_t n = tree->leaves, pairs = um_pairs(n);
    size_t *order = tree->scratch + n, *first = order + n, left, right, end;
    double mean = 0, mean_height = 0, hh = 0, hd = 0, dd = 0;
    if (n < 2)
        return 1;
    lay_out(tree, order, first);
    for (size_t p = 0; p < pairs; p++)
        mean += distances[p];
    mean /= (double)pairs;
    for (size_t m = 0; m + 1 < n; m++) {
        split(tree, m, first, &left, &right, &end);
        mean_height += tree->merge[m].height * (double)(right - left) * (double)(end - right);
    }
    mean_height /= (double)pairs;
    for (size_t m = 0; m + 1 < n; m++) {
        const double h = tree->merge[m].height - mean_height;
        split(tree, m, first, &left, &right, &end);
        for (size_t a = left; a < right; a++)
            for (size_t b = right; b < end; b++) {
                const double d = um_pair_of(distances, n, order[a], order[b]) - mean;
                hh += h * h;
                hd += h * d;
                dd += d * d;
            }
    }
    const double rounding = 1e-24 * (mean * mean + mean_height * mean_height) * (double)pairs; /* (n eps)^2: constant */
    return dd <= rounding ? 1 : hh <= rounding ? 0 : hd / sqrt(hh * dd);
}

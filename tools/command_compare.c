/* unmix compare: how far results agree with each other, or with the truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

typedef struct arguments {
    um_common_options common;
    const char *truth;
    int exact;
} arguments;

/* clang-format off */
static const um_option options_what[] = {
    {.name = "truth", .kind = OPTION_TEXT, .offset = offsetof(arguments, truth), .value = "FILE",
     .help = "compare each result with this table of true proportions (samples in rows, types in columns) instead of "
             "with each other"},
    {.name = "exact", .kind = OPTION_FLAG, .offset = offsetof(arguments, exact), .flag = 1,
     .help = "say whether two results (.h5ad or folders, also of nmf, consensus and score) are the same to the bit but for "
             "date, command line, host, threads, seconds, device and names of input files"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Options", options_what, 0},
    {"General", options_general, 0},
    {"Hidden", options_device, 1},
    {"Hidden", options_seed, 1},
    {"Hidden", options_force, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

typedef struct table {
    const char *name;
    unmix_matrix *proportions, *lower, *upper; /* the last two NULL where there are no intervals or no truth */
} table;

/* The tables, in the order of the command line; the truth, where given, is the last. */
typedef struct tables {
    size_t count;
    table *items;
    int truth;
} tables;

static void tables_free(tables *t)
{
    for (size_t i = 0; t->items && i < t->count; i++) {
        unmix_matrix_free(t->items[i].proportions);
        unmix_matrix_free(t->items[i].lower);
        unmix_matrix_free(t->items[i].upper);
    }
    free(t->items);
}

static unmix_status table_read(um_session *run, const tables *t, table *item)
{
    const unmix_status status = unmix_proportions_read(run->cx, item->name, &item->proportions);
    if (status != UNMIX_OK || !t->truth || item == &t->items[t->count - 1])
        return status;
    return unmix_intervals_read(run->cx, item->name, &item->lower, &item->upper);
}

static unmix_status tables_read(um_session *run, const arguments *a, tables *t)
{
    const um_text_list *results = &run->common->positional;
    t->truth = a->truth != NULL;
    t->count = results->count + (a->truth ? 1 : 0);
    t->items = calloc(t->count, sizeof *t->items);
    if (!t->items)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < t->count; i++) {
        t->items[i].name = i < results->count ? results->items[i] : a->truth;
        const unmix_status status = table_read(run, t, &t->items[i]);
        if (status != UNMIX_OK)
            return status;
    }
    return UNMIX_OK;
}

static void print_number(double number, char end)
{
    if (isnan(number))
        (void)printf("NA%c", end);
    else
        (void)printf("%.6g%c", number, end);
}

/* The agreement of two of the tables. */
typedef struct pair {
    size_t first, second;
    unmix_comparison *comparison;
} pair;

/* A field of a table on the terminal. */
static void print_name(FILE *out, const char *name, char end)
{
    char shown[1024];
    (void)fprintf(out, "%s%c", unmix_shown(name, shown, sizeof shown), end);
}

static void print_pair(const tables *t, const pair *p, int named)
{
    for (size_t i = 0; i < unmix_comparison_count(p->comparison); i++) {
        const unmix_agreement *row = unmix_comparison_entry(p->comparison, i);
        for (size_t side = 0; named && side < 2; side++)
            print_name(stdout, t->items[side ? p->second : p->first].name, '\t');
        print_name(stdout, row->scope, '\t');
        (void)printf("%zu\t", row->n);
        print_number(row->r, '\t');
        print_number(row->rho, '\t');
        print_number(row->rmse, '\t');
        print_number(row->mae, t->truth ? '\t' : '\n');
        if (!t->truth)
            continue;
        print_number(row->held, '\t');
        print_number(row->width, '\n');
    }
}

/* Compares every result with the truth, or every two results; `pairs` has room for count x count. */
static unmix_status compare_pairs(um_session *run, const tables *t, pair *pairs, size_t *n)
{
    for (size_t first = 0; first + 1 < t->count; first++)
        for (size_t second = t->truth ? t->count - 1 : first + 1; second < t->count; second++) {
            pair *p = &pairs[*n];
            *p = (pair){.first = first, .second = second};
            const table *a = &t->items[first], *b = &t->items[second];
            const unmix_status status = t->truth ? unmix_compare_truth(run->cx, a->proportions, a->lower, a->upper,
                                                                       b->proportions, &p->comparison)
                                                 : unmix_compare(run->cx, a->proportions, b->proportions, &p->comparison);
            if (status != UNMIX_OK)
                return status;
            ++*n;
        }
    return session_check_interrupt(run);
}

/* Nothing is printed unless everything can be. */
static unmix_status print_pairs(um_session *run, const tables *t)
{
    const int named = t->count > 2;
    size_t n = 0;
    pair *pairs = calloc(t->count * t->count, sizeof *pairs);
    if (!pairs)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    const unmix_status status = compare_pairs(run, t, pairs, &n);
    progress_clear(&run->progress);
    if (status == UNMIX_OK) {
        (void)printf("%sscope\tn\tr\trho\trmse\tmae%s\n", named ? "a\tb\t" : "", t->truth ? "\theld\twidth" : "");
        for (size_t i = 0; i < n; i++)
            print_pair(t, &pairs[i], named);
    }
    for (size_t i = 0; i < n; i++)
        unmix_comparison_free(pairs[i].comparison);
    free(pairs);
    return status;
}

/* Differences become lines of `payload`, a stream. */
static void print_difference(void *payload, const char *member, const char *place, const char *a, const char *b)
{
    const char *const fields[] = {member, place, a, b};
    for (size_t i = 0; i < 4; i++)
        print_name(payload, fields[i], i < 3 ? '\t' : '\n');
}

static unmix_status find_differences(um_session *run, FILE *lines, size_t *differences)
{
    const char *const *of = run->common->positional.items;
    const unmix_status status = unmix_compare_exact(run->cx, of[0], of[1], print_difference, lines, differences);
    return status == UNMIX_OK ? session_check_interrupt(run) : status;
}

static unmix_status run_exact(um_session *run, const arguments *a)
{
    const um_text_list *results = &run->common->positional;
    char *text = NULL;
    size_t size = 0, differences = 0;
    if (results->count != 2 || a->truth)
        return session_usage(run, "--exact compares two results, without --truth");
    FILE *lines = open_memstream(&text, &size);
    if (!lines)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    unmix_status status = find_differences(run, lines, &differences);
    if (fclose(lines) != 0 && status == UNMIX_OK)
        status = session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    progress_clear(&run->progress);
    if (status == UNMIX_OK && differences)
        (void)printf("member\tplace\ta\tb\n%s", text);
    if (status == UNMIX_OK && differences)
        session_say(run, "%s and %s differ in %zu members", results->items[0], results->items[1], differences);
    else if (status == UNMIX_OK)
        session_say(run, "%s and %s are the same, but for what differs from run to run", results->items[0], results->items[1]);
    run->unlike = differences > 0;
    free(text);
    return status;
}

static unmix_status run_compare(um_session *run, const void *given)
{
    const arguments *a = given;
    if (a->exact)
        return run_exact(run, a);
    tables t = {0};
    if (!a->truth && run->common->positional.count < 2)
        return session_usage(run, "needs two results, or one result and --truth FILE");
    unmix_status status = tables_read(run, a, &t);
    if (status == UNMIX_OK)
        status = print_pairs(run, &t);
    tables_free(&t);
    return status;
}

const um_command command_compare = {
    .name = "compare",
    .summary = "how far results agree with each other, or with the truth",
    .usage = "unmix compare A B [more]\nunmix compare A [more] --truth FILE\nunmix compare --exact A B",
    .description =
        "Compares the proportions of two results, or of a result and the truth, over the samples and types that "
        "both have; the others are named on standard error. A result is an .h5ad or a folder written by 'unmix "
        "deconvolve', or any table with samples in rows and types in columns. With --exact: whether two results are the "
        "same to the bit, but for what differs from run to run (uns['unmix']['run'] and the like, 'run' in run.json).",
    .groups = groups,
    .output = "A tab-separated table on standard output: first the row 'all', then one row a type.\n"
              "scope  all, or the type\n"
              "n      number of pairs of values\n"
              "r      Pearson's correlation\n"
              "rho    Spearman's correlation\n"
              "rmse   root of the mean squared difference\n"
              "mae    mean absolute difference\n"
              "held   (with --truth) share of the values whose 95% interval holds the truth: lower and upper of the result, "
              "else those of its bootstrap; far below 0.95, the intervals leave something out that matters here\n"
              "width  (with --truth) mean width of these intervals\n"
              "NA stands where a number is not defined (one pair, constant values, no intervals). With more than one pair of "
              "results two columns a and b, which name the two, come first.\n"
              "With --exact nothing is printed where the two are the same, and the exit status is 0. Else it is 1, and "
              "a table has a row for each member that differs:\n"
              "member  its name, such as obsm/proportions/B, or metrics.tsv\n"
              "place   the first value that differs, as [row,column] from 0, or line and field; or what else does: "
              "type, shape, an attribute; empty: the member itself\n"
              "a, b    what stands there; there and missing where only one result has the member",
    .examples = "  Two methods beside each other, then both beside the truth:\n"
                "  $ unmix simulate --force --genes 2000 --types 6 --samples 20 -o cohort/\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method em --force -o em.h5ad\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method gd --force -o gd.h5ad\n"
                "  $ unmix compare em.h5ad gd.h5ad\n"
                "  $ unmix compare em.h5ad gd.h5ad --truth cohort/truth.tsv\n"
                "  The same result again, but for its date and the like:\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method gd --force -o again.h5ad\n"
                "  $ unmix compare --exact gd.h5ad again.h5ad\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = (size_t)-1,
    .positional = "results: two, or one and --truth FILE",
    .run = run_compare,
};

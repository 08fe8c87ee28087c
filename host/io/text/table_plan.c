#include "io/text/table_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/text/known_columns.h"
#include "io/text/known_columns.h"
#include "io/text/sample_names.h"
#include "io/text/table_evidence.h"
#include "io/text/table_look.h"

/* Fewer decimal commas than this are slips. */
#define FEW_COMMAS 3

void um_plan_clear(um_plan *plan)
{
    free(plan->role);
    free(plan->numeric);
    um_names_clear(&plan->samples);
    *plan = (um_plan){0};
}

size_t um_find_column(const um_names *columns, const char *name, size_t length)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strncmp(um_name(columns, i), name, length) == 0 && um_name(columns, i)[length] == '\0')
            return i;
    return UM_NOT_FOUND;
}

static size_t find_any_case(const um_scan *scan, const char *name)
{
    for (size_t i = 0; name && i < scan->columns.count; i++)
        if (strcasecmp(um_name(&scan->columns, i), name) == 0)
            return i;
    return UM_NOT_FOUND;
}

/* A column of a program's table: by its name, or as "column3" by its place. */
static size_t find_of_program(const um_scan *scan, const char *name)
{
    static const char numbered[] = "column";
    const size_t found = find_any_case(scan, name), stem = sizeof numbered - 1;
    if (found != UM_NOT_FOUND || !name || strncmp(name, numbered, stem) != 0)
        return found;
    const size_t place = strtoul(name + stem, NULL, 10);
    return place && place <= scan->columns.count ? place - 1 : UM_NOT_FOUND;
}

static unmix_status refuse_unknown_column(unmix_context *cx, const um_scan *scan, const char *name, size_t length)
{
    char there[700];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column '%.*s'; its columns are %s", scan->lines.path,
                   (int)(length < 60 ? length : 60), name,
                   um_list_names(&scan->columns, UM_LISTED_COLUMNS, there, sizeof there));
}

static unmix_status choose_name_column(unmix_context *cx, const um_scan *scan, const char *wanted, um_plan *plan)
{
    if (wanted)
        plan->name_column = um_find_column(&scan->columns, wanted, strlen(wanted));
    else if (plan->dialect)
        plan->name_column = find_of_program(scan, plan->dialect->columns[0]);
    else if (scan->opening.more_columns && find_any_case(scan, "Name") <= scan->opening.more_columns)
        plan->name_column = find_any_case(scan, "Name"); /* GTEx puts the numbers of rows before them */
    if (plan->name_column == UM_NOT_FOUND)
        return refuse_unknown_column(cx, scan, wanted, strlen(wanted));
    plan->role[plan->name_column] = UM_ROLE_NAME;
    if (plan->name_column > 0 && um_name(&scan->columns, 0)[0] == '\0') {
        plan->role[0] = UM_ROLE_LEFT_OUT; /* R's row names beside the column that was asked for */
        um_note(cx, "%s: the first column has no name and is skipped", scan->lines.path);
    }
    return UNMIX_OK;
}

/* Gives the columns that the user lists, separated by commas, a role. */
static unmix_status mark_listed(unmix_context *cx, const um_scan *scan, const char *list, um_role role, um_plan *plan)
{
    for (size_t length = 0; list && *list; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        if (length == 0)
            continue;
        const size_t column = um_find_column(&scan->columns, list, length);
        if (column == UM_NOT_FOUND)
            return refuse_unknown_column(cx, scan, list, length);
        if (column == plan->name_column)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: column '%s' holds the row names and cannot be %s",
                           scan->lines.path, um_name(&scan->columns, column),
                           role == UM_ROLE_VALUE ? "a sample" : "left out");
        plan->role[column] = (unsigned char)role;
    }
    return UNMIX_OK;
}

/* The columns that the user wants, and no others. */
static unmix_status take_listed(unmix_context *cx, const um_scan *scan, const char *list, um_plan *plan)
{
    for (size_t i = 0; i < scan->columns.count; i++)
        if (plan->role[i] == UM_ROLE_VALUE)
            plan->role[i] = UM_ROLE_LEFT_OUT;
    return mark_listed(cx, scan, list, UM_ROLE_VALUE, plan);
}

/* A column of numbers that are written for people is no text, and must not be skipped as such. */
static unmix_status refuse_written_numbers(unmix_context *cx, const um_scan *scan, size_t i, const um_look_column *column)
{
    const char *what = column->thousands >= column->commas && column->thousands >= column->percents
                           ? "thousands separators; write 1234 instead of 1,234"
                       : column->percents > column->commas ? "percent signs; write plain numbers"
                                                           : "decimal commas; write 12.5 instead of 12,5";
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%s' is no number: the column has %s",
                   scan->lines.path, column->first_line, um_name(&scan->columns, i), column->first, what);
}

/*
 * 39.210 beside 953: no program writes so what is not whole. A number of fixed digits would be 953.000, and one of as many
 * as it needs 39.21.
 */
static unmix_status refuse_groups(unmix_context *cx, const um_scan *scan, const um_look *look)
{
    enum { EVIDENCE = 3 };
    if (look->in_groups_of_tens < EVIDENCE || !look->below_thousand || look->other_numbers)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: line %zu, column '%s': '%s' has a point as thousands separator, as numbers such as 953 beside it show; "
                   "write plain numbers (--columns all takes them as they stand)",
                   scan->lines.path, look->in_group_line, um_name(&scan->columns, look->in_group_column), look->in_group);
}

static unmix_status find_text(unmix_context *cx, const um_scan *scan, const um_look *look, um_plan *plan)
{
    plan->decimal_comma = !plan->as_it_stands && look->commas >= FEW_COMMAS && look->points == 0;
    for (size_t i = 0; i < scan->columns.count; i++) {
        const um_look_column *column = &look->columns[i];
        const size_t written = column->commas > column->thousands ? column->commas : column->thousands;
        if (plan->role[i] != UM_ROLE_VALUE || (plan->decimal_comma && column->text <= column->commas) ||
            2 * column->text <= column->filled)
            continue;
        if (2 * (written + column->percents) > column->text)
            return refuse_written_numbers(cx, scan, i, column);
        plan->role[i] = UM_ROLE_TEXT;
    }
    return UNMIX_OK;
}

/* The column of counts by strand that a program wrote last and least into the rows without a gene. */
static const char *counts_of(unmix_context *cx, const um_scan *scan, const unmix_read_options *options,
                             const um_look *look, const um_dialect *dialect)
{
    static const char *const strands[] = {"", "without strand", "of the forward strand", "of the reverse strand"};
    if (!um_dialect_is_stranded(dialect) || options->strand != UNMIX_STRAND_DETECT)
        return um_dialect_counts(dialect, options->strand);
    size_t best = 1;
    for (size_t i = 2; i < 4; i++)
        if (look->unassigned[i] < look->unassigned[best])
            best = i;
    um_note(cx, "%s: the counts %s are taken, where most reads have a gene (--strand chooses)", scan->lines.path,
            strands[best]);
    return dialect->columns[best];
}

/* Columns of a table of one sample, and of a program's lengths. */
static unmix_status follow_dialect(unmix_context *cx, const um_scan *scan, const unmix_read_options *options,
                                   const um_look *look, um_plan *plan)
{
    const um_dialect *dialect = plan->dialect;
    if (dialect->refused)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: a table of %s: %s", scan->lines.path, dialect->program,
                       dialect->refused);
    if (dialect->transcripts && 2 * look->transcripts > look->rows)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: a table of %s: its rows are transcripts such as '%s', and genes are wanted; sum them with "
                       "tximport in R%s, or take them as they are with --columns %s",
                       scan->lines.path, dialect->program, look->name,
                       strcmp(dialect->counts, "NumReads") == 0 ? " or let salmon quant --geneMap write quant.genes.sf" : "",
                       dialect->counts);
    if (dialect->exons && look->repeated && options->duplicates != UNMIX_DUPLICATES_SUM)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: a table of %s: its rows are exons, such as several of gene '%s'; let it count genes (without -f), or "
                       "add their counts and lengths up with --duplicates sum",
                       scan->lines.path, dialect->program, look->again);
    const size_t counts = find_of_program(scan, dialect->counts ? counts_of(cx, scan, options, look, dialect) : NULL);
    for (size_t i = 0; i < scan->columns.count && counts != UM_NOT_FOUND; i++)
        if (plan->role[i] == UM_ROLE_VALUE && i != counts)
            plan->role[i] = UM_ROLE_NO_SAMPLE;
    return UNMIX_OK;
}

static void find_lengths(const um_scan *scan, um_plan *plan)
{
    const size_t length = find_any_case(scan, plan->dialect ? plan->dialect->length : NULL);
    if (length == UM_NOT_FOUND || plan->role[length] == UM_ROLE_LEFT_OUT)
        return;
    plan->length = length;
    plan->length_else = find_any_case(scan, plan->dialect->length_else);
    plan->role[length] = UM_ROLE_LENGTH;
}

/* Columns of text, and of numbers of genes, may be other names of the rows, unless it is said which one has the names. */
static void find_aliases(const um_scan *scan, const unmix_read_options *options, const um_look *look, um_plan *plan)
{
    for (size_t i = 0; i < scan->columns.count && plan->n_alias < UM_MOST_ALIASES; i++) {
        const um_column_kind kind = um_known_column(um_name(&scan->columns, i));
        const int text = 2 * look->columns[i].text > look->columns[i].filled;
        const int no_value = plan->role[i] == UM_ROLE_TEXT || plan->role[i] == UM_ROLE_NO_SAMPLE;
        const int described = i <= scan->opening.more_columns; /* GCT: the symbol stands in Description */
        if (no_value && !options->gene_column && (kind == UM_COLUMN_ID || (text && (kind == UM_COLUMN_UNKNOWN || described))))
            plan->alias[plan->n_alias++] = i;
    }
}

/* What the columns are that the user said nothing of. */
static unmix_status find_roles(unmix_context *cx, const um_scan *scan, const unmix_read_options *options,
                               const um_look *look, um_plan *plan)
{
    const int listed = options->columns && !plan->as_it_stands;
    for (size_t i = 0; scan->opening.more_columns && i <= scan->opening.more_columns && i < scan->columns.count; i++)
        if (plan->role[i] == UM_ROLE_VALUE)
            plan->role[i] = UM_ROLE_NO_SAMPLE;
    if (plan->dialect && !listed)
        UM_TRY(follow_dialect(cx, scan, options, look, plan));
    find_lengths(scan, plan);
    if (!plan->as_it_stands && !listed && !(plan->dialect && plan->dialect->counts))
        UM_TRY(um_leave_out_no_samples(cx, scan, look, plan->role, &plan->length));
    if (!plan->as_it_stands)
        UM_TRY(refuse_groups(cx, scan, look));
    UM_TRY(find_text(cx, scan, look, plan));
    if (!plan->as_it_stands)
        find_aliases(scan, options, look, plan);
    return listed ? take_listed(cx, scan, options->columns, plan) : UNMIX_OK;
}

static size_t list_role(unmix_context *cx, const um_scan *scan, const um_plan *plan, um_role role, um_role other,
                        char *text, size_t size)
{
    um_names names = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < scan->columns.count && status == UNMIX_OK; i++)
        if (plan->role[i] == role || plan->role[i] == other)
            status = um_names_add(cx, &names, um_name(&scan->columns, i), strlen(um_name(&scan->columns, i)));
    const size_t count = names.count;
    (void)um_list_names(&names, UM_LISTED_COLUMNS, text, size);
    um_names_clear(&names);
    return count;
}

/* One line on what was found. */
static void say(unmix_context *cx, const um_scan *scan, const um_plan *plan)
{
    const char *program = plan->dialect ? plan->dialect->program : scan->opening.kind;
    char left[700], text[700];
    const size_t n_text = list_role(cx, scan, plan, UM_ROLE_TEXT, UM_ROLE_TEXT, text, sizeof text);
    const size_t n_left = list_role(cx, scan, plan, UM_ROLE_TEXT, UM_ROLE_NO_SAMPLE, left, sizeof left);
    const char *lengths = plan->length == UM_NOT_FOUND ? "" : um_name(&scan->columns, plan->length);
    const char *holds = plan->length == UM_NOT_FOUND ? "" : " holds lengths of genes";
    if (program)
        um_note(cx, "%s: a table of %s: %zu %s%s%s%s%s%s%s%s", scan->lines.path, program, plan->n_numeric,
                plan->n_numeric == 1 ? "column of values, " : "columns of values",
                plan->n_numeric == 1 ? um_name(&plan->samples, 0) : "", n_left ? "; " : "", n_left ? left : "",
                n_left == 0 ? "" : n_left == 1 ? " is none" : " are none", *lengths ? "; " : "", lengths, holds);
    else if (n_left > n_text)
        um_note(cx, "%s: %s %s %s no sample%s and %s left out (--columns all takes %s)%s%s%s", scan->lines.path,
                n_left == 1 ? "column" : "columns", left, n_left == 1 ? "is" : "are", n_left == 1 ? "" : "s",
                n_left == 1 ? "is" : "are", n_left == 1 ? "it" : "them", *lengths ? "; " : "", lengths, holds);
    else if (n_text)
        um_note(cx, n_text == 1 ? "%s: column '%s' is text and no sample%s%s%s" : "%s: columns %s are text and no samples%s%s%s",
                scan->lines.path, text, *lengths ? "; " : "", lengths, holds);
    else if (*lengths)
        um_note(cx, "%s: column '%s' is no sample and%s (--columns all takes it)", scan->lines.path, lengths, holds);
    if (plan->decimal_comma)
        um_note(cx, "%s: numbers are read with decimal commas", scan->lines.path);
}

static unmix_status name_samples(unmix_context *cx, const um_scan *scan, const unmix_read_options *options, um_plan *plan)
{
    const char *first = um_name(&scan->columns, plan->numeric[0]);
    const int of_one_sample =
        scan->headless || (plan->dialect && plan->dialect->counts) || um_known_unit(first, strlen(first));
    if (of_one_sample && plan->n_numeric == 1 && !plan->as_it_stands)
        return um_sample_of_file(cx, scan->lines.path, &plan->samples);
    for (size_t i = 0; i < plan->n_numeric; i++) {
        const char *name = um_name(&scan->columns, plan->numeric[i]);
        UM_TRY(um_names_add(cx, &plan->samples, name, strlen(name)));
    }
    int cut = 0, cut_unit = 0;
    if (!plan->as_it_stands)
        UM_TRY(um_cut_alignments(cx, &plan->samples, &cut));
    if (cut)
        um_note(cx, "%s: paths and endings such as .bam are cut from the names of samples: '%s' is %s", scan->lines.path,
                first, um_name(&plan->samples, 0));
    if (!plan->as_it_stands && !cut && !options->columns)
        UM_TRY(um_cut_units(cx, scan, plan->role, &plan->samples, &cut_unit));
    if (cut_unit)
        um_note(cx, "%s: the unit is cut from the names of samples: '%s' is %s", scan->lines.path, first,
                um_name(&plan->samples, 0));
    return UNMIX_OK;
}

static unmix_status take_values(unmix_context *cx, const um_scan *scan, const unmix_read_options *options,
                                um_plan *plan)
{
    const um_names *columns = &scan->columns;
    for (size_t i = 0; i < columns->count; i++)
        if (plan->role[i] == UM_ROLE_VALUE)
            plan->numeric[plan->n_numeric++] = i;
    if (plan->n_numeric == 0 && um_has_statistics(scan))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: holds results of a test, as DESeq2, edgeR and limma write them, and no counts; give the table of "
                       "counts that the test was made of",
                       scan->lines.path);
    if (plan->n_numeric == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column of numbers beside the names in column '%s'",
                       scan->lines.path, um_name(columns, plan->name_column));
    if (!options->average_columns)
        UM_TRY(um_refuse_repeated_columns(cx, scan->lines.path, columns, plan->role));
    return name_samples(cx, scan, options, plan);
}

unmix_status um_plan_make(unmix_context *cx, um_scan *scan, const unmix_read_options *options, um_plan *plan)
{
    const um_names *columns = &scan->columns;
    um_look look = {0};
    plan->missing = options->missing;
    plan->length = plan->length_else = UM_NOT_FOUND;
    plan->as_it_stands = options->columns && strcmp(options->columns, "all") == 0;
    if (columns->count < 2)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: has one column only ('%.60s'); wanted are a column of names and columns of numbers",
                       scan->lines.path, um_name(columns, 0));
    if (!plan->as_it_stands)
        plan->dialect = um_find_dialect(scan);
    if (scan->headless && options->header == UNMIX_HEADER_DETECT && !plan->dialect)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line 1 is no header: '%.60s' is followed by numbers; read the table with --no-header, or put a "
                       "line with the names of the columns before it (--header where this is one)",
                       scan->lines.path, scan->first_field);
    UM_TRY(UM_ALLOC(cx, &plan->role, columns->count, "columns of a table"));
    UM_TRY(UM_ALLOC(cx, &plan->numeric, columns->count, "columns of a table"));
    UM_TRY(choose_name_column(cx, scan, options->gene_column, plan));
    UM_TRY(mark_listed(cx, scan, options->skip_columns, UM_ROLE_LEFT_OUT, plan));
    unmix_status status = um_look_at_rows(cx, scan, plan->name_column, &look);
    if (status == UNMIX_OK)
        status = find_roles(cx, scan, options, &look, plan);
    um_look_clear(&look);
    if (status == UNMIX_OK)
        status = take_values(cx, scan, options, plan);
    if (status == UNMIX_OK)
        say(cx, scan, plan);
    return status;
}

#include "core/source_join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/gathered.h"
#include "core/memory.h"

typedef struct part {
    um_source source;
    uint32_t *row; /* of the joined source, by row of this one; NULL: the same */
    size_t first;  /* column */
} part;

typedef struct join {
    part *parts;
    size_t n;
    um_names rows, columns;
    double *lengths;
    um_block block; /* of one part */
} join;

static void close_join(void *state)
{
    join *j = state;
    for (size_t i = 0; i < j->n; i++) {
        um_source_close(&j->parts[i].source);
        free(j->parts[i].row);
    }
    free(j->parts);
    um_names_clear(&j->rows);
    um_names_clear(&j->columns);
    free(j->lengths);
    um_block_clear(&j->block);
    free(j);
}

static int same_names(const um_names *a, const um_names *b)
{
    return a->count == b->count && a->text_size == b->text_size && memcmp(a->text, b->text, a->text_size) == 0;
}

/* Where the rows of a part are in the joined source, which has no others. */
static unmix_status map_rows(unmix_context *cx, const join *j, part *p)
{
    const um_names *rows = p->source.rows;
    unsigned char *seen = NULL;
    size_t found = 0;
    UM_TRY(UM_ALLOC(cx, &p->row, rows->count, "genes"));
    UM_TRY(UM_ALLOC(cx, &seen, j->rows.count, "genes"));
    size_t odd = UM_NOT_FOUND;
    for (size_t i = 0; i < rows->count && odd == UM_NOT_FOUND; i++) {
        const size_t at = um_names_find(&j->rows, um_name(rows, i));
        if (at == UM_NOT_FOUND || seen[at]) {
            odd = i;
            break;
        }
        seen[at] = 1;
        p->row[i] = (uint32_t)at;
        found++;
    }
    size_t lacking = 0;
    while (lacking < j->rows.count && seen[lacking])
        lacking++;
    free(seen);
    const char *const first = j->parts[0].source.origin;
    if (odd != UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: gene '%s' is not in %s, or stands here twice; tables that are joined have the same genes",
                       p->source.origin, um_name(rows, odd), first);
    if (found < j->rows.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: lacks gene '%s' of %s; tables that are joined have the same genes",
                       p->source.origin, um_name(&j->rows, lacking), first);
    return UNMIX_OK;
}

static unmix_status add_part(unmix_context *cx, join *j, part *p)
{
    const um_names *columns = p->source.columns;
    p->first = j->columns.count;
    for (size_t i = 0; i < columns->count; i++)
        UM_TRY(um_names_add(cx, &j->columns, um_name(columns, i), strlen(um_name(columns, i))));
    return same_names(&j->rows, p->source.rows) ? UNMIX_OK : map_rows(cx, j, p);
}

static unmix_status refuse_repeated_columns(unmix_context *cx, join *j)
{
    UM_TRY(um_names_index(cx, &j->columns));
    const size_t again = um_names_repeated(&j->columns);
    if (again == UM_NOT_FOUND)
        return UNMIX_OK;
    const size_t before = um_names_find(&j->columns, um_name(&j->columns, again));
    const part *a = j->parts, *b = j->parts;
    for (size_t i = 0; i < j->n; i++) {
        a = j->parts[i].first <= before ? &j->parts[i] : a;
        b = j->parts[i].first <= again ? &j->parts[i] : b;
    }
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "sample '%s' is in %s and in %s; samples that are joined have names that differ",
                   um_name(&j->columns, again), a->source.origin, b->source.origin);
}

/* The mean length of each gene over the parts that say one. */
static unmix_status average_lengths(unmix_context *cx, join *j)
{
    size_t *count = NULL;
    UM_TRY(UM_ALLOC(cx, &count, j->rows.count, "lengths of genes"));
    int any = 0;
    const unmix_status status = UM_ALLOC(cx, &j->lengths, j->rows.count, "lengths of genes");
    for (size_t i = 0; i < j->n && status == UNMIX_OK; i++) {
        const part *p = &j->parts[i];
        for (size_t row = 0; p->source.row_lengths && row < p->source.rows->count; row++) {
            if (isnan(p->source.row_lengths[row]))
                continue;
            const size_t to = p->row ? p->row[row] : row;
            j->lengths[to] += p->source.row_lengths[row];
            count[to]++;
            any = 1;
        }
    }
    for (size_t row = 0; row < j->rows.count && any; row++)
        j->lengths[row] = count[row] ? j->lengths[row] / (double)count[row] : (double)NAN;
    free(count);
    if (!any) {
        free(j->lengths);
        j->lengths = NULL;
    }
    return status;
}

static unmix_status put_together(unmix_context *cx, join *j)
{
    UM_TRY(um_names_copy(cx, &j->rows, j->parts[0].source.rows));
    UM_TRY(um_names_index(cx, &j->rows));
    for (size_t i = 0; i < j->n; i++)
        UM_TRY(add_part(cx, j, &j->parts[i]));
    UM_TRY(refuse_repeated_columns(cx, j));
    return average_lengths(cx, j);
}

/* Appends the columns that were read from a part. */
static unmix_status append(unmix_context *cx, const part *p, const um_block *from, size_t column, um_block *to)
{
    size_t used = to->start[column];
    UM_TRY(um_block_reserve(cx, to, used, from->start[from->count]));
    for (size_t c = 0; c < from->count; c++) {
        for (size_t i = from->start[c]; i < from->start[c + 1]; i++) {
            to->row[used] = p->row ? p->row[from->row[i]] : from->row[i];
            to->value[used++] = from->value[i];
        }
        to->start[column + c + 1] = used;
    }
    return UNMIX_OK;
}

static unmix_status read_join(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    join *j = state;
    UM_TRY(um_block_begin(cx, block, count));
    for (size_t i = 0; i < j->n; i++) {
        const part *p = &j->parts[i];
        const size_t end = p->first + p->source.columns->count;
        const size_t from = first > p->first ? first : p->first;
        const size_t to = first + count < end ? first + count : end;
        if (from >= to)
            continue;
        UM_TRY(um_source_read(cx, &p->source, from - p->first, to - from, &j->block));
        UM_TRY(append(cx, p, &j->block, from - first, block));
    }
    return UNMIX_OK;
}

unmix_status um_source_join(unmix_context *cx, um_source *sources, size_t n, um_source *joined)
{
    join *j = NULL;
    unmix_status status = UM_ALLOC(cx, &j, 1, "joined tables");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &j->parts, n, "joined tables");
    for (size_t i = 0; i < n; i++) {
        if (status == UNMIX_OK)
            j->parts[j->n++].source = sources[i];
        else
            um_source_close(&sources[i]);
        sources[i] = (um_source){0};
    }
    if (status == UNMIX_OK)
        status = put_together(cx, j);
    if (status != UNMIX_OK) {
        if (j)
            close_join(j);
        return status;
    }
    int missing = 0;
    for (size_t i = 0; i < n; i++)
        missing |= j->parts[i].source.missing;
    *joined = (um_source){
        .origin = j->parts[0].source.origin,
        .rows = &j->rows,
        .row_ids = j->parts[0].source.row_ids,
        .row_lengths = j->lengths,
        .aliases = j->parts[0].source.aliases,
        .columns = &j->columns,
        .first_line = j->parts[0].source.first_line,
        .missing = missing,
        .state = j,
        .read = read_join,
        .close = close_join,
    };
    return UNMIX_OK;
}

static unmix_status open_all(unmix_context *cx, const char *const *paths, size_t n, um_source_opener open,
                             const unmix_read_options *options, um_source *parts)
{
    um_gathered gathered = {0};
    unmix_status status = UNMIX_OK;
    um_gathered_begin(cx, &gathered);
    for (size_t i = 0; i < n && status == UNMIX_OK; i++) {
        status = open(cx, paths[i], options, &parts[i]);
        if (status == UNMIX_OK)
            status = um_gathered_file(&gathered, paths[i],
                                      parts[i].columns->count == 1 ? um_name(parts[i].columns, 0) : NULL);
    }
    um_gathered_end(&gathered);
    return status;
}

unmix_status um_source_join_files(unmix_context *cx, const char *const *paths, size_t n, um_source_opener open,
                                  const unmix_read_options *options, um_source *joined)
{
    um_source *parts = NULL;
    UM_TRY(UM_ALLOC(cx, &parts, n, "joined files"));
    unmix_status status = open_all(cx, paths, n, open, options, parts);
    if (status == UNMIX_OK)
        status = um_source_join(cx, parts, n, joined);
    for (size_t i = 0; i < n; i++)
        um_source_close(&parts[i]);
    free(parts);
    return status;
}

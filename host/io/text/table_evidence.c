#include "io/text/table_evidence.h"

#include <string.h>

#include "io/text/known_columns.h"

/* So many rows are evidence. */
#define EVIDENCE 20

/* A column's name taken apart: "S1_TPM" is a unit of S1. */
typedef struct unit_name {
    int unit; /* um_known_unit() */
    int of_gene; /* "length.S1": 1 */
    const char *stem;
    size_t length;
} unit_name;

static unit_name take_apart(const char *name)
{
    static const char marks[] = "._ :-|";
    const size_t length = strlen(name), first = strcspn(name, marks);
    unit_name found = {um_known_unit(name, length), 0, name, 0};
    if (found.unit || first == length)
        return found;
    for (size_t at = first; at < length && !found.unit; at += 1 + strcspn(name + at + 1, marks)) /* "S1 read_count" */
        found = (unit_name){um_known_unit(name + at + 1, length - at - 1), 0, name, at};
    if (!found.unit)
        found = (unit_name){um_known_unit(name, first), first == 6 && strncmp(name, "length", 6) == 0, name + first + 1,
                            length - first - 1};
    return found;
}

/* TPM and the like beside counts of the same sample, and its lengths of genes, as tximport has them. */
static unmix_status leave_out_units(unmix_context *cx, const um_scan *scan, unsigned char *role, size_t *lengths)
{
    um_names counted = {0};
    size_t other = 0, alone = 0;
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < scan->columns.count && status == UNMIX_OK; i++) {
        const unit_name name = take_apart(um_name(&scan->columns, i));
        if (role[i] != UM_ROLE_VALUE || (!name.unit && !name.of_gene))
            continue;
        other += name.unit == 2 || name.of_gene;
        alone += name.unit == 2 && name.length == 0;
        if (name.unit == 1)
            status = um_names_add(cx, &counted, name.stem, name.length);
    }
    if (status == UNMIX_OK)
        status = um_names_index(cx, &counted);
    for (size_t i = 0; i < scan->columns.count && status == UNMIX_OK && other && counted.count; i++) {
        const unit_name name = take_apart(um_name(&scan->columns, i));
        char stem[256];
        if (role[i] != UM_ROLE_VALUE || (name.unit != 2 && !name.of_gene) || name.length >= sizeof stem)
            continue;
        memcpy(stem, name.stem, name.length);
        stem[name.length] = '\0';
        if (um_names_find(&counted, stem) == UM_NOT_FOUND)
            continue;
        role[i] = name.of_gene ? UM_ROLE_LENGTH : UM_ROLE_NO_SAMPLE;
        if (name.of_gene && *lengths == UM_NOT_FOUND)
            *lengths = i;
    }
    if (status == UNMIX_OK && alone > 1 && counted.count == 0)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                         "%s: holds one sample in several units (such as TPM and FPKM) and no counts; choose a column by "
                         "--columns",
                         scan->lines.path);
    um_names_clear(&counted);
    return status;
}

/* Whether columns that are called start and end are places: only genes have a chromosome, or no end before its start. */
static int has_places(const um_scan *scan, const um_look *look)
{
    int ordered = 0;
    for (size_t i = 0; i < scan->columns.count; i++) {
        const um_column_kind kind = um_known_column(um_name(&scan->columns, i));
        if (kind == UM_COLUMN_PLACE)
            return 1;
        ordered |= kind == UM_COLUMN_RANGE && i > 0 && look->rows >= EVIDENCE && look->columns[i].not_before &&
                   um_known_column(um_name(&scan->columns, i - 1)) == UM_COLUMN_RANGE;
    }
    return ordered;
}

static um_role role_by_name(const char *name, int places)
{
    switch (um_known_column(name)) {
    case UM_COLUMN_UNKNOWN:
        break;
    case UM_COLUMN_RANGE:
        return places ? UM_ROLE_NO_SAMPLE : UM_ROLE_VALUE;
    case UM_COLUMN_LENGTH:
        return UM_ROLE_LENGTH;
    case UM_COLUMN_ID:
    case UM_COLUMN_PLACE:
    case UM_COLUMN_ANNOTATION:
    case UM_COLUMN_STATISTIC:
        return UM_ROLE_NO_SAMPLE;
    }
    return UM_ROLE_VALUE;
}

/* Numbers that are names: the row's own, those of rows, and whole numbers in a column that is called ..._id; and totals. */
static int is_id_or_total(const char *name, const um_look_column *column)
{
    if (column->text || column->filled < EVIDENCE)
        return 0;
    if (column->sum && um_known_total(name))
        return 1;
    return column->like_name || column->counting || (column->whole && um_named_as_id(name));
}

int um_has_statistics(const um_scan *scan)
{
    size_t n = 0;
    for (size_t i = 0; i < scan->columns.count; i++)
        n += um_known_column(um_name(&scan->columns, i)) == UM_COLUMN_STATISTIC;
    return n >= 2;
}

/* Whether a unit of a sample was left out. */
static int has_other_units(const um_scan *scan, const unsigned char *role)
{
    for (size_t i = 0; i < scan->columns.count; i++) {
        const unit_name name = take_apart(um_name(&scan->columns, i));
        if ((role[i] == UM_ROLE_NO_SAMPLE || role[i] == UM_ROLE_TEXT) && name.unit && name.length)
            return 1;
    }
    return 0;
}

unmix_status um_cut_units(unmix_context *cx, const um_scan *scan, const unsigned char *role, um_names *samples, int *cut)
{
    um_names stems = {0};
    unmix_status status = UNMIX_OK;
    *cut = has_other_units(scan, role);
    for (size_t i = 0; i < samples->count && *cut && status == UNMIX_OK; i++) {
        const unit_name name = take_apart(um_name(samples, i));
        *cut = name.unit && name.length;
        if (*cut)
            status = um_names_add(cx, &stems, name.stem, name.length);
    }
    if (status == UNMIX_OK && *cut)
        status = um_names_index(cx, &stems);
    *cut = status == UNMIX_OK && *cut && um_names_repeated(&stems) == UM_NOT_FOUND;
    if (!*cut) {
        um_names_clear(&stems);
        return status;
    }
    um_names_clear(samples);
    *samples = stems;
    return UNMIX_OK;
}

unmix_status um_leave_out_no_samples(unmix_context *cx, const um_scan *scan, const um_look *look, unsigned char *role,
                                     size_t *length)
{
    const um_names *columns = &scan->columns;
    const int places = has_places(scan, look);
    size_t values = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (role[i] != UM_ROLE_VALUE)
            continue;
        role[i] = (unsigned char)role_by_name(um_name(columns, i), places);
        if (role[i] == UM_ROLE_LENGTH && *length == UM_NOT_FOUND)
            *length = i;
        values += role[i] == UM_ROLE_VALUE;
    }
    for (size_t i = 0; i < columns->count && values > 1; i++)
        if (role[i] == UM_ROLE_VALUE && is_id_or_total(um_name(columns, i), &look->columns[i])) {
            role[i] = UM_ROLE_NO_SAMPLE;
            values--;
        }
    if (um_has_statistics(scan))
        for (size_t i = 0; i < columns->count; i++)
            if (role[i] == UM_ROLE_VALUE && um_known_with_statistics(um_name(columns, i)))
                role[i] = UM_ROLE_NO_SAMPLE;
    return leave_out_units(cx, scan, role, length);
}

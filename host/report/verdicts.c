#include "report/verdicts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* The words of unmix_fit_name(), in its order; the room does not know the methods. */
static const char *const classes[] = {"good", "doubtful", "poor"};
enum { CLASSES = sizeof classes / sizeof classes[0] };

/* CLASSES: a word of another version. */
static size_t class_of(const um_deconvolved *r, size_t sample)
{
    size_t class = 0;
    while (class < CLASSES && strcmp(um_name(&r->fit, sample), classes[class]) != 0)
        class++;
    return class;
}

static const char *text_of(const um_names *column, size_t sample)
{
    return sample < column->count ? um_name(column, sample) : "";
}

/* A prediction that is constant has no correlation; it ranks last. */
static double rank_of(const um_deconvolved *r, const double *correlation, size_t sample)
{
    return -10.0 * (double)class_of(r, sample) + (isnan(correlation[sample]) ? -2.0 : correlation[sample]);
}

static void write_sentence(um_text *to, const um_deconvolved *r, const double *correlation)
{
    size_t count[CLASSES + 1] = {0}, worst = 0, inseparable = 0;
    for (size_t i = 0; i < r->fit.count; i++) {
        count[class_of(r, i)]++;
        worst = rank_of(r, correlation, i) < rank_of(r, correlation, worst) ? i : worst;
        inseparable += text_of(&r->inseparable, i)[0] != '\0';
    }
    if (count[0] == r->fit.count)
        um_text_format(to, "The model explains the counts of all %zu samples (fit: good). Whether the proportions are right it "
                           "cannot say.", r->fit.count);
    else {
        um_text_format(to, "Fit: %zu good, %zu doubtful, %zu poor. The worst is '", count[0], count[1], count[2]);
        um_text_field(to, um_name(&r->proportions.rows, worst));
        um_text_put(to, "' (");
        um_text_field(to, um_name(&r->fit, worst));
        um_text_put(to, "): ");
        um_text_field(to, text_of(&r->fit_reasons, worst));
        um_text_put(to, ".");
    }
    if (inseparable)
        um_text_format(to, " In %zu of %zu samples types cannot be told apart: look at their sums.", inseparable,
                       r->fit.count);
}

static void write_row(um_text *to, const um_deconvolved *r, size_t sample)
{
    const char *const fields[] = {um_name(&r->proportions.rows, sample), um_name(&r->fit, sample),
                                  text_of(&r->fit_reasons, sample), text_of(&r->inseparable, sample)};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        um_text_put(to, f ? "\t" : "");
        um_text_field(to, fields[f]);
    }
    um_text_put(to, "\n");
}

static void write_table(um_text *to, const um_deconvolved *r)
{
    static const char head[] = "sample\tfit\treasons\ttypes that cannot be told apart\n";
    for (size_t class = CLASSES + 1; class-- > 0;)
        for (size_t i = 0; i < r->fit.count; i++) {
            const size_t sample = r->order[i];
            if (class_of(r, sample) != class || (class == 0 && !text_of(&r->inseparable, sample)[0]))
                continue;
            um_text_put(to, to->length ? "" : head);
            write_row(to, r, sample);
        }
}

unmix_status um_verdicts_write(unmix_context *cx, const um_deconvolved *r, um_text *sentence, um_text *table)
{
    double *correlation = NULL;
    if (!r->fit.count)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &correlation, r->fit.count, "verdicts"));
    (void)um_deconvolved_metric(r, "pearson", correlation);
    write_sentence(sentence, r, correlation);
    write_table(table, r);
    free(correlation);
    return sentence->status == UNMIX_OK ? table->status : sentence->status;
}

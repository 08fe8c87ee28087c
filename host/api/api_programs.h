/* What a handle of gene programs holds: the result of nmf, consensus or score. */
#ifndef UM_API_PROGRAMS_H
#define UM_API_PROGRAMS_H

#include "api/api_handles.h"
#include "core/annotated.h"
#include "core/record.h"
#include "programs/nmf/factorise.h"
#include "programs/nmf/prepare.h"
#include "programs/consensus/recurrent.h"
#include "programs/score/score.h"
#include "programs/consensus/sweep.h"
#include "unmix/programs.h"

enum { UM_PROGRAMS_PARAMETERS = 48 };

/* Where a result goes in an AnnData file: what differs between the commands. */
typedef struct um_programs_places {
    const char *run;     /* uns: how it was made */
    const char *usages;  /* obsm */
    const char *loadings; /* varm */
    const char *top;     /* obs: number of the program with the largest usage */
    const char *program; /* programs are called PROGRAM_0, ... */
} um_programs_places;

extern const um_programs_places um_places_of_nmf, um_places_of_consensus, um_places_of_score;

struct unmix_programs {
    const um_programs_places *places;
    unmix_programs_summary summary;
    char reason[512];
    char loss[32];
    um_names cells, genes; /* of the source */
    um_genes chosen;       /* n is 0 where genes were not chosen */
    unsigned char *used;   /* of each gene: takes part */
    unmix_matrix usages, components, loadings, ranks, clusters, scores, z_scores; /* empty where they do not apply */
    um_entry parameter[UM_PROGRAMS_PARAMETERS];
    size_t n_parameters;
    um_record run; /* what differs from run to run */
    double *history;
    size_t looks;
    um_recurrent recurrent; /* consensus */
    um_names *cluster_genes; /* consensus: of each cluster, best first */
    size_t n_cluster_genes;
};

/* A handle with the names of the source, to be filled. Freed with unmix_programs_free(). */
unmix_status um_programs_new(unmix_context *cx, const um_source *source, const um_programs_places *places,
                             unmix_programs **programs);

/* One entry of uns[run]; keys and texts are static or live in the handle. */
void um_programs_put(unmix_programs *programs, const char *key, um_kind kind, double value);
void um_programs_put_text(unmix_programs *programs, const char *key, const char *text);

/* Version, precision, and the options that nmf and consensus share. */
void um_programs_put_common(unmix_programs *programs, const unmix_device *device, const unmix_nmf_options *options,
                            const um_prepared *prepared);

/* The device and where the cells were found, into the record of the run. */
unmix_status um_programs_record_origin(unmix_context *cx, unmix_programs *programs, const unmix_device *device,
                                       const um_source *source);

/* Which genes take part, and what the choice knows of them (taken over from `prepared`). */
unmix_status um_programs_take_genes(unmix_context *cx, unmix_programs *programs, um_prepared *prepared);

/* Usages, components and the loadings of all genes from a fit; names are PROGRAM_0, ... */
unmix_status um_programs_take_fit(unmix_context *cx, unmix_programs *programs, const um_prepared *prepared,
                                  const um_factorised *fit);

/* matrix becomes rows x columns zeros with copies of the names; row names NULL: PREFIX_0, ... */
unmix_status um_programs_matrix_open(unmix_context *cx, um_matrix *matrix, const um_names *rows, const um_names *columns);

/* PREFIX_0 .. PREFIX_count-1. */
unmix_status um_numbered_names(unmix_context *cx, um_names *names, const char *prefix, size_t count);

/* What the options say, in the terms of the room. Batches are owned by the caller: um_batches_clear(). */
typedef struct um_batches {
    um_names names;
    int64_t *of_cell;
} um_batches;

void um_batches_clear(um_batches *batches);
unmix_status um_prepare_options_of(unmix_context *cx, const unmix_cells_options *options, size_t cells,
                                   um_batches *batches, um_prepare_options *result);
um_factorise_options um_factorise_options_of(const unmix_nmf_options *options);

/* Refuses what does not make sense, in words of the options. */
unmix_status um_check_nmf_options(unmix_context *cx, const unmix_nmf_options *options);

#endif

/*
 * The only list of programs and kernels.
 *
 * X(id, program, kernel function, argument signature): b buffer, u 32-bit unsigned, r real (float or double, by the
 * precision of the device). A launch is checked against the signature.
 */
#ifndef UM_KERNEL_TABLE_H
#define UM_KERNEL_TABLE_H

/* X(id, files, separated by blanks). One program a job: a cold start pays for every program. */
#define UM_PROGRAMS(X)                                                                       \
    X(DECONVOLVE, "common.cl likelihood_poisson.cl tile.cl pass.cl em.cl adam.cl gram.cl careful.cl qp.cl " \
                  "line_search.cl sqp.cl errors.cl draws.cl least_squares.cl")              \
    X(SPARSE, "common.cl vectors.cl likelihood_poisson.cl tile.cl pass.cl gram.cl line_search.cl sparse.cl")  \
    X(NMF, "common.cl vectors.cl nmf.cl nmf_losses.cl nmf_missing.cl nmf_steps.cl nmf_entries.cl nmf_every.cl " \
           "nmf_cells.cl nmf_genes.cl nmf_gram.cl nmf_divergence.cl nmf_dense.cl")                                                 \
    X(PRODUCT, "common.cl product.cl")                                                       \
    X(CEILING, "common.cl ceiling.cl")

#define UM_KERNELS(X)                                                                        \
    X(MULTIPLIERS, DECONVOLVE, "um_multipliers", "uubbbbb")                                  \
    X(MULTIPLIERS_LOSS, DECONVOLVE, "um_multipliers_loss", "uubbbbbb")                       \
    X(LOSS_SUM, DECONVOLVE, "um_loss_sum", "uubb")                                           \
    X(EM_STEP, DECONVOLVE, "um_em_step", "uuuurbbbb")                                        \
    X(ADAM_STEP, DECONVOLVE, "um_adam_step", "uuuurrrrbbbbbbbbb")                            \
    X(CURVATURE, DECONVOLVE, "um_curvature", "uubbbbbb")                                     \
    X(GRAM, DECONVOLVE, "um_gram", "uuuuuubbb")                                              \
    X(GRAM_SUM, DECONVOLVE, "um_gram_sum", "uuubb")                                          \
    X(FOLD_SUM, DECONVOLVE, "um_fold_sum", "uuubbbbbb")                                      \
    X(CURVATURE_CAREFUL, DECONVOLVE, "um_curvature_careful", "uubbbbbb")                     \
    X(GRAM_CAREFUL, DECONVOLVE, "um_gram_careful", "uuubbb")                                 \
    X(QP, DECONVOLVE, "um_qp", "uuurbbbbbbbbbb")                                             \
    X(LINE_SEARCH, DECONVOLVE, "um_line_search", "uubbbbbb")                                 \
    X(SQP_UPDATE, DECONVOLVE, "um_sqp_update", "uuubbbbbbbbb")                               \
    X(FISHER_WEIGHTS, DECONVOLVE, "um_fisher_weights", "uubbbb")                             \
    X(SANDWICH_WEIGHTS, DECONVOLVE, "um_sandwich_weights", "uubbbbbbbb")                     \
    X(DRAW_SHIFT, DECONVOLVE, "um_draw_shift", "uubbbbbbbb")                                 \
    X(GATHER_GENES, DECONVOLVE, "um_gather_genes", "uubbb")                                  \
    X(LS_START, DECONVOLVE, "um_ls_start", "uubbbbbbb")                                      \
    X(LS_WEIGHTS, DECONVOLVE, "um_ls_weights", "uuurbbbbbbbbbb")                             \
    X(LS_MOMENTS, DECONVOLVE, "um_ls_moments", "uubbbbbbb")                                  \
    X(LS_SUM, DECONVOLVE, "um_ls_sum", "uuubb")                                              \
    X(SPARSE_MULTIPLIERS, SPARSE, "um_sparse_multipliers", "uubbbbbbb")                      \
    X(SPARSE_MULTIPLIERS_LOSS, SPARSE, "um_sparse_multipliers_loss", "uubbbbbbbbb")          \
    X(SPARSE_CURVATURE, SPARSE, "um_sparse_curvature", "uubbbbbbbb")                         \
    X(SPARSE_GRAM, SPARSE, "um_sparse_gram", "uubbbbb")                                      \
    X(SPARSE_LINE_SEARCH, SPARSE, "um_sparse_line_search", "uubbbbbbbb")                         \
    X(NMF_CELLS_HALS, NMF, "um_nmf_cells_hals", "uuuuuuurrrbbbbbbbbbbbbb")                      \
    X(NMF_CELLS_MU, NMF, "um_nmf_cells_mu", "uuuuuuurrrbbbbbbbbbbbbb")                          \
    X(NMF_CELLS_KL, NMF, "um_nmf_cells_kl", "uuuuuuurrrbbbbbbbbbbbbb")                          \
    X(NMF_CELLS_BETA, NMF, "um_nmf_cells_beta", "uuuuuuurrrbbbbbbbbbbbbb")                      \
    X(NMF_DENSE_HALS, NMF, "um_nmf_dense_hals", "uuuuuuurrrbbbbbbbbbbb")                        \
    X(NMF_DENSE_MU, NMF, "um_nmf_dense_mu", "uuuuuuurrrbbbbbbbbbbb")                            \
    X(NMF_FOLD, NMF, "um_nmf_fold", "uurbbbbbbbbb")                                          \
    X(NMF_FOLD_KL, NMF, "um_nmf_fold_kl", "uurbbbbbbbbb")                                    \
    X(NMF_FOLD_BETA, NMF, "um_nmf_fold_beta", "uurbbbbbbbbb")                                \
    X(NMF_GENES_HALS, NMF, "um_nmf_genes_hals", "uuuuuuuurrrbbbbbbbbb")                         \
    X(NMF_GENES_MU, NMF, "um_nmf_genes_mu", "uuuuuuuurrrbbbbbbbbb")                             \
    X(NMF_GENES_KL, NMF, "um_nmf_genes_kl", "uuuuuuuurrrbbbbbbbbb")                             \
    X(NMF_GENES_BETA, NMF, "um_nmf_genes_beta", "uuuuuuuurrrbbbbbbbbb")                         \
    X(NMF_GRAM, NMF, "um_nmf_gram", "uuubbb")                                                \
    X(NMF_GRAM_SUM, NMF, "um_nmf_gram_sum", "uurbb")                                         \
    X(NMF_DIVERGENCE_KL, NMF, "um_nmf_divergence_kl", "uuuurbbbbbbbbbb")                     \
    X(NMF_DIVERGENCE_BETA, NMF, "um_nmf_divergence_beta", "uuuurbbbbbbbbbb")                 \
    X(PRODUCT, PRODUCT, "um_product", "uuubbb")                                              \
    X(CEILING_FMA, CEILING, "um_ceiling_fma", "urrb")                                        \
    X(CEILING_COPY, CEILING, "um_ceiling_copy", "uubb")

typedef enum um_program_id {
#define UM_ENTRY(id, files) UM_PROGRAM_##id,
    UM_PROGRAMS(UM_ENTRY)
#undef UM_ENTRY
    UM_PROGRAM_COUNT
} um_program_id;

typedef enum um_kernel_id {
#define UM_ENTRY(id, program, function, signature) UM_KERNEL_##id,
    UM_KERNELS(UM_ENTRY)
#undef UM_ENTRY
    UM_KERNEL_COUNT
} um_kernel_id;

typedef struct um_kernel_entry {
    um_program_id program;
    const char *function;
    const char *signature;
} um_kernel_entry;

extern const um_kernel_entry um_kernel_table[UM_KERNEL_COUNT];
extern const char *const um_program_files[UM_PROGRAM_COUNT];

#endif

"""What the module uses of include/unmix. "..." leaves to the compiler what the headers say, so that they may grow."""

import cffi

ffi = cffi.FFI()
ffi.set_source("unmix._library", '#include "unmix/unmix.h"\n')
ffi.cdef("""
    /* status.h, context.h */
    typedef enum { UNMIX_OK, UNMIX_ERROR_ARGUMENT, UNMIX_ERROR_EXISTS, UNMIX_ERROR_INPUT, UNMIX_ERROR_NO_DEVICE,
        UNMIX_ERROR_WRONG_DEVICE, UNMIX_ERROR_DEVICE, UNMIX_ERROR_MEMORY, UNMIX_ERROR_WRITE, UNMIX_ERROR_NOT_CONVERGED,
        UNMIX_ERROR_INTERRUPTED, UNMIX_ERROR_INTERNAL, ... } unmix_status;
    typedef enum { UNMIX_LOG_WARNING, UNMIX_LOG_NOTE, UNMIX_LOG_DETAIL, ... } unmix_log_level;
    typedef ... unmix_context;
    const char *unmix_version(void);
    const char *unmix_status_text(unmix_status status);
    int unmix_status_exit(unmix_status status);
    unmix_context *unmix_context_new(void);
    void unmix_context_free(unmix_context *cx);
    typedef void (*unmix_log_callback)(void *payload, unmix_log_level level, const char *message);
    typedef int (*unmix_progress_callback)(void *payload, const char *stage, double fraction);
    void unmix_set_log(unmix_context *cx, unmix_log_callback callback, void *payload);
    void unmix_set_progress(unmix_context *cx, unmix_progress_callback callback, void *payload);
    const char *unmix_error_message(const unmix_context *cx);
    const char *unmix_error_site(const unmix_context *cx);

    /* device.h */
    typedef ... unmix_device;
    typedef enum { UNMIX_DEVICE_CPU, UNMIX_DEVICE_GPU, UNMIX_DEVICE_OTHER, ... } unmix_device_kind;
    typedef enum { UNMIX_SINGLE, UNMIX_DOUBLE, ... } unmix_precision;
    typedef struct { char selector[...]; char platform[...]; char name[...]; char vendor[...]; char driver[...];
        char version[...]; unmix_device_kind kind; int has_double; unsigned compute_units; uint64_t memory_bytes;
        uint64_t largest_buffer_bytes; ...; } unmix_device_info;
    unmix_status unmix_device_list(unmix_context *cx, unmix_device_info **list, size_t *count);
    void unmix_device_list_free(unmix_device_info *list);
    unmix_status unmix_device_open(unmix_context *cx, const char *selector, unmix_precision precision,
                                   unmix_device **device);
    void unmix_device_close(unmix_device *device);

    /* data.h */
    typedef ... unmix_matrix;
    typedef ... unmix_source;
    typedef ... unmix_gene_info;
    typedef enum { UNMIX_DUPLICATES_REFUSE, UNMIX_DUPLICATES_SUM, ... } unmix_duplicates;
    typedef enum { UNMIX_HEADER_DETECT, UNMIX_HEADER_FIRST, UNMIX_HEADER_NONE, ... } unmix_header;
    typedef enum { UNMIX_STRAND_DETECT, UNMIX_STRAND_NONE, UNMIX_STRAND_FORWARD, UNMIX_STRAND_REVERSE, ... } unmix_strand;
    typedef struct { const char *gene_column; const char *skip_columns; const char *columns; unmix_header header;
        int average_columns; unmix_strand strand; const char *layer; unmix_duplicates duplicates; int missing; ...;
        } unmix_read_options;
    unmix_status unmix_matrix_new(unmix_context *cx, size_t rows, size_t columns, const char **row_names,
                                  const char **column_names, const double *values, unmix_matrix **matrix);
    unmix_status unmix_matrix_read(unmix_context *cx, const char *path, const unmix_read_options *options,
                                   unmix_matrix **matrix);
    unmix_status unmix_proportions_read(unmix_context *cx, const char *path, unmix_matrix **matrix);
    unmix_status unmix_intervals_read(unmix_context *cx, const char *path, unmix_matrix **lower, unmix_matrix **upper);
    void unmix_matrix_free(unmix_matrix *matrix);
    size_t unmix_matrix_rows(const unmix_matrix *matrix);
    size_t unmix_matrix_columns(const unmix_matrix *matrix);
    const char *unmix_matrix_row_name(const unmix_matrix *matrix, size_t row);
    const char *unmix_matrix_column_name(const unmix_matrix *matrix, size_t column);
    const double *unmix_matrix_values(const unmix_matrix *matrix);
    typedef enum { UNMIX_NUMBER_DOUBLE, UNMIX_NUMBER_FLOAT, UNMIX_NUMBER_INT32, UNMIX_NUMBER_INT64, ... } unmix_number;
    typedef struct { const char *name; size_t genes, columns; const char **gene_names; const char **column_names;
        unmix_number type; const void *values; size_t stored; int missing; ...; } unmix_arrays;
    unmix_status unmix_source_from_dense(unmix_context *cx, const unmix_arrays *arrays, size_t gene_stride,
                                         size_t column_stride, unmix_source **source);
    unmix_status unmix_source_from_csc(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                       const void *start, const void *index, unmix_source **source);
    unmix_status unmix_source_from_csr(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                       const void *start, const void *index, unmix_source **source);
    unmix_status unmix_source_open(unmix_context *cx, const char *path, const unmix_read_options *options,
                                   unmix_source **source);
    unmix_status unmix_source_open_files(unmix_context *cx, const char **paths, size_t n,
                                         const unmix_read_options *options, unmix_source **source);
    unmix_status unmix_source_gene_info(unmix_context *cx, const unmix_source *source, unmix_gene_info **info);
    void unmix_source_close(unmix_source *source);
    unmix_status unmix_gene_info_new(unmix_context *cx, size_t n, const char **genes, const double *lengths,
                                     const double *weights, unmix_gene_info **info);
    unmix_status unmix_gene_info_read(unmix_context *cx, const char *path, const char *gene_column,
                                      const unmix_matrix *signatures, const unmix_source *bulk, unmix_gene_info **info);
    void unmix_gene_info_free(unmix_gene_info *info);

    /* elements.h */
    typedef enum { UNMIX_ELEMENT_VALUE, UNMIX_ELEMENT_LIST, UNMIX_ELEMENT_TABLE, ... } unmix_element_form;
    typedef enum { UNMIX_ELEMENT_REAL, UNMIX_ELEMENT_INTEGER, UNMIX_ELEMENT_BOOLEAN, UNMIX_ELEMENT_TEXT, ... }
        unmix_element_kind;
    typedef struct { const char *place; const char *key; unmix_element_form form; unmix_element_kind kind;
        size_t rows, columns; const double *numbers; const char **texts; const char **column_names;
        const char **row_names; ...; } unmix_element;
    typedef void (*unmix_element_callback)(void *payload, const unmix_element *element);

    /* deconvolve.h */
    typedef ... unmix_result;
    typedef ... unmix_reference;
    typedef enum { UNMIX_METHOD_EXACT, ... } unmix_method;
    typedef struct { const char *name; const char *description; ...; } unmix_method_traits;
    size_t unmix_method_count(void);
    const unmix_method_traits *unmix_method_info(unmix_method method);
    typedef enum { UNMIX_M_STEP_EXACT, UNMIX_M_STEP_COUNTS, UNMIX_M_STEP_LENGTHS, ... } unmix_m_step;
    typedef enum { UNMIX_STOP_EACH, UNMIX_STOP_TOGETHER, ... } unmix_stop;
    typedef enum { UNMIX_UNITS_MOLECULES, UNMIX_UNITS_READS, ... } unmix_signature_units;
    typedef enum { UNMIX_BULK_DETECT, UNMIX_BULK_READS, UNMIX_BULK_UMI, UNMIX_BULK_TPM, UNMIX_BULK_FPKM, UNMIX_BULK_CPM, ...
    } unmix_bulk_units;
    typedef enum { UNMIX_SCALE_DETECT, UNMIX_SCALE_LINEAR, ... } unmix_bulk_scale;
    typedef enum { UNMIX_INTERVALS_FULL, UNMIX_INTERVALS_REFERENCE, UNMIX_INTERVALS_GENE, ... } unmix_intervals;
    typedef enum { UNMIX_SIGNATURE_SCALE_DETECT, UNMIX_SIGNATURE_SCALE_COLUMNS, UNMIX_SIGNATURE_SCALE_NONE, ...
    } unmix_signature_scale;
    typedef enum { UNMIX_GENE_WEIGHTING_NONE, UNMIX_GENE_WEIGHTING_SPECIFICITY, ... } unmix_gene_weighting;
    typedef struct { unmix_method method; unmix_m_step m_step; unmix_stop stop; unmix_signature_units units;
             unmix_bulk_units bulk_units; unmix_bulk_scale scale;
        unmix_duplicates duplicates; int intercept; int drop_empty; int errors; unmix_intervals intervals; size_t bootstrap;
        size_t permutations; int predicted;
        unmix_signature_scale signature_scale; unmix_gene_weighting gene_weighting; const unmix_matrix *cell_size; double insert_size; double tolerance;
        long max_iterations; double l1, l2; double learning_rate; double start_exposure; int music_compat; const unmix_reference *reference;
        const unmix_matrix *profiles; uint64_t seed; size_t memory; ...; } unmix_deconvolve_options;
    void unmix_deconvolve_options_init(unmix_deconvolve_options *options);
    unmix_status unmix_deconvolve(unmix_context *cx, unmix_device *device, const unmix_matrix *signatures,
                                  const unmix_source *bulk, const unmix_gene_info *info,
                                  const unmix_deconvolve_options *options, unmix_result **result);
    void unmix_result_free(unmix_result *result);
    typedef struct { size_t genes, genes_used, types, samples, converged, certified, good, doubtful, poor,
        significant, inseparable; double largest_gap, r2, deviance_r2,
        mape, gene_correlation; ...; } unmix_summary;
    const unmix_summary *unmix_result_summary(const unmix_result *result);
    const char *unmix_result_unmatched(const unmix_result *result, size_t i, const char **where);
    const char *unmix_result_remark(const unmix_result *result, size_t i, unmix_log_level *level);
    const unmix_matrix *unmix_result_matrix(const unmix_result *result, const char *name);
    unmix_status unmix_result_write(unmix_context *cx, const unmix_result *result, const char *path, int overwrite);
    unmix_status unmix_result_elements(unmix_context *cx, const unmix_result *result, unmix_element_callback callback,
                                       void *payload);

    /* programs.h */
    typedef ... unmix_programs;
    typedef ... unmix_gene_sets;
    typedef enum { UNMIX_VALUES_DETECT, UNMIX_VALUES_COUNTS, UNMIX_VALUES_LOG1P, UNMIX_VALUES_LINEAR, ... } unmix_values;
    typedef enum { UNMIX_GENES_SEURAT, UNMIX_GENES_VARIANCE, UNMIX_GENES_ALL, ... } unmix_gene_selection;
    typedef struct { unmix_values values; double normalize; int log1p; unmix_gene_selection selection; size_t top_genes;
        const char **batch; ...; } unmix_cells_options;
    typedef enum { UNMIX_NMF_HALS, UNMIX_NMF_MU, ... } unmix_nmf_solver;
    typedef enum { UNMIX_NMF_FROBENIUS, ... } unmix_nmf_loss;
    typedef enum { UNMIX_NMF_NNDSVDA, UNMIX_NMF_NNDSVD, UNMIX_NMF_RANDOM, ... } unmix_nmf_init;
    typedef struct { unmix_cells_options cells; size_t components, last_components; unmix_nmf_solver solver;
        unmix_nmf_loss loss; unmix_nmf_init init; size_t starts, sweeps; double tolerance; size_t max_iterations;
        double alpha_W, alpha_H, l1_ratio; uint64_t seed; const unmix_matrix *programs; int start_from_programs;
        size_t resamples; double resample_fraction; size_t masks; double held_out; ...; } unmix_nmf_options;
    void unmix_nmf_options_init(unmix_nmf_options *options);
    unmix_status unmix_nmf_set_loss(unmix_context *cx, unmix_nmf_options *options, const char *text);
    unmix_status unmix_nmf(unmix_context *cx, unmix_device *device, const unmix_source *source,
                           const unmix_nmf_options *options, unmix_programs **programs);
    void unmix_programs_free(unmix_programs *programs);
    typedef enum { UNMIX_RESAMPLE_SPOTS, UNMIX_RESAMPLE_PROGRAMS, ... } unmix_resample;
    typedef struct { unmix_nmf_options nmf; unmix_resample resample; size_t min_clusters, max_clusters; size_t resamples;
        double resample_fraction; size_t cluster_genes; ...; } unmix_consensus_options;
    void unmix_consensus_options_init(unmix_consensus_options *options);
    unmix_status unmix_consensus(unmix_context *cx, unmix_device *device, const unmix_source *source,
                                 const unmix_matrix *usages, const unmix_matrix *components,
                                 const unmix_consensus_options *options, unmix_programs **programs);
    unmix_status unmix_gene_sets_read(unmix_context *cx, const char *path, unmix_gene_sets **sets);
    unmix_status unmix_gene_sets_new(unmix_context *cx, size_t n, const char **names, const size_t *sizes,
                                     const char **genes, unmix_gene_sets **sets);
    void unmix_gene_sets_free(unmix_gene_sets *sets);
    typedef struct { unmix_cells_options cells; size_t controls; size_t bins; uint64_t seed; int controls_as_reference;
        ...; } unmix_score_options;
    void unmix_score_options_init(unmix_score_options *options);
    unmix_status unmix_score(unmix_context *cx, const unmix_source *source, const unmix_gene_sets *sets,
                             const unmix_score_options *options, unmix_programs **programs);
    unmix_status unmix_programs_elements(unmix_context *cx, const unmix_programs *programs, const char *layer,
                                         unmix_element_callback callback, void *payload);
    unmix_status unmix_programs_read(unmix_context *cx, const char *path, unmix_matrix **programs);

    /* signatures.h, compare.h, simulate.h */
    typedef enum { UNMIX_CELLS_DETECT, UNMIX_CELLS_COUNTS, UNMIX_CELLS_LOG1P, ... } unmix_cell_scale;
    typedef struct { const char *groupby; const char *cells; const char *subject; const char **drop; size_t n_drop; unmix_cell_scale scale;
        unmix_read_options read; ...; } unmix_signature_options;
    void unmix_signature_options_init(unmix_signature_options *options);
    unmix_status unmix_signatures(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                  unmix_matrix **signatures);
    typedef struct { size_t n; const char **names; const int64_t *of_cell; ...; } unmix_cell_labels;
    unmix_status unmix_signatures_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                     const unmix_signature_options *options, unmix_matrix **signatures);
    unmix_status unmix_reference_read_files(unmix_context *cx, const char **paths, size_t n, const unmix_signature_options *options,
                                      unmix_reference **reference);
    unmix_status unmix_reference_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                    const unmix_cell_labels *subjects, const unmix_signature_options *options,
                                    unmix_reference **reference);
    void unmix_reference_free(unmix_reference *reference);
    size_t unmix_reference_subjects(const unmix_reference *reference);
    const unmix_matrix *unmix_reference_matrix(const unmix_reference *reference, const char *name);
    unmix_status unmix_reference_markers(unmix_context *cx, const unmix_reference *reference, size_t per_type,
                                         unmix_matrix **weights);
    typedef ... unmix_comparison;
    typedef struct { const char *scope; size_t n; double r, rho, rmse, mae, held, width; ...; } unmix_agreement;
    unmix_status unmix_compare_truth(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *lower,
                                     const unmix_matrix *upper, const unmix_matrix *truth, unmix_comparison **comparison);
    size_t unmix_comparison_count(const unmix_comparison *comparison);
    const unmix_agreement *unmix_comparison_entry(const unmix_comparison *comparison, size_t i);
    void unmix_comparison_free(unmix_comparison *comparison);
    typedef struct { size_t genes, types, samples, families; double similarity; size_t types_per_sample; double depth,
        dispersion, background, insert_size; uint64_t seed; ...; } unmix_simulate_options;
    void unmix_simulate_options_init(unmix_simulate_options *options);
    typedef struct { unmix_matrix *signatures, *bulk, *genes, *truth; ...; } unmix_simulation;
    unmix_status unmix_simulate(unmix_context *cx, const unmix_simulate_options *options, unmix_simulation *simulation);
    void unmix_simulation_free(unmix_simulation *simulation);

    extern "Python" void on_log(void *payload, unmix_log_level level, const char *message);
    extern "Python" int on_progress(void *payload, const char *stage, double fraction);
    extern "Python" void on_element(void *payload, const unmix_element *element);
""")

if __name__ == "__main__":
    ffi.compile(verbose=True)

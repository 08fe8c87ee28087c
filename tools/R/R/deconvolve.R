# deconvolve_bulk(): arguments and results by the names of viewmastR's function, computed by unmix.

device_of <- function(backend) {
  switch(backend, wgpu = , gpu = , auto = "auto", ndarray = , cpu = "cpu", backend)
}

# The names of viewmastR: the last source is the "Intercept".
capital <- function(x) {
  if (!is.null(x))
    rownames(x)[rownames(x) == "intercept"] <- "Intercept"
  x
}

# Over the genes with a weight above 0: what is measured for each sample, and over all of them.
fit_metrics <- function(found, observed, weights) {
  m <- found$metrics
  s <- found$summary
  used <- is.null(weights) | weights > 0
  correlation <- suppressWarnings(cor(as.vector(observed[used, ]), as.vector(found$predicted[used, ])))
  list(n_genes_used = s$genes_used, n_genes_excluded = s$genes - s$genes_used,
       gene_correlation = m["pearson", ], rmse = m["rmse", ], nrmse = m["nrmse", ], count_ratio = m["count_ratio", ],
       global_correlation = correlation, r_squared = s$r2, pseudo_r2 = s$deviance_r2, mape = 100 * s$mape,
       mean_gene_correlation = mean(m["pearson", ]), median_gene_correlation = median(m["pearson", ]),
       mean_sample_correlation = s$gene_correlation, mean_rmse = mean(m["rmse", ]), mean_nrmse = mean(m["nrmse", ]))
}

# Genes of weight 0 took no part in the fit, but it predicts them: L / insert_size (S E + intercept / genes in common).
predicted_counts <- function(found, small, genes, lengths, insert_size) {
  predicted <- matrix(0, length(genes), ncol(found$exposures), dimnames = list(genes, colnames(found$exposures)))
  fitted <- genes %in% rownames(found$predicted)
  predicted[fitted, ] <- found$predicted[genes[fitted], ]
  if (all(fitted))
    return(predicted)
  S <- matrix(small$values, length(small$rows))[match(genes, small$rows), , drop = FALSE]
  S <- sweep(S, 2, colSums(S), "/")[!fitted, , drop = FALSE]
  molecules <- S %*% found$exposures[seq_len(ncol(S)), , drop = FALSE]
  if (nrow(found$exposures) > ncol(S))
    molecules <- sweep(molecules, 2, found$exposures[ncol(S) + 1, ] / length(genes), "+")
  predicted[!fitted, ] <- if (is.null(lengths)) molecules else molecules * lengths[!fitted] / insert_size
  predicted
}

# The observed counts of the genes and samples of the result, without a dense copy of all there is.
observed_counts <- function(bulk, genes, samples) {
  if (!anyDuplicated(rownames(bulk)))
    return(as.matrix(bulk[genes, samples, drop = FALSE]))
  picked <- as.matrix(bulk[rownames(bulk) %in% genes, samples, drop = FALSE])
  rowsum(picked, rownames(picked))[genes, , drop = FALSE]
}

deconvolve_bulk <- function(signatures, bulk_counts, gene_lengths = NULL, gene_weights = NULL, backend = "wgpu",
                            insert_size = 500, init_log_exp = -10, learning_rate = 0.01, l1_lambda = 0, l2_lambda = 0,
                            max_iter = 10000, poll_interval = 100, ll_tolerance = 1e-6, sparsity_tolerance = 1e-4,
                            verbose = TRUE, method = "exact", group = NULL, drop = character(),
                            assay = NULL, layer = NULL, signature_units = c("molecules", "reads"),
                            bulk_units = c("detect", "reads", "umi", "tpm", "fpkm", "cpm"),
                            scale = c("detect", "linear"), duplicates = c("refuse", "sum"), drop_empty = FALSE,
                            intercept = TRUE, signature_scale = c("detect", "columns", "none"), cell_size = NULL, m_step = c("exact", "counts", "lengths"), stop_samples = c("each", "together"), errors = TRUE,
                            intervals = c("full", "reference", "gene"), profiles = NULL, bootstrap = 0, permutations = 0, precision = c("single", "double"), seed = 42) {
  duplicates <- c("refuse", "sum")[choice("duplicates", duplicates, c("refuse", "sum")) + 1]
  if (is_object(signatures) || !is.null(group))
    signatures <- bulk_signatures(signatures, group, drop, assay, layer, duplicates = duplicates, verbose = verbose)
  if (is_object(bulk_counts))
    bulk_counts <- object_matrix(bulk_counts, "bulk_counts", layer = object_layers(bulk_counts)[1])
  bulk_counts <- plain_matrix(bulk_counts, "bulk_counts")
  by_position <- if (is.null(rownames(signatures))) rownames(bulk_counts) else rownames(signatures)
  small <- as_small_data(signatures, "signatures", duplicates, by_position)
  bulk <- as_data(bulk_counts, "bulk_counts", by_position)
  dimnames(bulk_counts) <- list(bulk$rows, bulk$columns)
  if (identical(cell_size, "column-sums")) {
    signature_scale <- "columns"
    cell_size <- NULL
  }
  sizes <- if (is.null(cell_size)) NULL
           else list(values = as.double(cell_size), rows = names(cell_size), columns = "size")
  weighting <- 0
  if (is.character(gene_weights)) {
    weighting <- choice("gene_weights", gene_weights, c("none", "specificity"))
    gene_weights <- NULL
  }
  info <- gene_info(gene_lengths, gene_weights, if (is.null(names(gene_lengths))) small$rows else unique(small$rows))
  options <- list(
    method = known("method", method, .Call(C_methods)), m_step = choice("m_step", m_step, c("exact", "counts", "lengths")),
    stop = choice("stop_samples", stop_samples, c("each", "together")), start_exposure = init_log_exp,
    signature_units = choice("signature_units", signature_units, c("molecules", "reads")),
    bulk_units = choice("bulk_units", bulk_units, c("detect", "reads", "umi", "tpm", "fpkm", "cpm")),
    scale = choice("scale", scale, c("detect", "linear")), duplicates = choice("duplicates", duplicates, c("refuse", "sum")),
    intercept = as.integer(intercept), drop_empty = as.integer(drop_empty), errors = as.integer(errors),
    intervals = choice("intervals", intervals, c("full", "reference", "gene")),
    profiles = if (!is.null(profiles)) as_small_data(profiles, "profiles", "refuse"),
    bootstrap = bootstrap, permutations = permutations, cell_size = sizes, insert_size = insert_size,
    signature_scale = choice("signature_scale", signature_scale, c("detect", "columns", "none")),
    gene_weighting = weighting,
    tolerance = if (missing(ll_tolerance)) 0 else ll_tolerance, max_iterations = if (missing(max_iter)) 0 else max_iter,
    l1 = l1_lambda, l2 = l2_lambda, learning_rate = learning_rate, seed = seed, device = device_of(backend),
    double = choice("precision", precision, c("single", "double")))
  found <- checked(.Call(C_deconvolve, small, bulk, info, options), verbose)
  open <- found$summary$samples - found$summary$converged
  if (open > 0)
    warning(open, " of ", found$summary$samples, " samples did not converge; raise max_iter, or ll_tolerance", call. = FALSE)
  of_samples <- function(values) setNames(values, colnames(found$proportions))

  # Genes in the order of the signatures, as they were given.
  genes <- intersect(small$rows, bulk$rows)
  if (!is.null(info))
    genes <- intersect(genes, info$genes)
  of_genes <- function(values) if (is.null(values)) NULL else values[match(genes, info$genes)]
  lengths_in_bulk <- !(found$summary[["bulk_units"]] %in% c(2, 3, 4)) # not umi, tpm, fpkm
  lengths <- if (m_step[1] != "counts") of_genes(info$lengths)
  if (lengths_in_bulk == (signature_units[1] == "reads")) # in both, or in neither
    lengths <- NULL
  else if (!lengths_in_bulk && !is.null(lengths)) # in the signatures alone: insert size / length
    lengths <- insert_size^2 / lengths
  found$predicted <- predicted_counts(found, small, genes, lengths, insert_size)
  weights <- of_genes(info$weights)
  metrics <- fit_metrics(found, observed_counts(bulk_counts, genes, colnames(found$predicted)), weights)
  list(exposures = capital(found$exposures), pred_counts = found$predicted, proportions = found$proportions,
       proportions_with_intercept = capital(found$proportions_with_intercept),
       intercept_fraction = if (intercept) capital(found$proportions_with_intercept)["Intercept", ]
                            else setNames(numeric(ncol(found$proportions)), colnames(found$proportions)),
       metrics = metrics, standard_errors = found$standard_errors, lower = found$lower,
       upper = found$upper, bootstrap_low = found$bootstrap_low,
       bootstrap_high = found$bootstrap_high, gap = found$metrics["gap", ],
       converged = found$metrics["converged", ] > 0, iterations = found$metrics["iterations", ],
       dispersion = found$metrics["dispersion", ], fit = of_samples(found$fit), fit_reasons = of_samples(found$fit_reasons),
       inseparable = of_samples(found$inseparable), p_value = if (permutations > 0) of_samples(found$p_value),
       summary = found$summary)
}

# Matrices of R as the library takes them: list(values, rows, columns) by columns, with start and index where sparse.

# Seurat, SingleCellExperiment and SummarizedExperiment objects: the matrix that is asked for, genes x cells or samples.
object_matrix <- function(object, name, assay = NULL, layer = NULL) {
  if (is_class(object, "Seurat")) {
    need(name, "SeuratObject")
    which <- if (packageVersion("SeuratObject") >= "5.0.0") "layer" else "slot"
    return(do.call(SeuratObject::GetAssayData, c(list(object, assay = assay), setNames(list(layer), which))))
  }
  if (is_class(object, "SummarizedExperiment")) {
    need(name, "SummarizedExperiment")
    return(SummarizedExperiment::assay(object, layer))
  }
  object
}

# Names of the matrices that an object has.
object_layers <- function(object) {
  if (is_class(object, "SummarizedExperiment"))
    SummarizedExperiment::assayNames(object)
  else
    c("data", "counts")
}

is_class <- function(object, class) isS4(object) && is(object, class)

is_object <- function(object) is_class(object, "Seurat") || is_class(object, "SummarizedExperiment")

need <- function(name, package) {
  if (!requireNamespace(package, quietly = TRUE))
    refuse(name, " is an object whose package ", package, " is not installed")
}

# A data frame as a matrix; what is none of both is left as it is.
plain_matrix <- function(x, name) {
  if (!is.data.frame(x))
    return(x)
  text <- names(x)[!vapply(x, is.numeric, NA)]
  if (length(text))
    refuse(name, ": column '", text[1], "' holds no numbers; gene names belong into the row names")
  as.matrix(x)
}

# Any matrix with names of its rows and columns. rows: names for a matrix that has none (by position).
as_data <- function(x, name, rows = NULL) {
  x <- plain_matrix(x, name)
  if (is.null(dim(x)) && is.numeric(x))
    refuse(name, " is a vector; keep one sample a matrix with x[, 1, drop = FALSE]")
  if (!is_class(x, "sparseMatrix") && !(is.matrix(x) && (is.numeric(x) || is.logical(x))))
    refuse(name, " is of class ", class(x)[1], "; a matrix of numbers with gene names is wanted")
  labels <- list(rows = rownames(x), columns = colnames(x))
  if (is.null(labels$rows)) {
    if (is.null(rows) || length(rows) != nrow(x))
      refuse(name, " has no row names: genes are matched by name")
    labels$rows <- rows
  }
  if (is.null(labels$columns))
    labels$columns <- as.character(seq_len(ncol(x)))
  c(if (is_class(x, "sparseMatrix")) sparse_numbers(x) else list(values = as.double(x)), labels)
}

sparse_numbers <- function(x) {
  need("a sparse matrix", "Matrix")
  x <- methods::as(methods::as(methods::as(x, "dMatrix"), "generalMatrix"), "CsparseMatrix")
  list(values = slot(x, "x"), start = slot(x, "p"), index = slot(x, "i"))
}

# Few columns: without zeros left out, genes of the same name added up where that is wanted.
as_small_data <- function(x, name, duplicates, rows = NULL) {
  if (is_class(x, "sparseMatrix"))
    x <- as.matrix(x)
  data <- as_data(x, name, rows)
  if (duplicates != "sum" || !anyDuplicated(data$rows))
    return(data)
  group <- match(data$rows, unique(data$rows))
  sums <- rowsum(matrix(data$values, nrow = length(data$rows)), group, reorder = FALSE)
  list(values = as.double(sums), rows = unique(data$rows), columns = data$columns)
}

# Lengths and weights by gene: vectors with names, or in the order of the signatures' rows.
gene_values <- function(values, name, genes) {
  if (is.null(values))
    return(NULL)
  if (!is.numeric(values))
    refuse(name, " must be numeric")
  if (is.null(names(values))) {
    if (length(values) != length(genes))
      refuse(name, ": ", length(values), " values for the ", length(genes), " genes of the signatures")
    return(setNames(as.double(values), genes))
  }
  values <- setNames(as.double(values), names(values))
  values <- values[!is.na(names(values)) & names(values) %in% genes]
  again <- anyDuplicated(names(values))
  if (again && !anyDuplicated(genes))
    refuse("gene '", names(values)[again], "' has more than one value in ", name, "; keep one of them")
  values
}

gene_info <- function(lengths, weights, genes) {
  lengths <- gene_values(lengths, "gene_lengths", genes)
  weights <- gene_values(weights, "gene_weights", genes)
  if (is.null(lengths) && is.null(weights))
    return(NULL)
  common <- unique(if (is.null(lengths)) names(weights) else names(lengths))
  if (!is.null(weights))
    common <- intersect(common, names(weights))
  pick <- function(values) if (is.null(values)) NULL else unname(values[match(common, names(values))])
  list(genes = common, lengths = pick(lengths), weights = pick(weights))
}

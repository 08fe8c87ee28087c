# Signatures from single cells: the mean expression of each label.

# The column of the cells' data that `group` names, or labels as they are.
labels_of <- function(object, group) {
  if (length(group) != 1)
    return(group)
  cells <- if (is_class(object, "Seurat")) slot(object, "meta.data")
           else if (is_class(object, "SummarizedExperiment")) SummarizedExperiment::colData(object)
           else refuse("labels of the cells are wanted: one for each column of the matrix")
  if (!group %in% colnames(cells))
    refuse("there is no column '", group, "'; the columns are: ", paste(colnames(cells), collapse = ", "))
  cells[[group]]
}

no_label <- c("", "NA", "NaN", "nan")

# A factor keeps the order of its levels; other labels are sorted by their bytes, as the program sorts them.
as_types <- function(labels) {
  if (is.factor(labels))
    return(factor(labels, setdiff(levels(labels), "")))
  labels <- as.character(labels)
  labels[labels %in% no_label] <- NA
  factor(labels, sort(unique(labels), method = "radix"))
}

bulk_signatures <- function(object, group, drop = character(), assay = NULL, layer = NULL,
                            scale = c("detect", "counts", "log1p"), duplicates = c("refuse", "sum"), verbose = TRUE) {
  if (is_object(object) && is.null(layer))
    layer <- object_layers(object)[1]
  types <- as_types(labels_of(object, group))
  cells <- as_data(object_matrix(object, "object", assay, layer), "object")
  if (length(types) != length(cells$columns))
    refuse(length(types), " labels for ", length(cells$columns), " cells")
  options <- list(scale = choice("scale", scale, c("detect", "counts", "log1p")),
                  duplicates = choice("duplicates", duplicates, c("refuse", "sum")))
  t(checked(.Call(C_signatures, cells, levels(types), as.integer(types), as.character(drop), options), verbose))
}

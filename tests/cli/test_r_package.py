"""
The R package: installed into a library of its own, and compared with the program, number for number. Skipped where R is
not installed; what needs Seurat or SingleCellExperiment objects is skipped where their packages are not.
"""

import array
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from harness import Case, main

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "corces_GSE74246"

START = r"""
suppressPackageStartupMessages({library(unmix); library(Matrix)})
# Names from the table, numbers from what hand_over() put beside it.
table <- function(path) {
  text <- as.matrix(read.table(path, header = TRUE, row.names = 1, sep = "\t", check.names = FALSE, quote = "",
                               colClasses = "character"))
  matrix(readBin(paste0(path, ".bin"), "double", length(text)), nrow(text), byrow = TRUE, dimnames = dimnames(text))
}
caught <- function(expression) tryCatch({expression; "nothing"}, error = conditionMessage)
same <- function(got, want) {
  want <- t(want)
  stopifnot(identical(dim(got), dim(want)), identical(dimnames(got), dimnames(want)), identical(is.na(got), is.na(want)))
  if (!identical(got[!is.na(got)], want[!is.na(want)])) stop("differs by ", max(abs(got - want), na.rm = TRUE))
}
signatures <- table("sig.tsv"); bulk <- table("bulk.tsv"); genes <- table("genes.tsv")
lengths <- genes[, "length"]; weights <- genes[, "weight"]
"""


def number(text):
    """NaN for what is none (true, none, not defined)."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def hand_over(path):
    """
    The numbers of a table as R reads them without loss, row by row. R's own reading of decimals multiplies by a power of
    ten in long double and rounds a second time: the last bit is another one now and then, on some machines.
    """
    rows = [[number(field) for field in line.split("\t")[1:]] for line in path.read_text().splitlines()[1:]]
    path.with_name(path.name + ".bin").write_bytes(b"".join(array.array("d", row).tobytes() for row in rows))


def why_not():
    """A reason to skip, or None."""
    if not shutil.which("R"):
        return "R is not installed (r-base-core, r-cran-matrix)"
    if os.environ.get("UNMIX_SANITIZE"):
        return "a library with sanitizers cannot be loaded into an ordinary R"
    return None


class Package(Case):
    @classmethod
    def setUpClass(cls):
        if why_not():
            raise unittest.SkipTest(why_not())
        cls.library = pathlib.Path(tempfile.mkdtemp(prefix="unmix-R-", dir=os.environ.get("UNMIX_TEST_FOLDER")))
        cls.addClassCleanup(shutil.rmtree, cls.library, ignore_errors=True)
        shutil.copytree(ROOT / "tools" / "R", cls.library / "source", ignore=shutil.ignore_patterns("*.o", "*.so*", "Makevars"))
        cls.environment = {**os.environ, "R_LIBS": str(cls.library), "UNMIX_INCLUDE": str(ROOT / "include"), "LC_ALL": "C.UTF-8"}
        subprocess.run(["R", "CMD", "INSTALL", f"--library={cls.library}", cls.library / "source"], check=True,
                       env=cls.environment, capture_output=True)

    def start_r(self, code):
        for path in self.folder.rglob("*.tsv"):
            hand_over(path)
        (self.folder / "code.R").write_text(START + code)
        return self.start("--vanilla", "code.R", program=("Rscript",), env=self.environment)

    def r(self, code):
        """Runs R code in the scratch folder; gives its (output, messages)."""
        process = self.start_r(code)
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, f"{code}\n{out}\n{err}")
        return out, err

    def need(self, *packages):
        for package in packages:
            done = subprocess.run(["Rscript", "--vanilla", "-e", f"q(status = !requireNamespace('{package}', quietly = TRUE))"],
                                  capture_output=True)
            if done.returncode:
                self.skipTest(f"the R package {package} is not installed")

    def test_as_the_program(self):
        for method in ("exact", "em", "gd"):
            self.deconvolve("--method", method, "--force", output=f"{method}/")
            self.r(f"""
                found <- deconvolve_bulk(signatures, bulk, lengths, weights, method = "{method}", verbose = FALSE)
                same(found$proportions, table("{method}/proportions.tsv"))
                for (part in c("exposures", "proportions_with_intercept")) {{
                  got <- found[[part]]
                  stopifnot(tail(rownames(got), 1) == "Intercept")
                  rownames(got)[nrow(got)] <- "intercept"
                  same(got, table(paste0("{method}/", part, ".tsv")))
                }}
                metrics <- table("{method}/metrics.tsv")
                column <- function(name) unname(metrics[, name])
                stopifnot(identical(unname(found$metrics$gene_correlation), column("pearson")),
                          identical(unname(found$metrics$rmse), column("rmse")), identical(unname(found$gap), column("gap")),
                          identical(unname(found$intercept_fraction), column("intercept_fraction")))
            """)

    def test_gene_weights_by_name(self):
        rows = (self.folder / "genes.tsv").read_text().splitlines()
        (self.folder / "lengths.tsv").write_text("".join("\t".join(row.split("\t")[:2]) + "\n" for row in rows))
        self.deconvolve("--gene-weights", "specificity", output="specificity/", info="lengths.tsv")
        self.r("""
            found <- deconvolve_bulk(signatures, bulk, lengths, "specificity", verbose = FALSE)
            same(found$proportions, table("specificity/proportions.tsv"))
            plain <- deconvolve_bulk(signatures, bulk, lengths, verbose = FALSE)
            stopifnot(!identical(found$proportions, plain$proportions))
        """)

    def test_names_of_viewmastr(self):
        out, _ = self.r("""
            found <- deconvolve_bulk(signatures = signatures, bulk_counts = bulk, gene_lengths = unname(lengths),
                gene_weights = unname(weights), backend = "ndarray", insert_size = 500, init_log_exp = -10,
                learning_rate = 0.01, l1_lambda = 0, l2_lambda = 0, max_iter = 3000L, poll_interval = 100,
                ll_tolerance = 1e-6, sparsity_tolerance = 1e-4, verbose = FALSE, method = "gd")
            cat(names(found), "\\n", names(found$metrics), "\\n")
            stopifnot(identical(dim(found$exposures), c(4L, 4L)), identical(dimnames(found$pred_counts), dimnames(bulk)),
                      max(abs(colSums(found$proportions) - 1)) < 1e-12, length(found$intercept_fraction) == 4)
        """)
        for name in ("exposures", "pred_counts", "proportions", "proportions_with_intercept", "intercept_fraction", "metrics",
                     "n_genes_used", "n_genes_excluded", "gene_correlation", "rmse", "nrmse", "count_ratio",
                     "global_correlation", "r_squared", "pseudo_r2", "mape", "mean_gene_correlation",
                     "median_gene_correlation", "mean_sample_correlation", "mean_rmse", "mean_nrmse"):
            self.assertIn(name, out.split())

    def test_every_kind_of_matrix(self):
        self.r("""
            fit <- function(s, b, ...) deconvolve_bulk(s, b, lengths, weights, verbose = FALSE, ...)$proportions
            want <- fit(signatures, bulk)
            sparse <- Matrix(bulk, sparse = TRUE)
            stopifnot(is(sparse, "dgCMatrix") || is(sparse, "sparseMatrix"))
            for (b in list(as.data.frame(bulk), sparse, as(sparse, "RsparseMatrix"), as(sparse, "TsparseMatrix"),
                           Matrix(bulk, sparse = TRUE)[nrow(bulk):1, ]))
              stopifnot(identical(fit(signatures, b), want))
            stopifnot(identical(fit(Matrix(signatures, sparse = TRUE), bulk[30:1, ]), want),
                      identical(unname(fit(unname(signatures), bulk)), unname(want)),
                      identical(fit(signatures, unname(bulk))[1, ], setNames(want[1, ], 1:4)))
            whole <- round(bulk); storage.mode(whole) <- "integer"
            stopifnot(identical(fit(signatures, whole), fit(signatures, round(bulk))))
            one <- deconvolve_bulk(signatures, bulk[, 2, drop = FALSE], lengths, weights, verbose = FALSE)
            stopifnot(identical(one$proportions, want[, 2, drop = FALSE]), identical(dim(one$pred_counts), c(30L, 1L)))
            half <- rbind(bulk, bulk) / 2
            stopifnot(grepl("gene 'gene0' stands in", caught(fit(signatures, half))),
                      identical(fit(signatures, half, duplicates = "sum"), want),
                      all.equal(fit(rbind(signatures, signatures) / 2, bulk, duplicates = "sum"), want, tolerance = 1e-6))
        """)

    def test_lengths_and_weights(self):
        self.r("""
            fit <- function(...) deconvolve_bulk(signatures, bulk, ..., verbose = FALSE)
            want <- fit(lengths, weights)
            stopifnot(identical(fit(unname(lengths), rev(weights))$proportions, want$proportions),
                      identical(fit(c(rev(lengths), other = 3, other = 4), weights)$proportions, want$proportions),
                      fit()$summary$genes == 30, fit(lengths[1:20])$summary$genes == 20)
            # genes of weight 0 are predicted from the same formula as those that took part
            none <- weights; none[c(3, 7)] <- 0
            part <- fit(lengths, none)
            stopifnot(part$summary$genes_used == 28, identical(rownames(part$pred_counts), rownames(bulk)))
            S <- sweep(signatures, 2, colSums(signatures), "/")
            q <- S %*% part$exposures[1:3, ] + rep(part$exposures[4, ] / 30, each = 30)
            stopifnot(max(abs(q * lengths / 500 / part$pred_counts - 1)) < 1e-10)
        """)

    def test_options(self):
        self.r("""
            fit <- function(...) deconvolve_bulk(signatures, bulk, lengths, weights, verbose = FALSE, ...)
            found <- fit(bootstrap = 20, seed = 7)
            stopifnot(all(found$bootstrap_low <= found$bootstrap_high), identical(dim(found$standard_errors), c(3L, 4L)))
            stopifnot(is.null(fit(errors = FALSE)$standard_errors), nrow(fit(intercept = FALSE)$exposures) == 3,
                      all(fit(intercept = FALSE)$intercept_fraction == 0))
            # two donors of each type, each with half the genes too high and half too low
            up <- rep(c(1.5, 0.5), length.out = 30)
            donors <- cbind(signatures * up, signatures * (2 - up))
            colnames(donors) <- paste0(colnames(signatures), rep(c("|donor:a", "|donor:b"), each = 3))
            width <- function(x) mean(x$upper - x$lower)
            gene <- fit(profiles = donors, intervals = "gene")
            stopifnot(width(fit(profiles = donors)) > 2 * width(gene), identical(gene$upper, fit(intervals = "gene")$upper))
            sizes <- fit(cell_size = c(type2 = 2, type0 = 1, type1 = 1))$proportions
            E <- fit()$exposures[1:3, ] / c(1, 1, 2)
            stopifnot(max(abs(sizes - sweep(E, 2, colSums(E), "/"))) < 1e-12, identical(fit(backend = "0:0")$gap, fit()$gap))
            print(unmix_devices())
        """)

    def test_errors(self):
        out, _ = self.r("""
            fit <- function(...) deconvolve_bulk(..., verbose = FALSE)
            wrong <- bulk; wrong[3, 2] <- -4
            cat(caught(fit(signatures, wrong)), caught(fit(signatures, Matrix(wrong, sparse = TRUE))), sep = "\\n")
            wrong[3, 2] <- NA
            cat(caught(fit(signatures, wrong)), caught(fit(signatures, log1p(bulk))), caught(fit(signatures, bulk, lengths[1])),
                caught(fit(signatures, bulk, unname(lengths[1:2]))), caught(fit(signatures, bulk, l1_lambda = 1)),
                caught(fit(signatures, bulk, method = "best")), caught(fit(signatures, bulk, backend = "mine")),
                caught(fit(signatures, bulk[, 1])), caught(fit("x", bulk)),
                caught(fit(signatures, data.frame(gene = rownames(bulk), bulk))), sep = "\\n")
            cat(class(tryCatch(fit(signatures, -bulk), unmix_error = identity)), "\\n")
        """)
        lines = out.splitlines()
        for i, part in enumerate([
                "bulk_counts: column 'sample1', gene 'gene2': -4 is negative", "gene 'gene2': -4 is negative", "not finite",
                "look log-transformed", "1 genes in common", "2 values for the 30 genes", "l1 is for em and gd; exact has none",
                "method 'best' is not one of exact, em, gd", "no device fits 'mine'", "drop = FALSE", "is of class character",
                "column 'gene' holds no numbers", "unmix_input_error unmix_error error condition"]):
            self.assertIn(part, lines[i])
        refused = self.run_unmix(*self.command("--method", "exact", "--device", "mine"), status=4)
        self.assertIn(f"unmix deconvolve: {lines[8]}", refused.stderr.splitlines())

    def test_notes_are_messages_and_warnings(self):
        _, err = self.r('invisible(deconvolve_bulk(signatures, bulk, lengths, weights))')
        self.assertIn("most similar types", err)
        self.r("""
            messages <- character()
            withCallingHandlers(deconvolve_bulk(signatures, bulk, verbose = FALSE),
                                message = function(m) messages <<- c(messages, conditionMessage(m)))
            stopifnot(!length(messages))
            said <- tryCatch(deconvolve_bulk(cbind(signatures, twin = signatures[, 1]), bulk, verbose = FALSE),
                             warning = conditionMessage)
            stopifnot(is.character(said), grepl("twin", said))
        """)

    def test_warnings_about_the_result(self):
        """As the program: fits that are not good, and samples that did not converge, which used to pass in silence."""
        self.r("""
            said <- function(...) {
              told <- character()
              found <- withCallingHandlers(deconvolve_bulk(..., verbose = FALSE), warning = function(w) {
                told <<- c(told, conditionMessage(w)); invokeRestart("muffleWarning") })
              list(found = found, told = told)
            }
            right <- said(signatures, bulk, lengths, weights)
            stopifnot(!length(right$told), all(right$found$fit == "good"), all(right$found$fit_reasons == ""),
                      identical(names(right$found$fit), colnames(bulk)), is.null(right$found$p_value),
                      all(right$found$inseparable == ""))
            early <- said(signatures, bulk, lengths, weights, method = "gd", max_iter = 3)
            stopifnot(any(grepl("4 of 4 samples did not converge; raise max_iter, or ll_tolerance", early$told)))
            mixed <- bulk; rownames(mixed) <- rownames(bulk)[c(8:30, 1:7)]
            wrong <- said(signatures, mixed, lengths, weights, permutations = 19)
            stopifnot(any(grepl("^fit: .* the worst is 'sample", wrong$told)), any(wrong$found$fit != "good"),
                      all(wrong$found$p_value >= 1 / 20 & wrong$found$p_value <= 1), any(nzchar(wrong$found$fit_reasons)))
        """)

    def test_interrupt(self):
        process = self.start_r("""
            s <- matrix(rexp(8e3), 2000, dimnames = list(1:2000, 1:4))
            b <- matrix(rpois(2e5, 50), 2000, dimnames = list(1:2000, 1:100))
            cat("ready\\n")
            tryCatch(deconvolve_bulk(s, b, bootstrap = 1e5, verbose = FALSE),
                     interrupt = function(i) cat("interrupted\\n")) -> ended
            print(dim(deconvolve_bulk(signatures, bulk, verbose = FALSE)$proportions))
        """)
        self.assertEqual(process.stdout.readline(), "ready\n")
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, out), (0, "interrupted\n[1] 3 4\n"), err)

    # --- signatures from cells ----------------------------------------------------------------------------------------

    CELLS = r"""
        set.seed(2)
        counts <- matrix(rpois(30 * 40, 3), 30, dimnames = list(paste0("gene", 0:29), paste0("c", 1:40)))
        label <- rep(c("z", "b", NA, "drop"), 10)
        sparse <- as(Matrix(counts * 1, sparse = TRUE), "CsparseMatrix")
        means <- sapply(c("b", "z"), function(k) rowMeans(counts[, label %in% k]))
    """

    def test_signatures_of_a_matrix(self):
        self.r(self.CELLS + """
            stopifnot(all.equal(bulk_signatures(counts, label, "drop", verbose = FALSE), means),
                      identical(bulk_signatures(sparse, label, "drop", verbose = FALSE),
                                bulk_signatures(counts, label, "drop", verbose = FALSE)))
            found <- bulk_signatures(counts, factor(label, c("z", "b", "drop")), "drop", verbose = FALSE)
            stopifnot(identical(colnames(found), c("z", "b")), grepl("39 labels for 40 cells", caught(bulk_signatures(counts, label[-1]))))
            logged <- log1p(sweep(counts, 2, colSums(counts), "/") * 100)
            want <- sapply(c("b", "z"), function(k) rowMeans(expm1(logged[, label %in% k])))
            stopifnot(all.equal(bulk_signatures(logged, label, "drop", verbose = FALSE), want))
        """)

    def test_single_cell_experiment(self):
        self.need("SingleCellExperiment")
        self.r(self.CELLS + """
            suppressPackageStartupMessages(library(SingleCellExperiment))
            cells <- SingleCellExperiment(list(counts = sparse), colData = DataFrame(kind = label))
            stopifnot(all.equal(bulk_signatures(cells, "kind", "drop", verbose = FALSE), means),
                      grepl("no column 'none'; the columns are: kind", caught(bulk_signatures(cells, "none"))))
            want <- deconvolve_bulk(means, bulk, lengths, weights, verbose = FALSE)
            found <- deconvolve_bulk(cells, SummarizedExperiment(list(counts = bulk)), lengths, weights, group = "kind",
                                     drop = "drop", verbose = FALSE)
            stopifnot(all.equal(found$proportions, want$proportions, tolerance = 1e-6))
        """)

    def test_seurat(self):
        self.need("SeuratObject")
        self.r(self.CELLS + """
            suppressPackageStartupMessages(library(SeuratObject))
            cells <- CreateSeuratObject(sparse, meta.data = data.frame(kind = label, row.names = colnames(sparse)))
            stopifnot(all.equal(bulk_signatures(cells, "kind", "drop", layer = "counts", verbose = FALSE), means))
            found <- deconvolve_bulk(cells, bulk, lengths, weights, group = "kind", drop = "drop", layer = "counts", verbose = FALSE)
            stopifnot(identical(rownames(found$proportions), c("b", "z")))
        """)

    # --- real data ----------------------------------------------------------------------------------------------------

    def test_sorted_blood_cells(self):
        if not DATA.exists():
            self.skipTest("no data in UNMIX_SHARED_DATA")
        self.run_unmix("signatures", DATA.parent / "pbmc3k" / "pbmc3k_lognorm.h5ad", "--groupby", "cell_type", "--drop",
                       "unlabelled", "-o", "pbmc.tsv")
        counts, info = DATA / "GSE74246_RNAseq_All_Counts.txt.gz", DATA / "geneWeights_withSymbol.tsv"
        self.run_unmix("deconvolve", "--signatures", "pbmc.tsv", "--bulk", counts, "--gene-info", info, "-o", "real/")
        self.r(f"""
            counts <- as.matrix(read.table("{counts}", header = TRUE, row.names = 1, sep = "\t", check.names = FALSE))
            info <- read.table("{info}", header = TRUE)
            found <- deconvolve_bulk(table("pbmc.tsv"), counts, setNames(info$length, info$symbol),
                                     setNames(info$weight, info$symbol))
            for (part in c("proportions", "standard_errors")) same(found[[part]], table(paste0("real/", part, ".tsv")))
        """)


if __name__ == "__main__":
    if why_not():
        print(f"skipped: {why_not()}")
        sys.exit(77)
    main()

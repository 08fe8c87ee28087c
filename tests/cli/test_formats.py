"""
10x Genomics files, MatrixMarket folders and old AnnData layouts: the same counts give the same signatures and the same
proportions as from a table, whichever file holds them; and what is wrong with such files is refused in one line.
"""

import gzip
import os
import pathlib
import random
import unittest

import h5py
import numpy

import harness
from harness import read_table, write_table, zip_rows

TENX = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "h5ad_fixtures" / "10x_v3_filtered_feature_bc_matrix.h5"


def by_cell(counts):
    """The non-zeros of genes x cells, one cell after another: data, indices, indptr."""
    data, indices, indptr = [], [], [0]
    for cell in zip(*counts):
        data += [value for value in cell if value]
        indices += [gene for gene, value in enumerate(cell) if value]
        indptr.append(len(data))
    return data, indices, indptr


def texts(names):
    return numpy.array([name.encode() for name in names])


class Formats(harness.Case):
    def setUp(self):
        super().setUp()
        draw = random.Random(5)
        self.genes = [f"gene{i}" for i in range(30)]
        self.cells = [f"cell{i}" for i in range(40)]
        self.counts = [[draw.choice([0, 0, draw.randrange(1, 90)]) for _ in self.cells] for _ in self.genes]
        self.labels = [draw.choice("AB") for _ in self.cells]
        write_table(self.folder / "counts.tsv", ["gene", *self.cells], zip_rows(self.genes, self.counts))
        write_table(self.folder / "labels.tsv", ["cell", "kind"], zip(self.cells, self.labels))

    # --- the same counts in every format --------------------------------------------------------------------------

    def put_numbers(self, group, counts, cells):
        data, indices, indptr = by_cell(counts)
        group["barcodes"] = texts(cells)
        group.create_dataset("data", data=numpy.array(data, dtype="int32"), chunks=(64,), compression="gzip")
        group["indices"] = numpy.array(indices, dtype="int64")
        group["indptr"] = numpy.array(indptr, dtype="int64")
        group["shape"] = numpy.array([len(counts), len(cells)], dtype="int32")

    def write_tenx(self, name, genes, counts, cells, kinds=None):
        with h5py.File(self.folder / name, "w") as file:
            group = file.create_group("matrix")
            self.put_numbers(group, counts, cells)
            features = group.create_group("features")
            features["id"] = texts(f"ENSG{i:05}" for i in range(len(genes)))
            features["name"] = texts(genes)
            features["feature_type"] = texts(kinds or ["Gene Expression"] * len(genes))
        return name

    def write_old_tenx(self, name, *genomes):
        with h5py.File(self.folder / name, "w") as file:
            for genome in genomes:
                group = file.create_group(genome)
                self.put_numbers(group, self.counts, self.cells)
                group["genes"] = texts(f"ENSG{i:05}" for i in range(len(self.genes)))
                group["gene_names"] = texts(self.genes)
        return name

    def write_market(self, name, genes, counts, cells, turned=False, features="features.tsv.gz",
                     matrix="matrix.mtx.gz"):
        folder = self.folder / name
        folder.mkdir()

        def put(file, text):
            (folder / file).write_bytes(gzip.compress(text.encode()) if file.endswith(".gz") else text.encode())

        entries = [(g + 1, c + 1, v) for g, row in enumerate(counts) for c, v in enumerate(row) if v]
        size = (len(genes), len(cells))
        if turned:
            entries, size = [(c, g, v) for g, c, v in entries], size[::-1]
        lines = ["%%MatrixMarket matrix coordinate real general", "%", f"{size[0]} {size[1]} {len(entries)}"]
        put(matrix, "\n".join([*lines, *(f"{a} {b} {v}" for a, b, v in entries)]) + "\n")
        kind = "\tGene Expression" if features.startswith("features") else ""
        put(features, "".join(f"ENSG{i:05}\t{gene}{kind}\n" for i, gene in enumerate(genes)))
        put("barcodes.tsv" + matrix[len("matrix.mtx"):], "".join(f"{cell}\n" for cell in cells))
        return name

    def signatures(self, path, *options):
        options = options or ("--cells", "labels.tsv", "--groupby", "kind")
        return self.run_unmix("signatures", path, *options).stdout

    def test_signatures(self):
        want = self.signatures("counts.tsv")
        self.assertEqual(len(want.splitlines()), 31)
        given = (self.genes, self.counts, self.cells)
        paths = [
            self.write_tenx("cells.h5", *given),
            self.write_old_tenx("old.h5", "GRCh38"),
            self.write_market("market", *given),
            self.write_market("genes", *given, features="genes.tsv", matrix="matrix.mtx"),
            self.write_market("turned", *given, turned=True),
            "market/",
            "market/matrix.mtx.gz",
            "genes/matrix.mtx",
        ]
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(self.signatures(path), want)

    def test_genes_among_features(self):
        """Antibodies go, repeated names are told apart, and both are said."""
        kinds = ["Gene Expression"] * 28 + ["Antibody Capture"] * 2
        genes = ["LYZ", "LYZ", *self.genes[2:]]
        path = self.write_tenx("mixed.h5", genes, self.counts, self.cells, kinds)
        done = self.run_unmix("signatures", path, "--cells", "labels.tsv", "--groupby", "kind")
        rows = done.stdout.splitlines()
        want = self.signatures("counts.tsv").splitlines()
        self.assertEqual([row.split("\t")[0] for row in rows[1:4]], ["LYZ", "LYZ-1", "gene2"])
        self.assertEqual([row.split("\t")[1:] for row in rows], [row.split("\t")[1:] for row in want[:29]])
        self.assertIn("2 features of other kinds than 'Gene Expression' are left out: Antibody Capture", done.stderr)
        self.assertIn("1 repeated gene names are made unique", done.stderr)

    def test_bulk(self):
        """Where --bulk is read, the same formats are."""
        m = self.mixture
        counts = [[round(value) for value in row] for row in m.bulk]
        write_table(self.folder / "bulk.tsv", ["gene", *m.samples], zip_rows(m.genes, counts))
        want = self.proportions()
        paths = [self.write_tenx("bulk.h5", m.genes, counts, m.samples),
                 self.write_market("bulk", m.genes, counts, m.samples)]
        for i, path in enumerate(paths):
            with self.subTest(path=path):
                self.assertEqual(self.proportions(bulk=path, output=f"out{i}/"), want)

    def test_old_anndata(self):
        """Cells as before anndata 0.7: records with codes, categories in uns, h5sparse."""
        data, indices, indptr = by_cell(self.counts)
        with h5py.File(self.folder / "old.h5ad", "w") as file:
            x = file.create_group("X")
            x.attrs["h5sparse_format"] = b"csr"
            x.attrs["h5sparse_shape"] = numpy.array([40, 30])
            x["data"], x["indices"], x["indptr"] = numpy.array(data, "f4"), indices, indptr
            codes = [(cell.encode(), "AB".index(label)) for cell, label in zip(self.cells, self.labels)]
            file["obs"] = numpy.array(codes, dtype=[("index", "S8"), ("kind", "i1")])
            file["var"] = numpy.array([(gene.encode(),) for gene in self.genes], dtype=[("index", "S8")])
            file["uns/kind_categories"] = texts("AB")
        self.assertEqual(self.signatures("old.h5ad", "--groupby", "kind"), self.signatures("counts.tsv"))

    @unittest.skipUnless(TENX.exists(), "the shared data are not here")
    def test_real_tenx_file(self):
        with h5py.File(TENX) as file:
            m = file["matrix"]
            cells = [name.decode() for name in m["barcodes"]]
            genes = [name.decode() for name in m["features/name"]]
            dense = numpy.zeros((len(cells), len(genes)))
            pointers, indices, data = m["indptr"][:], m["indices"][:], m["data"][:]
            for cell in range(len(cells)):
                part = slice(pointers[cell], pointers[cell + 1])
                dense[cell, indices[part]] = data[part]
        write_table(self.folder / "real.tsv", ["cell", "kind"], [[c, "AB"[i % 2]] for i, c in enumerate(cells)])
        found = read_table(self.signatures(TENX, "--cells", "real.tsv", "--groupby", "kind"))
        self.assertEqual(list(found), genes)
        for i, kind in enumerate("AB"):
            means = dense[i::2].mean(axis=0)
            # Both are a whole number over a count of cells; written with the fewest digits that read back equal.
            self.assertEqual([float(found[gene][kind]) for gene in genes], list(means))

    # --- refusals ---------------------------------------------------------------------------------------------------

    def refused_cells(self, parts, path, status=3):
        self.refused(status, parts, "signatures", path, "--cells", "labels.tsv", "--groupby", "kind")

    def test_no_labels(self):
        given = (self.genes, self.counts, self.cells)
        for path, kind in ((self.write_tenx("cells.h5", *given), "a 10x file"),
                           (self.write_market("market", *given), "a MatrixMarket folder")):
            self.refused(2, [path, kind, "has no labels", "--cells"], "signatures", path, "--groupby", "kind")

    def test_folders(self):
        (self.folder / "empty").mkdir()
        self.refused_cells(["empty: is a folder", "matrix.mtx"], "empty")
        self.deconvolve_refused(["empty: is a folder", "matrix.mtx"], bulk="empty")
        self.deconvolve_refused(["empty: is a folder"], signatures="empty")
        self.write_market("market", self.genes, self.counts, self.cells)
        (self.folder / "market" / "barcodes.tsv.gz").unlink()
        self.refused_cells(["matrix.mtx.gz", "'market/barcodes.tsv'"], "market")

    def test_wrong_matrix(self):
        self.write_market("market", self.genes, self.counts, self.cells, matrix="matrix.mtx")
        path = self.folder / "market" / "matrix.mtx"
        text = path.read_text()
        for old, new, parts in (
            ("general", "symmetric", ["line 1", "symmetric"]),
            ("30 40 ", "31 40 ", ["31 x 40", "features.tsv.gz has 30", "barcodes.tsv has 40"]),
            (text.splitlines()[-1] + "\n", "", ["ends after", "cut off"]),
            (text.splitlines()[5], "31 1 1", ["line 6", "row 31", "30 x 40"]),
            (text.splitlines()[5], "1 1 -1", ["line 6", "gene0", "cell0", "negative"]),
        ):
            path.write_text(text.replace(old, new, 1))
            with self.subTest(new=new):
                self.refused_cells(["market/matrix.mtx", *parts], "market")

    def test_wrong_tenx(self):
        self.refused_cells(["two.h5", "2 genomes", "GRCh38, mm10"], self.write_old_tenx("two.h5", "GRCh38", "mm10"))
        path = self.write_tenx("cells.h5", self.genes, self.counts, self.cells)
        with h5py.File(self.folder / path, "r+") as file:
            file["matrix/data"][3] = -7
        self.refused_cells(["cells.h5", "cell0", "-7 is negative"], path)
        whole = (self.folder / path).read_bytes()
        (self.folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
        self.refused_cells(["cut.h5", "cut off"], "cut.h5")

    def test_neither(self):
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["a"] = [1, 2]
        self.refused_cells(["other.h5", "not an AnnData file", "a"], "other.h5")


if __name__ == "__main__":
    harness.main()

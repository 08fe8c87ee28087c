"""
Names of genes: columns beside the names, other kinds of names through a file that has both, var of .h5ad, ids of
MatrixMarket. Every test has the answer of a run whose names meet as they stand.
"""

import anndata
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sparse

import harness


class Names(harness.Case):
    def setUp(self):
        super().setUp()
        self.ids = [f"ENSG{i + 1:011d}" for i in range(len(self.mixture.genes))]
        self.id_of = dict(zip(self.mixture.genes, self.ids))
        self.plain = self.proportions(output="plain/")

    def beside(self, name, column, values, at=1):
        """Puts a column beside the names of a table."""
        def add(rows):
            for row, value in zip(rows, [column, *values]):
                row.insert(at, value)
        self.edit(name, add)

    def rename(self, name, change):
        def apply(rows):
            for row in rows[1:]:
                row[0] = change(row[0])
        self.edit(name, apply)

    def assert_plain(self, said, *options, output="out/", **files):
        """The answer is that of the plain names, and standard error has `said`."""
        done = self.run_unmix(*self.command(*options, "--force", output=output, **files))
        self.assertIn(said, done.stderr)
        self.assert_answer(output)

    def assert_answer(self, output="out/"):
        found = harness.read_table(self.folder / output / "proportions.tsv")
        for sample, row in self.plain.items():
            for name, value in row.items():
                self.assertAlmostEqual(float(found[sample][name]), value, delta=1e-6)

    def test_column_beside_the_identifiers(self):
        """As nf-core/rnaseq and tximport write it, without and with lengths of one kind or both."""
        self.rename("bulk.tsv", lambda gene: self.id_of[gene] + ".7")
        self.beside("bulk.tsv", "gene_name", self.mixture.genes)
        self.edit("bulk.tsv", lambda rows: rows[0].__setitem__(0, "gene_id"))
        done = self.run_unmix(*self.command(info=None, output="none/"))
        self.assertIn("names of genes: bulk.tsv by column 'gene_name'; 30 genes meet that way", done.stderr)
        self.assert_plain("names of genes: bulk.tsv by column 'gene_name'; 30 genes meet that way")
        self.rename("genes.tsv", lambda gene: self.id_of[gene] + ".7")
        self.assert_plain("bulk.tsv by column 'gene_name'; genes.tsv by the names of bulk.tsv; 30 genes meet that way")
        self.refused(3, "no gene in common", *self.command("--bulk-gene-column", "gene_id"))
        self.refused(3, "has no column 'symbol'", *self.command("--bulk-gene-column", "symbol"))

    def test_entrez_numbers(self):
        numbers = [str(1000 + 7 * i) for i in range(30)]
        self.beside("sig.tsv", "ENTREZID", numbers)
        self.beside("genes.tsv", "ENTREZID", numbers)
        self.rename("bulk.tsv", lambda gene: numbers[self.mixture.genes.index(gene)])
        self.edit("bulk.tsv", lambda rows: rows[0].__setitem__(0, "GeneID"))
        self.assert_plain("sig.tsv by column 'ENTREZID'; genes.tsv by column 'ENTREZID'; 30 genes meet that way")

    def test_feature_counts_against_symbols(self):
        """Versions, a copy on Y, paths of BAM files, Length; lengths and names come from a table of both kinds."""
        head = ["Geneid", "Chr", "Start", "End", "Strand", "Length", *(f"/data/run1/{s}.sorted.bam" for s in self.mixture.samples)]
        rows = [[self.id_of[gene] + ".4", "chr1;chr1", "1;9", "5;20", "+;+", 77, *map(round, counts)]
                for gene, counts in zip(self.mixture.genes, self.mixture.bulk)]
        last = rows[-1]
        on_y = [self.ids[-1] + ".4_PAR_Y", *last[1:6], *(count // 2 for count in last[6:])]
        last[6:] = [count - half for count, half in zip(last[6:], on_y[6:])]
        path = harness.write_table(self.folder / "fc.tsv", head, [*rows, on_y])
        path.write_text("# Program:featureCounts v2.0.6\n" + path.read_text())
        harness.write_table(self.folder / "both.tsv", ["symbol", "ensembl", "length", "biotype"],
                            [[g, self.id_of[g], l, "protein_coding"] for g, l in zip(self.mixture.genes, self.mixture.lengths)])
        done = self.run_unmix(*self.command(bulk="fc.tsv", info="both.tsv", output="out/"))
        self.assertIn("both.tsv translates the names of the bulk into those of the signatures; 30 genes", done.stderr)
        self.assertIn("fc.tsv: 31 rows stand for 30 genes; rows of the same gene are added up", done.stderr)
        self.assert_answer()

    def reference(self, names, var):
        """Cells of three types, each of which has the expression of its type, as counts."""
        counts = np.round(np.array(self.mixture.signatures).T * 10)
        cells = np.repeat(counts, 12, axis=0)
        obs = pd.DataFrame({"kind": np.repeat(self.mixture.types, 12)}, index=[f"c{i}" for i in range(36)])
        return anndata.AnnData(sparse.csr_matrix(cells), obs=obs, var=pd.DataFrame(var, index=names))

    def fit_reference(self, path, *options, status=0):
        return self.run_unmix("deconvolve", "--reference", path, "--groupby", "kind", "--bulk", "bulk.tsv", "--gene-info", "genes.tsv",
                              "--force", "-o", "out/", *options, status=status).stderr

    def test_var_of_a_reference(self):
        """As in CELLxGENE: identifiers are the index, symbols a column, here of categories."""
        self.reference(self.mixture.genes, {}).write_h5ad(self.folder / "plain.h5ad")
        self.fit_reference("plain.h5ad")
        self.plain = {s: {t: float(v) for t, v in row.items()}
                      for s, row in harness.read_table(self.folder / "out" / "proportions.tsv").items()}
        atlas = self.reference(self.ids, {"feature_name": pd.Categorical(self.mixture.genes), "feature_biotype": "gene",
                                          "mean": np.arange(30.0)})
        atlas.write_h5ad(self.folder / "atlas.h5ad")
        self.assertIn("names of genes: atlas.h5ad by column 'feature_name'; 30 genes", self.fit_reference("atlas.h5ad"))
        self.assert_answer()
        self.assertNotIn("names of genes", self.fit_reference("atlas.h5ad", "--signature-gene-column", "feature_name"))
        self.assert_answer()
        said = self.fit_reference("atlas.h5ad", "--signature-gene-column", "symbol", status=3)
        self.assertIn("'var' has no column 'symbol'; there are: feature_name, feature_biotype, mean", said)
        for method in ("music", "nnls"):
            self.fit_reference("plain.h5ad", "--method", method)
            self.plain = {s: {t: float(v) for t, v in row.items()}
                          for s, row in harness.read_table(self.folder / "out" / "proportions.tsv").items()}
            self.fit_reference("atlas.h5ad", "--method", method)
            self.assert_answer()
        self.run_unmix("signatures", "atlas.h5ad", "--groupby", "kind", "--gene-column", "feature_name", "-o", "named.tsv")
        self.assertEqual(list(harness.read_table(self.folder / "named.tsv")), self.mixture.genes)

    def test_several_references_are_one(self):
        """Halves of the cells, each with a gene of its own and in another order, are as good as the whole of the shared genes."""
        whole = self.reference(self.mixture.genes, {})
        whole.X = whole.X.multiply(np.arange(1, 37)[:, None] % 5 + 1).tocsr()
        whole.obs["donor"] = [f"d{i % 4}" for i in range(36)]
        first, second = whole[::2, :29].copy(), whole[1::2, ::-1][:, :28].copy()
        whole[:, 2:29].write_h5ad(self.folder / "whole.h5ad")
        first.write_h5ad(self.folder / "first.h5ad")
        second.obs_names = list(first.obs_names)  # barcodes repeat from file to file
        second.write_h5ad(self.folder / "second.h5ad")
        for options in ((), ("--subject", "donor", "--method", "music"), ("--subject", "donor", "--drop", "type1")):
            self.fit_reference("whole.h5ad", *options)
            self.plain = {s: {t: float(v) for t, v in row.items()}
                          for s, row in harness.read_table(self.folder / "out" / "proportions.tsv").items()}
            said = self.fit_reference("first.h5ad", "--reference", "second.h5ad", *options)
            self.assertIn("2 references are one: 27 genes are in all of them (first.h5ad 29, second.h5ad 28)", said)
            self.assert_answer()
        other = self.reference(self.ids, {})
        other.write_h5ad(self.folder / "other.h5ad")
        said = self.fit_reference("first.h5ad", "--reference", "other.h5ad", status=3)
        self.assertIn("other.h5ad: has no gene in common with first.h5ad: 'ENSG00000000001' here, 'gene0' there", said)
        said = self.fit_reference("first.h5ad", "--reference", "missing.h5ad", status=3)
        self.assertIn("missing.h5ad", said)

    def test_bulk_in_h5ad(self):
        counts = np.array(self.mixture.bulk).T
        bulk = anndata.AnnData(counts, obs=pd.DataFrame(index=self.mixture.samples),
                               var=pd.DataFrame({"gene_symbols": self.mixture.genes}, index=self.ids))
        bulk.write_h5ad(self.folder / "bulk.h5ad")
        self.assert_plain("bulk.h5ad by column 'gene_symbols'", bulk="bulk.h5ad")
        self.assert_plain("30 genes in common", "--bulk-gene-column", "gene_symbols", bulk="bulk.h5ad")

    def test_ids_of_a_market_folder(self):
        folder = self.folder / "cells"
        folder.mkdir()
        reference = self.reference(self.mixture.genes, {})
        scipy.io.mmwrite(folder / "matrix.mtx", sparse.coo_matrix(reference.X.T), field="integer")
        (folder / "features.tsv").write_text("".join(f"{i}\t{g}\tGene Expression\n" for i, g in zip(self.ids, self.mixture.genes)))
        (folder / "barcodes.tsv").write_text("".join(f"{name}\n" for name in reference.obs_names))
        harness.write_table(self.folder / "labels.tsv", ["cell", "kind"], zip(reference.obs_names, reference.obs["kind"]))
        self.fit_reference("cells", "--cells", "labels.tsv")
        self.plain = {s: {t: float(v) for t, v in row.items()}
                      for s, row in harness.read_table(self.folder / "out" / "proportions.tsv").items()}
        for name in ("bulk.tsv", "genes.tsv"):
            self.rename(name, lambda gene: self.id_of[gene])
        self.assertIn("names of genes: cells by column 'id'; 30 genes", self.fit_reference("cells", "--cells", "labels.tsv"))
        self.assert_answer()

    def test_unmatched(self):
        """Each gene that is left over, with where it is; the file is whole or absent."""
        self.edit("sig.tsv", lambda rows: rows.append(["mine", "1", "2", "3"]))
        self.edit("bulk.tsv", lambda rows: rows.insert(3, ["theirs", "5", "6", "7", "8"]))
        self.edit("genes.tsv", lambda rows: rows.pop(5))
        done = self.run_unmix(*self.command("--unmatched", "left.tsv", output="out/"))
        self.assertIn("genes that did not match are in left.tsv", done.stderr)
        self.assertEqual((self.folder / "left.tsv").read_text(),
                         "gene\twhere\ngene4\tboth\nmine\tsignatures\ntheirs\tbulk\n")
        self.refused(2, "left.tsv: exists", *self.command("--unmatched", "left.tsv", output="other/"))
        self.refused(2, "sig.tsv", *self.command("--unmatched", "sig.tsv", "--force", output="other/"))
        self.refused(2, "a table is written", *self.command("--unmatched", "left/", output="other/"))
        self.edit("bulk.tsv", lambda rows: [row.__setitem__(0, "x" + row[0]) for row in rows[1:]])
        self.refused(3, "no gene in common", *self.command("--unmatched", "new.tsv", output="other/"))

    def test_transposed_signatures(self):
        def turn(rows):
            rows[:] = [list(row) for row in zip(*rows)]
        self.edit("sig.tsv", turn)
        self.deconvolve_refused("sig.tsv looks transposed: 30 of its columns are genes of the bulk; put genes into the rows")


if __name__ == "__main__":
    harness.main()

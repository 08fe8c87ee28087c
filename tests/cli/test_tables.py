"""
Tables of other programs and tables made by hand, one mixture in all of them: the samples are found, what is none is named,
lengths count where none are given, and what cannot be read is refused by its name.
"""

import random
import shutil
import unittest

import harness
from harness import read_table, write_table, zip_rows


class Tables(harness.Case):
    """The bulk of the mixture as whole numbers, under Ensembl's names."""

    def setUp(self):
        super().setUp()
        mixture = self.mixture
        draw = random.Random(3)
        self.genes = [f"ENSG{draw.randrange(10**6):011}" for _ in mixture.genes]
        self.counts = [[round(value) for value in row] for row in mixture.bulk]
        write_table(self.folder / "sig.tsv", ["gene", *mixture.types], zip_rows(self.genes, mixture.signatures))
        write_table(self.folder / "genes.tsv", ["gene", "length"], zip(self.genes, mixture.lengths))
        self.write("bulk.tsv", ["gene", *mixture.samples], zip_rows(self.genes, self.counts))
        self.rows = list(zip(self.genes, mixture.lengths, self.counts))

    def write(self, name, header, rows, separator="\t", above=""):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        lines = [separator.join(map(str, row)) for row in ([header] if header else []) + list(rows)]
        path.write_text(above + "\n".join(lines) + "\n")
        return name

    def right(self, bulk, *options, samples=None, notes=(), info=None, within=0.002, **run):
        """The table gives the mixture's proportions, for these samples, and says so."""
        done = self.run_unmix(*self.command("--force", *options, bulk=bulk, info=info, output="out/"), **run)
        got = read_table(self.folder / "out" / "proportions.tsv")
        self.assertEqual(list(got), samples or self.mixture.samples)
        for row, want in zip(got.values(), self.mixture.proportions):
            for type_, value in zip(self.mixture.types, want):
                self.assertAlmostEqual(float(row[type_]), value, delta=within)
        for note in [notes] if isinstance(notes, str) else notes:
            self.assertIn(note, done.stderr)
        return done

    # --- tables of programs -------------------------------------------------------------------------------------------

    def test_feature_counts(self):
        for name, chrom, paths in [("counts.txt", "chr1;chr1", "run/{}.sorted.bam"), ("saf.txt", "1", "{}.bam")]:
            header = ["Geneid", "Chr", "Start", "End", "Strand", "Length", *map(paths.format, self.mixture.samples)]
            rows = [[gene, chrom, 100, 90 + length, "+", length, *counts] for gene, length, counts in self.rows]
            self.write(name, header, rows, above='# Program:featureCounts v2.0.3; Command:"featureCounts" "-o" "x"\n')
            self.right(name, notes=["a table of featureCounts: 4 columns of values; Chr, Start, End, Strand are none",
                                    f"the lengths of genes are those of {name}"])

    def test_htseq(self):
        rows = [[gene, counts[0]] for gene, _, counts in self.rows]
        name = self.write("S1.htseq.txt", None, [*rows, ["__no_feature", 10**7], ["__ambiguous", 5]])
        self.right(name, samples=["S1"], info="genes.tsv", notes="2 rows count no gene and are left out: __no_feature")

    def test_star(self):
        above = [["N_unmapped", 9, 9, 9], ["N_multimapping", 9, 9, 9], ["N_noFeature", 900, 5000, 100],
                 ["N_ambiguous", 9, 9, 9]]
        rows = [[gene, counts[0] // 2, 1, counts[0]] for gene, _, counts in self.rows]
        name = self.write("S1ReadsPerGene.out.tab", None, above + rows)
        self.right(name, samples=["S1"], info="genes.tsv", notes="the counts of the reverse strand are taken")
        self.right(name, "--strand", "reverse", samples=["S1"], info="genes.tsv")
        flat = self.run_unmix(*self.command("--strand", "forward", bulk=name, output="flat/"))
        self.assertNotIn("reverse", flat.stderr)
        self.assertNotEqual(read_table(self.folder / "flat" / "proportions.tsv"),
                            read_table(self.folder / "out" / "proportions.tsv"))

    def one_sample(self):
        """The tables of programs that write a file for each sample: name, header, rows."""
        def rows(*fields):
            return lambda i: [[{"gene": gene, "length": length + 200, "effective": length, "count": counts[i], "x": 3.5,
                                "ids": "T1,T2"}[field] for field in fields] for gene, length, counts in self.rows]
        return [
            ("{}.genes.results", "gene_id transcript_id(s) length effective_length expected_count TPM FPKM".split(),
             rows("gene", "ids", "length", "effective", "count", "x", "x")),
            ("{}/quant.genes.sf", "Name Length EffectiveLength TPM NumReads".split(),
             rows("gene", "length", "effective", "x", "count")),
            ("{}/abundance.tsv", "target_id length eff_length est_counts tpm".split(),
             rows("gene", "length", "effective", "count", "x")),
        ]

    def test_one_sample(self):
        for name, header, rows in self.one_sample():
            self.right(self.write(name.format("S1"), header, rows(0)), samples=["S1"], notes="the lengths of genes are those of")

    def test_cohorts_of_files(self):
        for name, header, rows in self.one_sample():
            files = [self.write("cohort/" + name.format(sample), header, rows(i))
                     for i, sample in enumerate(self.mixture.samples)]
            self.right(files[0], *(part for file in files[1:] for part in ("--bulk", file)))
            done = self.right("cohort", notes=["cohort: 4 files such as cohort/", "are joined"])
            self.assertIn("the lengths of genes are those of cohort", done.stderr)
            self.assertEqual(done.stderr.count(": a table of "), 1)
            self.assertIn(" and 3 more files: a table of ", done.stderr)
            shutil.rmtree(self.folder / "cohort")

    def test_files_that_do_not_join(self):
        for sample in range(2):
            self.write(f"S{sample}.htseq.txt", None, [[gene, counts[sample]] for gene, _, counts in self.rows])
        self.write("S2.htseq.txt", None, [[gene, counts[2]] for gene, _, counts in self.rows[1:]])
        self.write("other/S0.htseq.txt", None, [[gene, counts[2]] for gene, _, counts in reversed(self.rows)])
        self.right("S0.htseq.txt", "--bulk", "S1.htseq.txt", samples=["S0", "S1"], info="genes.tsv")
        self.deconvolve_refused([f"S2.htseq.txt: lacks gene '{self.genes[0]}' of S0.htseq.txt"], "--bulk", "S2.htseq.txt",
                                bulk="S0.htseq.txt")
        self.deconvolve_refused([f"S0.htseq.txt: gene '{self.genes[0]}' is not in S2.htseq.txt"], "--bulk", "S0.htseq.txt",
                                bulk="S2.htseq.txt")
        self.deconvolve_refused("sample 'S0' is in S0.htseq.txt and in other/S0.htseq.txt", "--bulk", "other/S0.htseq.txt",
                                bulk="S0.htseq.txt")

    def test_transcripts(self):
        for name, header, rows in self.one_sample()[1:]:
            of_transcripts = [[f"ENST{i:011}.1", *row[1:]] for i, row in enumerate(rows(0))]
            file = self.write(name.format("S2"), header, of_transcripts)
            self.deconvolve_refused(["its rows are transcripts such as 'ENST00000000000.1'", "tximport"], bulk=file, info=None)

    def test_gdc(self):
        header = "gene_id gene_name gene_type unstranded stranded_first stranded_second tpm_unstranded".split()
        rows = [["N_unmapped", "", "", 5, 5, 5, ""], ["N_noFeature", "", "", 5, 5, 5, ""]]
        rows += [[f"X{i}", gene, "protein_coding", counts[0], 1, 2, 0.5] for i, (gene, _, counts) in enumerate(self.rows)]
        name = self.write("ab.rna_seq.augmented_star_gene_counts.tsv", header, rows, above="# gene-model: GENCODE v36\n")
        self.right(name, "--bulk-gene-column", "gene_name", samples=["ab"], info="genes.tsv",
                   notes=["a table of GDC", "2 rows count no gene"])

    def test_series_matrix_and_gct(self):
        rows = zip_rows(self.genes, self.counts)
        header = ['"ID_REF"', *self.mixture.samples]
        above = '!Series_title\t"x"\n\n!Sample_title\t"a"\n!series_matrix_table_begin\n'
        name = self.write("GSE1_series_matrix.txt", header, [*rows, ["!series_matrix_table_end"]], above=above)
        self.right(name, info="genes.tsv", notes="GEO series matrix")
        empty = self.write("GSE2_series_matrix.txt", header, [["!series_matrix_table_end"]], above=above)
        self.deconvolve_refused(["GEO series matrix without values", "supplementary"], bulk=empty)
        gct = [[gene, "na", *counts] for gene, counts in zip(self.genes, self.counts)]
        name = self.write("x.gct", ["Name", "Description", *self.mixture.samples], gct, above=f"#1.2\n{len(gct)}\t4\n")
        self.right(name, info="genes.tsv", notes="a table of GCT")

    # --- tables made by hand --------------------------------------------------------------------------------------------

    def test_columns_that_are_no_samples(self):
        header = ["Symbol", "EntrezID", "chrom", "start", "end", *self.mixture.samples]
        rows = [[gene, 1000 + i, "chr1", 10 * i, 10 * i + 9, *counts] for i, (gene, _, counts) in enumerate(self.rows)]
        self.write("geo.tsv", header, rows)
        self.right("geo.tsv", info="genes.tsv", notes="columns EntrezID, chrom, start, end are no samples")
        self.right("geo.tsv", "--columns", "sample0,sample1", info="genes.tsv", samples=["sample0", "sample1"])
        all_ = self.run_unmix(*self.command("--columns", "all", bulk="geo.tsv", output="all/"))
        self.assertIn("7 samples", all_.stderr)

    def test_lengths_can_be_left_out(self):
        rows = [[gene, length, *counts] for gene, length, counts in self.rows]
        self.write("length.tsv", ["gene", "Length", *self.mixture.samples], rows)
        self.right("length.tsv", notes="column 'Length' is no sample and holds lengths of genes")
        done = self.run_unmix(*self.command("--skip-columns", "Length", bulk="length.tsv", info=None, output="none/"))
        self.assertIn("no gene information", done.stderr)

    def test_types_that_are_none(self):
        rows = [[gene, length, *row] for gene, length, row in zip(self.genes, self.mixture.lengths, self.mixture.signatures)]
        self.write("sig.tsv", ["gene", "Length", *self.mixture.types], rows)
        self.right("bulk.tsv", info="genes.tsv", notes="sig.tsv: column 'Length' is no sample")
        done = self.run_unmix(*self.command("--signature-columns", "all", output="all/"))
        self.assertIn("4 types", done.stderr)

    def test_reference_with_types_in_its_header(self):
        rows = [[gene, *(value * part for part in (0.5, 1.5) for value in row)]
                for gene, row in zip(self.genes, self.mixture.signatures)]
        self.write("ref.txt", ["GeneSymbol", *self.mixture.types, *self.mixture.types], rows)
        done = self.run_unmix(*self.command("--force", signatures="ref.txt", output="out/"))
        self.assertIn("ref.txt: its 6 columns have 3 names", done.stderr)
        self.deconvolve("--force", output="plain/")
        self.assertEqual(*(read_table(self.folder / name / "proportions.tsv").keys() for name in ("out", "plain")))
        self.write("twice.tsv", ["gene", "S1", "S1"], [[gene, *counts[:2]] for gene, _, counts in self.rows])
        self.deconvolve_refused("names column 'S1' twice", bulk="twice.tsv")

    def test_separators(self):
        rows = zip_rows(self.genes, self.counts)
        self.write("semicolons.csv", ["gene", *self.mixture.samples], rows, separator=";")
        self.right("semicolons.csv", info="genes.tsv")
        commas = [[gene, *(f"{value},{value % 10}" for value in row)] for gene, row in zip(self.genes, self.counts)]
        self.write("commas.csv", ["gene", *self.mixture.samples], commas, separator=";")
        self.right("commas.csv", info="genes.tsv", notes="commas.csv: numbers are read with decimal commas")

    def test_thousands(self):
        rows = [[gene, counts[0], f'"{counts[1]:,}"', *counts[2:]] for gene, _, counts in self.rows]
        self.write("thousands.tsv", ["gene", *self.mixture.samples], rows)
        self.deconvolve_refused(["line 2, column 'sample1'", "thousands separators"], "-q", bulk="thousands.tsv")

    def test_dates(self):
        """Two symbols became dates: one can be told, the other may be two genes and is left out, and neither is added up."""
        names = [*self.genes[:-3], "SEPTIN9", "MARCHF1", "MARCHF5"]
        write_table(self.folder / "sig.tsv", ["gene", *self.mixture.types], zip_rows(names, self.mixture.signatures))
        write_table(self.folder / "genes.tsv", ["gene", "length"], zip(names, self.mixture.lengths))
        dated = [*self.genes[:-3], "9-Sep", "1-Mar", "Mar-05"]
        self.write("dates.tsv", ["gene", *self.mixture.samples], zip_rows(dated, self.counts))
        self.right("dates.tsv", info="genes.tsv", within=0.02, notes=[  # a gene left out changes the columns' sums
            "dates.tsv: 2 names of genes are dates made by a spreadsheet, read as the genes they were: 9-Sep SEPTIN9, Mar-05 "
            "MARCHF5", "are left out: 1-Mar (MARCHF1 or MTARC1)", f"{len(names) - 1} genes in common"])
        self.write("twice.tsv", ["gene", *self.mixture.samples], zip_rows([*dated[:-2], "9-Sep", "Mar-05"], self.counts))
        done = self.right("twice.tsv", "--duplicates", "sum", info="genes.tsv", within=0.05,
                          notes="are left out: 9-Sep (SEPTIN9), 9-Sep (SEPTIN9)")
        self.assertIn(f"{len(names) - 2} genes in common", done.stderr)

    def test_dates_with_identifiers_beside(self):
        """The gene table knows which of two genes the date was."""
        names = [*self.genes[:-3], "SEPTIN9", "MARCHF1", "MTARC1"]
        ids = [f"ENSG{i:011}" for i in range(len(names))]
        write_table(self.folder / "sig.tsv", ["gene", *self.mixture.types], zip_rows(names, self.mixture.signatures))
        write_table(self.folder / "genes.tsv", ["gene", "ensembl", "length"], zip(names, ids, self.mixture.lengths))
        dated = [*self.genes[:-3], "9-Sep", "1-Mar", "1-Mar"]
        self.write("dates.tsv", ["gene", "ensembl", *self.mixture.samples], [[*row, *counts] for row, counts in zip(zip(dated, ids), self.counts)])
        for options in ([], ["--duplicates", "sum"]):
            self.right("dates.tsv", *options, info="genes.tsv", notes=["read as the genes they were: 9-Sep SEPTIN9, 1-Mar MARCHF1, "
                                                                       "1-Mar MTARC1", f"{len(names)} genes in common"])

    def test_dates_of_cells_are_not_added_up(self):
        self.write("cells.tsv", ["gene", "c1", "c2"], [["A", 1, 2], ["1-Mar", 3, 4], ["1-Mar", 5, 6]])
        self.write("labels.tsv", ["cell", "type"], [["c1", "B"], ["c2", "T"]])
        self.refused(3, "cells.tsv: gene '1-Mar' stands in line 3 and in line 4; a spreadsheet made one date of two genes", "signatures",
                     "cells.tsv", "--cells", "labels.tsv", "--groupby", "type", "--duplicates", "sum")

    def test_no_header(self):
        self.write("bare.tsv", None, zip_rows(self.genes, self.counts))
        self.deconvolve_refused(["bare.tsv: line 1 is no header", "--no-header"], bulk="bare.tsv")
        self.right("bare.tsv", "--no-header", samples=["column2", "column3", "column4", "column5"], info="genes.tsv")

    def test_standard_input(self):
        with open(self.folder / "bulk.tsv") as bulk:
            self.right("-", info="genes.tsv", stdin=bulk)
        self.write("broken.tsv", ["gene", "a"], [["G1", -1]])
        with open(self.folder / "broken.tsv") as bulk:
            self.refused(3, "standard input: line 2", *self.command(bulk="-"), stdin=bulk)


if __name__ == "__main__":
    harness.main()

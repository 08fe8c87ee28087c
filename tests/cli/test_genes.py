"""unmix genes: the table of genes from a GTF, and what becomes of it in deconvolve."""

import gzip

import harness

LINES = [("ENSG00000000001.3", "AAA", "protein_coding", 101, 600), ("ENSG00000000002.1", "BBB", "lncRNA", 1, 1000),
         ("ENSG00000000003.9", "AAA", "lncRNA", 1, 50), ("ENSG00000000004.2_PAR_Y", "DDD", "protein_coding", 1, 70)]


def gtf():
    return "#!genome-build\n" + "".join(
        f'chr1\tx\t{feature}\t{start}\t{end}\t.\t+\t.\tgene_id "{gene}"; gene_type "{kind}"; gene_name "{name}";\n'
        for gene, name, kind, start, end in LINES for feature in ("gene", "exon"))


class Genes(harness.Case):
    def test_table(self):
        path = self.folder / "genes.gtf.gz"
        path.write_bytes(gzip.compress(gtf().encode()))
        done = self.run_unmix("genes", path)
        self.assertEqual(done.stdout, "symbol\tensembl\tlength\tbiotype\n"
                                      "AAA\tENSG00000000001\t500\tprotein_coding\n"
                                      "BBB\tENSG00000000002\t1000\tlncRNA\n"
                                      "ENSG00000000003\tENSG00000000003\t50\tlncRNA\n")
        self.assertIn("3 genes", done.stderr)
        self.assertIn("1 genes of the pseudoautosomal region of Y are left out", done.stderr)
        self.assertIn("1 genes share their symbol", done.stderr)

    def test_output_is_whole_or_absent(self):
        path = self.folder / "genes.gtf"
        path.write_text(gtf() + "chr1\tx\texon\t9\t2\t.\t+\t.\tgene_id \"G\";\n")
        out = self.folder / "table.tsv"
        done = self.run_unmix("genes", path, "-o", out, status=3)
        self.assertIn(f"line {2 * len(LINES) + 2}: the exon goes from '9' to '2'", done.stderr)
        self.assertFalse(out.exists())
        out.write_text("mine")
        path.write_text(gtf())
        self.run_unmix("genes", path, "-o", out, status=2)
        self.assertEqual(out.read_text(), "mine")
        self.run_unmix("genes", path, "-o", out, "--force")
        self.assertTrue(out.read_text().startswith("symbol\t"))
        self.run_unmix("genes", path, "-o", path, "--force", status=2)
        self.run_unmix("genes", status=2)
        self.run_unmix("genes", self.folder / "none.gtf", status=3)

    def test_lengths_reach_deconvolve(self):
        """Two genes, one type each, counts in proportion to length: equal molecules."""
        path = self.folder / "genes.gtf"
        path.write_text(gtf())
        table = self.folder / "table.tsv"
        self.run_unmix("genes", path, "-o", table, "--force")
        (self.folder / "sig.tsv").write_text("gene\tA\tB\nAAA\t1\t0\nBBB\t0\t1\n")
        (self.folder / "bulk.tsv").write_text("gene\tS\nAAA\t500\nBBB\t1000\n")
        done = self.run_unmix("deconvolve", "--signatures", self.folder / "sig.tsv", "--bulk", self.folder / "bulk.tsv",
                              "--gene-info", table, "--no-intercept", "--no-errors", "-o", f"{self.folder}/out/", "--force")
        self.assertEqual(done.returncode, 0)
        values = (self.folder / "out" / "proportions.tsv").read_text().split("\n")[1].split("\t")[1:]
        for value in values:
            self.assertAlmostEqual(float(value), 0.5, places=5)


if __name__ == "__main__":
    harness.main()

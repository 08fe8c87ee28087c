"""Names of all kinds: what is no UTF-8, what is more than a line."""

import unittest

import harness

try:
    import h5py
except ImportError:
    h5py = None


class Encoding(harness.Case):
    def setUp(self):
        super().setUp()
        text = (self.folder / "sig.tsv").read_text()
        self.utf8 = text.replace("type1", "M\u00e9gacaryocyte")
        (self.folder / "latin1.tsv").write_bytes(self.utf8.encode("latin-1"))

    def test_a_table_is_refused_with_line_and_column(self):
        self.deconvolve_refused(["latin1.tsv: line 1, column 13", "'M\\xe9gacaryocyte' is no UTF-8", "--encoding latin1"],
                                signatures="latin1.tsv")

    def test_or_converted(self):
        (self.folder / "utf8.tsv").write_text(self.utf8, encoding="utf-8")
        done = self.run_unmix(*self.command("--encoding", "latin1", signatures="latin1.tsv", output="a/"))
        self.assertIn("latin1.tsv: lines that are no UTF-8 are read as Latin-1", done.stderr)
        done = self.run_unmix(*self.command("--encoding", "latin1", signatures="utf8.tsv", output="b/"))  # as it is
        self.assertNotIn("Latin-1", done.stderr)
        self.assertIn("M\u00e9gacaryocyte", (self.folder / "a" / "proportions.tsv").read_text(encoding="utf-8"))
        self.assertEqual((self.folder / "a" / "proportions.tsv").read_bytes(),
                         (self.folder / "b" / "proportions.tsv").read_bytes())

    def test_gene_sets(self):
        (self.folder / "sets.gmt").write_bytes(b"set\tabout\tgene1\tg\xe8ne2\n")
        self.run_unmix("simulate", "--genes", "50", "--types", "2", "--samples", "40", "--format", "h5ad", "-o", "c/")
        self.refused(3, ["sets.gmt: line 1, column 18", "no UTF-8"], "score", "c/bulk.h5ad", "--gene-sets", "sets.gmt", "-o", "o.h5ad")


@unittest.skipUnless(h5py, "h5py is not installed")
class Files(harness.Case):
    def setUp(self):
        super().setUp()
        self.run_unmix("simulate", "--genes", "50", "--types", "2", "--samples", "40", "--format", "h5ad", "-o", "c/")
        self.path = self.folder / "c" / "bulk.h5ad"

    def rename(self, what, name):
        with h5py.File(self.path, "r+") as file:
            index = file[what][file[what].attrs["_index"]]
            names = [n.encode() if isinstance(n, str) else n for n in index[:]]
            names[2] = name
            where, attributes = index.name, dict(index.attrs)
            del file[where]
            made = file.create_dataset(where, data=names, dtype=h5py.string_dtype())
            for key, value in attributes.items():
                made.attrs[key] = value

    def test_latin1(self):
        self.rename("obs", b"caf\xe9")
        nmf = ("nmf", "c/bulk.h5ad", "--components", "2")
        self.refused(3, ["c/bulk.h5ad: 'obs/", "text 3: 'caf\\xe9' is no UTF-8"], *nmf, "-o", "out/")
        self.run_unmix(*nmf, "-o", "out/", "--encoding", "latin1")
        self.assertIn("caf\u00e9\t", (self.folder / "out" / "usages.tsv").read_text(encoding="utf-8"))

    def test_line_ends(self):
        self.rename("var", b"two\nlines")
        self.refused(3, ["name 3 of 'var' has a line end in it", "'two\\nlines'"], "nmf", "c/bulk.h5ad", "--components", "2",
                     "-o", "out/")


if __name__ == "__main__":
    harness.main()

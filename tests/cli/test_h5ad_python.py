"""
AnnData between unmix and the Python libraries of the field: a result opens in anndata as it is, and bulk counts written
by anndata and h5py in every encoding give the same proportions as the table of the same counts.
"""

import unittest

import harness
from harness import Case, read_table, write_table, zip_rows

try:
    import warnings

    warnings.simplefilter("ignore")
    import anndata
    import h5py
    import numpy as np
    import pandas as pd
    import scipy.sparse as sparse
except ImportError as missing:
    anndata = None
    REASON = str(missing)


def text(array):
    return np.array(list(array), dtype=object)


class Python(Case):
    def setUp(self):
        if anndata is None:
            self.skipTest(REASON)
        super().setUp()
        draw = np.random.RandomState(3)
        self.counts = draw.poisson(np.array(self.mixture.bulk) / 1e4)  # genes x samples; under 2**24: exact in float32
        self.assertLess(self.counts.max(), 2**24)
        write_table(self.folder / "bulk.tsv", ["gene", *self.mixture.samples], zip_rows(self.mixture.genes, self.counts))
        self.expected = None

    def data(self, x=None):
        obs = pd.DataFrame(index=self.mixture.samples)
        var = pd.DataFrame(index=self.mixture.genes)
        return anndata.AnnData(self.counts.T.astype("f4") if x is None else x, obs=obs, var=var)

    def same_as_table(self, path, *options):
        """Exactly: the same counts in the same order."""
        if self.expected is None:
            self.expected = self.proportions("--method", "em", output="table/")
        found = self.proportions("--method", "em", *options, bulk=path, output=f"{path.stem}/")
        self.assertEqual(found, self.expected, path.name)

    def write(self, name, data, **options):
        path = self.folder / f"{name}.h5ad"
        data.write_h5ad(path, **options)
        return path


class Bulk(Python):
    def test_types_and_layouts(self):
        layouts = {"dense": np.asarray, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}
        for layout, make in layouts.items():
            for kind in ("f4", "f8", "i4", "i8", "u4"):
                with self.subTest(layout=layout, kind=kind):
                    data = self.data(make(self.counts.T.astype(kind)))
                    self.same_as_table(self.write(f"{layout}_{kind}", data))

    def test_filters(self):
        for layout, make in (("dense", np.asarray), ("csr", sparse.csr_matrix)):
            for filter_name in ("gzip", "lzf"):
                with self.subTest(layout=layout, filter=filter_name):
                    data = self.data(make(self.counts.T.astype("f4")))
                    self.same_as_table(self.write(f"{layout}_{filter_name}", data, compression=filter_name))

    def test_layer(self):
        data = self.data(np.zeros_like(self.counts.T, dtype="f4") - 1)  # X is not to be read
        data.layers["counts"] = sparse.csr_matrix(self.counts.T)
        path = self.write("layer", data)
        self.same_as_table(path, "--layer", "counts")
        self.deconvolve_refused(["layer.h5ad", "'tpm'", "counts"], "--layer", "tpm", bulk=path)
        self.deconvolve_refused(["layer.h5ad", "'X'", "sample0", "gene0", "-1"], bulk=path)

    def test_raw(self):
        data = self.data()
        data.raw = data
        data = data[:, :5].copy()
        self.same_as_table(self.write("raw", data), "--layer", "raw")

    def test_unsorted_sparse(self):
        x = sparse.csr_matrix(self.counts.T.astype("f4"))
        for row in range(x.shape[0]):
            part = slice(x.indptr[row], x.indptr[row + 1])
            x.indices[part] = x.indices[part][::-1].copy()
            x.data[part] = x.data[part][::-1].copy()
        self.same_as_table(self.write("unsorted", self.data(x)))

    def test_index_as_nullable_strings(self):
        """What anndata writes since 0.13 with pandas 3, made by hand for older ones."""
        path = self.write("nullable", self.data())
        with h5py.File(path, "r+") as file:
            for name, names in (("obs", self.mixture.samples), ("var", self.mixture.genes)):
                del file[name]["_index"]
                group = file[name].create_group("_index")
                group.attrs["encoding-type"] = "nullable-string-array"
                group.attrs["encoding-version"] = "0.1.0"
                group.attrs["na-value"] = "NaN"
                group.create_dataset("values", data=text(names), dtype=h5py.string_dtype())
                group.create_dataset("mask", data=np.zeros(len(names), dtype=bool))
        self.same_as_table(path)

    def test_records(self):
        """obs and var as anndata wrote them before 0.7."""
        path = self.folder / "records.h5ad"
        with h5py.File(path, "w") as file:
            file["X"] = self.counts.T.astype("f4")
            for name, names in (("obs", self.mixture.samples), ("var", self.mixture.genes)):
                records = np.array([(n, i) for i, n in enumerate(names)], dtype=[("index", "S12"), ("number", "f8")])
                file[name] = records
        self.same_as_table(path)

    def test_bare_sparse_of_old(self):
        path = self.folder / "h5sparse.h5ad"
        x = sparse.csr_matrix(self.counts.T.astype("f4"))
        with h5py.File(path, "w") as file:
            group = file.create_group("X")
            group.attrs["h5sparse_format"] = b"csr"
            group.attrs["h5sparse_shape"] = np.array(x.shape)
            for part in ("data", "indices", "indptr"):
                group[part] = getattr(x, part)
            for name, names in (("obs", self.mixture.samples), ("var", self.mixture.genes)):
                file[name] = np.array([(n,) for n in names], dtype=[("index", "S12")])
        self.same_as_table(path)

    def test_unreadable_filter(self):
        """The filter is only named in the file: no chunk is written, so nothing needs it here."""
        path = self.write("zstd", self.data())
        with h5py.File(path, "r+") as file:
            del file["X"]
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((4, 30))
            plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
            space = h5py.h5s.create_simple((4, 30))
            h5py.h5d.create(file.id, b"X", h5py.h5t.IEEE_F32LE, space, plist)
        self.deconvolve_refused(["zstd.h5ad", "'X'", "zstd", "32015", "compression='gzip'"], bulk=path)

    def test_cut_off(self):
        path = self.write("whole", self.data())
        part = self.folder / "part.h5ad"
        part.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self.deconvolve_refused(["part.h5ad", "cut off"], bulk=part)


class Result(Python):
    def test_opens_in_anndata(self):
        folder = self.deconvolve("--predicted", output="out/")
        result = anndata.read_h5ad(self.deconvolve("--predicted", output="out.h5ad"))
        self.assertEqual(list(result.obs_names), self.mixture.samples)
        self.assertEqual(sorted(result.var_names), sorted(self.mixture.genes))  # sorted: the order is the run's
        self.assertIsNone(result.X)
        for name in ("proportions", "exposures"):
            table = read_table(folder / f"{name}.tsv")
            frame = result.obsm[name]
            self.assertIsInstance(frame, pd.DataFrame)
            for sample, row in table.items():
                self.assertEqual(list(frame.columns), list(row))
                self.assertEqual([float(v) for v in row.values()], list(frame.loc[sample]), name)
        metrics = read_table(folder / "metrics.tsv")
        for sample, row in metrics.items():
            self.assertEqual(float(row["gap"]), result.obs.loc[sample, "gap"])
        self.assertEqual(result.obs["converged"].dtype, bool)
        self.assertEqual(result.obs["iterations"].dtype.kind, "i")
        self.assertEqual(result.layers["predicted"].shape, (len(self.mixture.samples), len(self.mixture.genes)))
        self.assertIn("unmix", result.uns)
        self.assertTrue(all(isinstance(key, str) for key in result.uns["unmix"]))

    def test_survives_anndata(self):
        """Read and written again by anndata, a result can still be compared."""
        path = self.deconvolve(output="out.h5ad")
        again = self.write("again", anndata.read_h5ad(path))
        lines = read_table(self.run_unmix("compare", path, again).stdout)
        self.assertEqual(float(lines["all"]["rmse"]), 0.0)

    def test_types_with_a_slash(self):
        self.edit("sig.tsv", lambda rows: rows.__setitem__(0, ["gene", "Mono/Mac", "Mono_Mac", "B"]))
        path = self.deconvolve(output="out.h5ad")
        frame = anndata.read_h5ad(path).obsm["proportions"]
        self.assertEqual(frame.shape, (len(self.mixture.samples), 3))
        table = self.deconvolve(output="out/") / "proportions.tsv"
        self.assertEqual(table.read_text().splitlines()[0].split("\t")[1:], ["Mono/Mac", "Mono_Mac", "B"])
        lines = read_table(self.run_unmix("compare", path, "--truth", table).stdout)
        self.assertEqual(float(lines["Mono/Mac"]["rmse"]), 0.0)

    def test_same_bytes(self):
        self.assert_same_result(self.deconvolve(output="a.h5ad"), self.deconvolve(output="b.h5ad"))


if __name__ == "__main__":
    harness.main()

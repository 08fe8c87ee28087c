"""Sets with measured truth: which files, which options, which family; and how their tables are read."""

import csv
import gzip
import io
import pathlib
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Set:
    """A bulk with known composition and signatures from elsewhere. Sets of one family share samples or a laboratory."""

    name: str
    family: str
    signatures: pathlib.Path
    bulk: pathlib.Path
    truth: pathlib.Path
    sizes: bool = False  # the sums of the columns are contents of RNA, or one common unit
    options: list = field(default_factory=list)
    reference: list = None  # options that stand instead of --signatures for methods that need cells
    only_reference: bool = False  # all methods take the reference
    left_out: set = field(default_factory=set)  # samples that made the signatures
    donors: pathlib.Path = None  # counts of the signatures' donors, columns TYPE/DONOR


@dataclass
class Table:
    rows: list
    columns: list
    values: np.ndarray


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return text in ("", "NA")
    return True


def read_table(path):
    """Names of the rows (the first column), of the columns of numbers, and these."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt") as stream:
        text = stream.read()
    separator = "\t" if "\t" in text.split("\n")[0] else ","
    lines = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    head, body = lines[0], lines[1:]
    head = head[1:] if len(head) == len(body[0]) else head
    kept = [j for j in range(len(head)) if all(_is_number(row[j + 1]) for row in body[:50])]
    values = np.array([[float(row[j + 1]) if row[j + 1] not in ("", "NA") else np.nan for j in kept] for row in body])
    return Table([row[0] for row in body], [head[j] for j in kept], values)


def write_table(path, first, table):
    with open(path, "w") as stream:
        stream.write("\t".join([first, *table.columns]) + "\n")
        for name, row in zip(table.rows, table.values):
            stream.write("\t".join([name, *(repr(float(value)) for value in row)]) + "\n")
    return path


# Columns of tables of signatures that are no types.
NO_TYPE = {"p_val", "Length", "length"}


@dataclass
class Problem:
    """A set in numpy: genes in common, signatures scaled to sum 1, counts, truth of the samples and types in both."""

    genes: list
    types: list
    samples: list
    S: np.ndarray       # genes x types, columns of sum 1
    sums: np.ndarray    # of the columns over the genes in common; 1 where they say nothing
    k: np.ndarray       # genes x samples
    truth: np.ndarray   # samples x types, NaN where not measured
    donors: dict = field(default_factory=dict)  # type -> genes x donors, as counted


def load(given):
    signatures, bulk, truth = (read_table(path) for path in (given.signatures, given.bulk, given.truth))
    place = {gene: i for i, gene in enumerate(bulk.rows)}
    common = [i for i, gene in enumerate(signatures.rows) if gene in place]
    types = [j for j, name in enumerate(signatures.columns) if name not in NO_TYPE]
    samples = [j for j, name in enumerate(bulk.columns) if name in set(truth.rows) - given.left_out]
    S = signatures.values[np.ix_(common, types)]
    k = bulk.values[np.ix_([place[signatures.rows[i]] for i in common], samples)]
    names = [signatures.columns[j] for j in types]
    P = np.full((len(samples), len(types)), np.nan)
    for n, j in enumerate(samples):
        row = truth.values[truth.rows.index(bulk.columns[j])]
        for t, name in enumerate(names):
            if name in truth.columns:
                P[n, t] = row[truth.columns.index(name)]
    genes = [signatures.rows[i] for i in common]
    sums = S.sum(0) if given.sizes else np.ones(len(types))
    return Problem(genes, names, [bulk.columns[j] for j in samples], S / S.sum(0), sums, k, P, _donors(given, genes))


def _donors(given, genes):
    if not given.donors:
        return {}
    table = read_table(given.donors)
    place = {gene: i for i, gene in enumerate(table.rows)}
    rows = [place[gene] for gene in genes]
    found = {}
    for j, name in enumerate(table.columns):
        found.setdefault(name.split("/")[0], []).append(table.values[rows, j])
    return {name: np.array(columns).T for name, columns in found.items()}


def _blood(data, scratch):
    """Mixtures of sorted blood; the same with the two donors of each type as the reference."""
    folder, counts = data / "corces_pseudomix", data / "corces_GSE74246" / "GSE74246_RNAseq_All_Counts.txt.gz"
    files = [folder / name for name in ("signature_counts_13types.tsv.gz", "counts.tsv.gz", "truth.tsv")]
    with open(folder / "donor_split.tsv") as stream:
        split = [row for row in csv.DictReader(stream, delimiter="\t") if row["role"] == "signature"]
    table = read_table(counts)
    samples = [row["sample"] for row in split]
    values = table.values[:, [table.columns.index(sample) for sample in samples]]
    names = [f"{row['celltype']}/{row['sample'].split('-')[0]}" for row in split]
    reference = write_table(scratch / "blood.tsv", "gene", Table(table.rows, samples, values))
    donors = write_table(scratch / "donors.tsv", "gene", Table(table.rows, names, values))
    labels = scratch / "blood_labels.tsv"
    labels.write_text("sample\tcelltype\tdonor\n" + "".join(
        "\t".join([sample, *name.split("/")]) + "\n" for sample, name in zip(samples, names)))
    cells = ["--reference", reference, "--cells", labels, "--groupby", "celltype", "--subject", "donor"]
    yield Set("corces_pseudomix", "corces", *files, reference=cells, donors=donors)
    yield Set("corces_pseudomix, donors", "corces", *files, reference=cells, only_reference=True, donors=donors)


def _wells(data, scratch):
    """Wells of RNA of three cell lines, with cells of another protocol, pure wells, and the faintest of these."""
    folder = data / "sc_mixology"
    wells, truth = folder / "RNAmix_celseq2.count.csv.gz", folder / "RNAmix_celseq2.truth.tsv"
    cells = ["--reference", folder / "sc_dropseq.count.csv.gz", "--cells", folder / "sc_dropseq.metadata.csv.gz",
             "--groupby", "cell_line"]
    drops, pure = folder / "sc_dropseq.pseudobulk_by_line.tsv.gz", folder / "RNAmix_celseq2.pure_signature.tsv.gz"
    yield Set("wells, Drop-seq cells", "sc_mixology", drops, wells, truth, reference=cells)
    yield Set("wells, pure wells", "sc_mixology", pure, wells, truth)
    table, known = read_table(wells), read_table(truth)
    lines, amount = known.columns[:3], known.columns.index("mRNA_pg")
    faint, used = np.zeros((len(table.rows), 3)), set()
    for name, row in zip(known.rows, known.values):
        if row[:3].max() == 1 and row[amount] == known.values[:, amount].min():
            faint[:, row[:3].argmax()] += table.values[:, table.columns.index(name)]
            used.add(name)
    signatures = write_table(scratch / "faint.tsv", "gene", Table(table.rows, lines, faint))
    yield Set("wells, pure wells of 3.75 pg", "sc_mixology", signatures, wells, truth, left_out=used)


def _tissues(data, scratch):
    """Tissues, with signatures of which one table has a column of p values, and liver and kidney."""
    folder = data / "deconrnaseq_mixtures"
    bulk, truth = folder / "multi_tissue_bulk_rpkm.tsv.gz", folder / "multi_tissue_truth.tsv"
    few = folder / "multi_tissue_signature_rpkm_1570.tsv"
    table = read_table(folder / "multi_tissue_signature_rpkm_all.tsv.gz")
    types = [j for j, name in enumerate(table.columns) if name not in NO_TYPE]
    many = write_table(scratch / "tissues_all.tsv", "transcript",
                       Table(table.rows, [table.columns[j] for j in types], table.values[:, types]))
    yield Set("tissues, 1,570 transcripts", "deconrnaseq", few, bulk, truth, True)
    yield Set("tissues, all", "deconrnaseq", many, bulk, truth, True)
    yield Set("liver and kidney", "deconrnaseq", folder / "liver_kidney_signature.tsv",
              folder / "liver_kidney_bulk_counts.tsv.gz", folder / "liver_kidney_truth.tsv", True)


def all_sets(data, scratch):
    """The sets of the folder of data that are there."""
    found = []
    if (data / "corces_pseudomix").is_dir() and (data / "corces_GSE74246").is_dir():
        found += _blood(data, scratch)
    if (data / "sc_mixology").is_dir():
        found += _wells(data, scratch)
    folder = data / "pbmc_GSE107011_ABIS"
    if folder.is_dir():
        found.append(Set("ABIS", "ABIS", folder / "signature_abis_rnaseq_17types.tsv",
                         folder / "tpm_abis_17487.tsv.gz", folder / "truth.tsv", True))
    if (data / "deconrnaseq_mixtures").is_dir():
        found += _tissues(data, scratch)
    folder = data / "cdseq_synthetic"
    if folder.is_dir():
        found.append(Set("cdseq, cell fractions", "cdseq", folder / "signature_counts.tsv", folder / "counts.tsv",
                         folder / "truth_cell_fraction.tsv", True, ["--signature-units", "reads"]))
    return found


def folder_set(folder):
    """A folder with signatures*, counts* or bulk*, truth* and perhaps genes.tsv, as 'unmix simulate' writes."""
    def one(*patterns):
        names = sorted(path for pattern in patterns for path in folder.glob(pattern))
        if not names:
            raise SystemExit(f"{folder}: no {' or '.join(patterns)}")
        return names[0]

    info = ["--gene-info", folder / "genes.tsv"] if (folder / "genes.tsv").exists() else []
    return Set(folder.name, folder.name, one("signature*.tsv*"), one("counts.*", "bulk.*"), one("truth*.tsv"),
               options=info)

"""The messages that the README explains are those that the program prints."""

import gzip
import math
import os
import pathlib
import re
import unittest

import harness

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def explained():
    """Messages in the table of Troubleshooting; '...' stands for what differs from run to run."""
    section = README.read_text().split("\n## Troubleshooting\n")[1].split("\n## ")[0]
    return re.findall(r"(?m)^\| `(.+?)` \|", section)


class Troubleshooting(harness.Case):
    def said(self, *arguments, status=3, **options):
        return self.run_unmix(*arguments, status=status, **options).stderr

    def bulk(self, change, status=3):
        """What is said about a bulk table after change(rows)."""
        original = (self.folder / "bulk.tsv").read_text()
        self.edit("bulk.tsv", change)
        text = self.said(*self.command("--force"), status=status)
        (self.folder / "bulk.tsv").write_text(original)
        (self.folder / "out.h5ad").unlink(missing_ok=True)
        return text

    def put_value(self, value):
        def change(rows):
            rows[2][1] = value
        return self.bulk(change)

    def everything(self):
        """All the mistakes of the table, one after another."""
        def rename(rows):
            for row in rows[1:]:
                row[0] = "ENSG" + row[0]

        def logarithms(rows):
            for row in rows[1:]:
                row[1:] = [f"{len(field) + 0.3:.2f}" for field in row[1:]]

        def repeat(rows):
            rows[4][0] = rows[8][0]

        def empty(rows):
            for row in rows[1:]:
                row[1] = "0"

        def commas(rows):
            for row in rows[1:]:
                row[1:] = ["1,5" for _ in row[1:]]

        def tpm(rows):
            for column in range(1, len(rows[0])):
                total = sum(float(row[column]) for row in rows[1:])
                for row in rows[1:]:
                    row[column] = repr(float(row[column]) / total * 1e6)

        no_driver = {**os.environ, "OCL_ICD_VENDORS": str(self.folder / "none")}
        yield self.said(*self.command(), status=4, env=no_driver)
        yield self.said(*self.command("--device", "of no vendor"), status=4)
        for change in (rename, logarithms, repeat, empty, commas):
            yield self.bulk(change)
        yield self.bulk(tpm, status=0)
        signatures = (self.folder / "sig.tsv").read_text()
        self.edit("sig.tsv", lambda rows: [row.__setitem__(slice(1, None), [f"{math.log2(float(x) + 1):.4f}" for x in row[1:]])
                                           for row in rows[1:]])
        yield self.said(*self.command("--force"))
        (self.folder / "sig.tsv").write_text(signatures)
        yield self.bulk(lambda rows: rows[0].append("more"))
        yield self.put_value("-1")
        yield self.put_value("NA")
        packed = gzip.compress((self.folder / "bulk.tsv").read_bytes())
        (self.folder / "cut.tsv.gz").write_bytes(packed[:len(packed) // 2])
        yield self.said(*self.command(bulk="cut.tsv.gz"))
        yield self.said(*self.command(info="truth.tsv"))
        (self.folder / "there.h5ad").write_text("")
        yield self.said(*self.command(output="there.h5ad"), status=2)
        yield self.said(*self.command(output="result.txt"), status=2)
        yield self.said(*self.command("--method", "em", "--max-iterations", "1", output="early/"), status=0)
        yield self.said(*self.command("--intervals", "reference", output="warned/"), status=0)
        self.edit("sig.tsv", lambda rows: [row.append("twin" if row is rows[0] else row[-1]) for row in rows])
        yield self.said(*self.command(output="twins/"), status=0)

    def test_messages(self):
        said = "\n".join(self.everything())
        messages = explained()
        self.assertGreater(len(messages), 10)
        for message in messages:
            with self.subTest(message=message):
                self.assertRegex(said, ".*".join(map(re.escape, message.split(" ... "))))


if __name__ == "__main__":
    harness.main()

"""Manual pages and completions: they name what the program takes, and the shells and formatters accept them."""

import re
import shutil
import subprocess
import unittest

import harness


def names_in_help(text):
    """Long options of a help text: those that start a line of the list."""
    return set(re.findall(r"(?m)^  (?:-\w, )?--([A-Za-z0-9-]+)", text))


def unescape(text):
    """The characters that a manual page is made of."""
    for escape, character in ((r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\(ha", "^"), (r"\(ti", "~"),
                              (r"\(ga", "`"), (r"\fB", ""), (r"\fI", ""), (r"\fR", ""), (r"\&", ""), (r"\%", ""),
                              (r"\e", "\\")):
        text = text.replace(escape, character)
    return text


class Documents(harness.Case):
    def setUp(self):
        super().setUp()
        self.commands = self.run_unmix("help", "--commands").stdout.split()

    def page(self, *command):
        return self.run_unmix("help", "--man", *command).stdout


class Manual(Documents):
    def test_every_command_has_a_page_with_every_option(self):
        self.assertIn("deconvolve", self.commands)
        for command in self.commands:
            page = unescape(self.page(command))
            text = self.run_unmix("help", command).stdout
            self.assertGreater(len(names_in_help(text)), 2)
            for name in names_in_help(text):
                self.assertRegex(page, rf"(?m)^(-\w, )?--{name}\b", command)
            # Examples stand in both, character by character.
            self.assertIn(text[text.index("\nExamples\n") + len("\nExamples\n"):], page)
            self.assertIn(f"unmix-{command} -", page)

    def test_overview_names_every_command(self):
        page = unescape(self.page())
        for command in self.commands:
            self.assertRegex(page, rf"(?m)^{command}$")
            self.assertIn(f"unmix-{command}(1)", page)

    def test_formatters_find_nothing_to_say(self):
        formatters = [command for command in (["mandoc", "-Tlint"], ["groff", "-man", "-ww", "-Tutf8"])
                      if shutil.which(command[0])]
        if not formatters:
            self.skipTest("neither mandoc nor groff is installed")
        for topic in [[], *([command] for command in self.commands)]:
            for formatter in formatters:
                done = subprocess.run(formatter, input=self.page(*topic), capture_output=True, text=True)
                said = done.stderr + (done.stdout if formatter[0] == "mandoc" else "")
                self.assertEqual((done.returncode, said), (0, ""), (topic, formatter))

    def test_refused(self):
        self.run_unmix("help", "--man", "nothing", status=2)
        self.run_unmix("help", "--nothing", status=2)


class Bash(Documents):
    def setUp(self):
        super().setUp()
        (self.folder / "completion").write_text(self.run_unmix("help", "--bash").stdout)

    def complete(self, *words):
        """What the tab key offers behind these words, of which the last is begun; as bash calls the function."""
        script = ('. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); set -- $(complete -p unmix); '
                  '[[ "$*" == "complete -F "*" unmix" ]] || exit 9; "$3"; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-uc", script, "bash", "unmix", *words], cwd=self.folder, capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(set(self.complete("")), {*self.commands, "help", "version", "--help", "--version"})
        self.assertEqual(self.complete("dec"), ["deconvolve"])
        self.assertEqual(self.complete("help", "sig"), ["signatures"])

    def test_every_option_of_every_command(self):
        for command in self.commands:
            offered = {word[2:] for word in self.complete(command, "--")}
            self.assertEqual(offered, names_in_help(self.run_unmix("help", command).stdout), command)
        self.assertEqual(self.complete("deconvolve", "--boot"), ["--bootstrap"])

    def test_choices(self):
        self.assertEqual(self.complete("deconvolve", "--method", ""), ["exact", "em", "gd", "music", "nnls"])
        self.assertEqual(self.complete("deconvolve", "--method", "e"), ["exact", "em"])
        # bash splits --method=e at the sign.
        self.assertEqual(self.complete("deconvolve", "--method", "=", "e"), ["exact", "em"])
        self.assertEqual(self.complete("deconvolve", "--method", "="), ["exact", "em", "gd", "music", "nnls"])
        self.assertEqual(self.complete("deconvolve", "--bulk", "x", "--precision", "d"), ["double"])
        self.assertEqual(self.complete("bench", "gr"), ["gram"])

    def test_files(self):
        self.assertEqual(self.complete("deconvolve", "--bulk", "bu"), ["bulk.tsv"])
        self.assertEqual(self.complete("compare", "tru"), ["truth.tsv"])
        self.assertEqual(self.complete("deconvolve", "--drop-empty", "-o", "tru"), ["truth.tsv"])
        self.assertEqual(set(self.complete("deconvolve", "--cell-size", "")), set(self.listing()))
        (self.folder / "try").mkdir()
        self.assertEqual(self.complete("simulate", "-o", "tr"), ["try"])

    def test_free_text_offers_nothing(self):
        self.assertEqual(self.complete("deconvolve", "--seed", ""), [])
        self.assertEqual(self.complete("simulate", ""), [])


class Zsh(Documents):
    def test_syntax_and_options(self):
        script = self.run_unmix("help", "--zsh").stdout
        for command in self.commands:
            part = script[script.index(f"\n    {command})\n"):].split(";;")[0]
            for name in names_in_help(self.run_unmix("help", command).stdout):
                self.assertRegex(part, rf"'\*?--{name}\[", command)
        if shutil.which("zsh"):
            done = subprocess.run(["zsh", "-n"], input=script, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    harness.main()

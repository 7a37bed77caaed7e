"""What the repository may not hold, whatever the file."""
import json
import os
import re
import subprocess
import unittest

from sources import ROOT, hits, name, tracked

DATA = ("fixtures/account/requests.jsonl.gz", "fixtures/account/calls.tsv", "tests/golden/", "tests/fuzz/corpus/")
BIGGEST = 2_000_000
# Written in two parts so that this file does not hold what it forbids.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "deb.debian" + ".org", "archive.ubuntu" + ".com", "registry.npmjs" + ".org",
              "crates" + ".io", "proxy.golang" + ".org", "docker" + ".io", "repo1.maven" + ".org")


def texts():
    for path in tracked():
        if name(path).startswith(DATA):
            continue
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


class Tree(unittest.TestCase):
    def test_no_path_of_one_machine(self):
        wrong = [f"{name(p)}:{line}: {m.group(0)}" for p, text in texts()
                 for line, m in hits(r"(?<![\w.\-/}])/(work|root|home|tmp)/\w+", text)]
        self.assertEqual([], wrong)

    def test_no_registry_host(self):
        pattern = "|".join(re.escape(r) for r in REGISTRIES)
        self.assertEqual([], [f"{name(p)}:{line}: {m.group(0)}" for p, text in texts() for line, m in hits(pattern, text)])

    def test_no_big_file(self):
        self.assertEqual([], [name(p) for p in tracked() if p.stat().st_size > BIGGEST])

    def test_scripts_can_be_run(self):
        wrong = [name(p) for p in tracked() if p.suffix in ("", ".sh", ".py") and p.read_bytes()[:2] == b"#!" and not os.access(p, os.X_OK)]
        self.assertEqual([], wrong)

    def test_shell_scripts_are_clean(self):
        files = [p for p in tracked("dev", ".ci/run", "*.sh") if p.read_bytes()[:2] == b"#!"]
        p = subprocess.run(["shellcheck", *map(str, files)], capture_output=True, text=True, cwd=ROOT)
        self.assertEqual("", p.stdout + p.stderr)

    def test_json_has_no_duplicate_key(self):
        def unique(pairs):
            out = dict(pairs)
            if len(out) != len(pairs):
                keys = [k for k, _ in pairs]
                raise ValueError(f"duplicate key {next(k for k in keys if keys.count(k) > 1)!r}")
            return out
        wrong = []
        for path in tracked("*.json"):
            if name(path).startswith(DATA) or "/hostile/" in name(path):
                continue
            try:
                json.loads(path.read_text("utf-8"), object_pairs_hook=unique)
            except ValueError as e:
                wrong.append(f"{name(path)}: {e}")
        self.assertEqual([], wrong)

    def test_ci_runs_the_readmes_command(self):
        ci = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]
        self.assertIn("exec ./dev test", ci)
        readme = ROOT / "README.md"
        if readme.exists():
            self.assertIn("./dev test", readme.read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()

"""The documentation names only what exists."""
import re
import subprocess
import unittest

from sources import BUILD, ROOT, hits, name, tracked

PLACES = ("libdrift", "cli", "bindings", "fixtures", "tests", "docs", ".ci")
MADE = ("build/",)


def documents():
    return [p for p in tracked("*.md") if not name(p).startswith(("tests/golden/", "tests/fuzz/corpus/"))]


class Docs(unittest.TestCase):
    def test_links_lead_somewhere(self):
        wrong = []
        for path in documents():
            for line, m in hits(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)", path.read_text("utf-8")):
                if not (path.parent / m.group(1)).exists() and not (ROOT / m.group(1)).exists():
                    wrong.append(f"{name(path)}:{line}: {m.group(1)}")
        self.assertEqual([], wrong)

    def test_paths_exist(self):
        wrong = []
        for path in documents():
            for line, m in hits(r"(?<![\w/.\-<@:])((?:" + "|".join(map(re.escape, PLACES)) + r")/[\w./\-]*[\w/])(?![\w*<{])", path.read_text("utf-8")):
                where = m.group(1)
                rest = path.read_text("utf-8")[m.end(1):m.end(1) + 2]
                if rest[:1] in "*<{$" and rest or re.search(r"[A-Z]{4}|aws_x", where) or (ROOT / where).exists() or (path.parent / where).exists():
                    continue
                wrong.append(f"{name(path)}:{line}: {where}")
        self.assertEqual([], wrong)

    def test_dev_commands_exist(self):
        known = set(re.findall(r"^cmd_(\w+)\(\)", (ROOT / "dev").read_text(), re.M))
        wrong = []
        for path in documents():
            for line, m in hits(r"(?<![\w./])\./dev ([a-z]+)", path.read_text("utf-8")):
                if m.group(1) not in known:
                    wrong.append(f"{name(path)}:{line}: ./dev {m.group(1)}")
        self.assertEqual([], wrong)

    def test_driftscan_commands_and_options_exist(self):
        """Looks at fenced and indented code and at `inline code`. Every command has a --help that lists its options."""
        program = BUILD / "dev/driftscan"
        self.assertTrue(program.exists(), "driftscan was not built")

        def help_of(*words):
            p = subprocess.run([program, *words, "--help"], capture_output=True, text=True, cwd=ROOT, timeout=30)
            return p.stdout + p.stderr
        main = help_of()
        texts, wrong = {}, []
        for path in documents():
            text = path.read_text("utf-8")
            for line, m in hits(r"(?m)(?:^(?: {4}|\t)(?:\$ )?|`|[|;(] |&& )driftscan((?: +[^\s`|;&#)<>]+)+)", text):
                words = m.group(1).split()
                command = words[0] if re.fullmatch(r"[a-z]+", words[0]) else ""
                if command and not re.search(r"(?m)^\s+" + command + r"\b", main):
                    wrong.append(f"{name(path)}:{line}: driftscan {command}")
                    continue
                if command not in texts:
                    texts[command] = help_of(*([command] if command else []))
                for option in re.findall(r"--[a-z][a-z-]+", m.group(1)):
                    if not re.search(re.escape(option) + r"\b", texts[command] + main):
                        wrong.append(f"{name(path)}:{line}: driftscan {command} {option}")
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

"""Who may include whom: left to right along the data flow, and the CLI only what users of the library get."""
import re
import unittest

from sources import MODULES, ROOT, hits, name, tracked, without_comments

# One seam for each outside library.
THIRD_PARTY = {"curl": ("aws",), "expat": ("aws",), "zlib": ("base",), "openssl": ("base", "aws"), "cjson": ()}
APART = {"state": ("live",), "live": ("state",)}
DATA_ONLY = ("diff", "imports", "policy", "report")
FORBIDDEN_TO_DATA = ("aws", "state", "live")


def includes(path):
    return [(line, m.group(1)) for line, m in hits(r'(?m)^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]', path.read_text("utf-8"))]


def module_of(path):
    parts = path.relative_to(ROOT / "libdrift").parts
    return parts[0]


class Layering(unittest.TestCase):
    def test_modules_include_only_what_stands_before_them(self):
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h"):
            own = module_of(path)
            if own not in MODULES:
                continue
            for line, what in includes(path):
                first = what.split("/")[0]
                if first not in MODULES or "/" not in what:
                    continue
                if MODULES.index(first) > MODULES.index(own):
                    wrong.append(f"{name(path)}:{line}: {own} includes {what}, which stands after it")
                if first in APART.get(own, ()):
                    wrong.append(f"{name(path)}:{line}: {own} and {first} do not know each other")
                if own in DATA_ONLY and first in FORBIDDEN_TO_DATA:
                    wrong.append(f"{name(path)}:{line}: {own} works on data and may not include {what}")
        self.assertEqual([], wrong)

    def test_third_party_headers_have_one_seam(self):
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h", "cli/*.c", "cli/*.h"):
            own = module_of(path) if path.is_relative_to(ROOT / "libdrift") else "cli"
            for line, what in includes(path):
                library = re.split(r"[/.]", what)[0]
                if library in THIRD_PARTY and own not in THIRD_PARTY[library]:
                    wrong.append(f"{name(path)}:{line}: {what} is wrapped by {' and '.join(THIRD_PARTY[library]) or 'nobody'}")
        self.assertEqual([], wrong)

    def test_public_headers_are_self_contained(self):
        wrong = []
        for path in tracked("libdrift/include/drift/*.h"):
            for line, what in includes(path):
                if not what.startswith("drift/") and not re.fullmatch(r"std(bool|def|int|arg|io)\.h|time\.h", what):
                    wrong.append(f"{name(path)}:{line}: {what}")
        self.assertEqual([], wrong)

    def test_the_cli_uses_only_the_public_api(self):
        wrong = []
        for path in tracked("cli/*.c", "cli/*.h"):
            for line, what in includes(path):
                if what.split("/")[0] in MODULES:
                    wrong.append(f"{name(path)}:{line}: {what} is internal")
            for line, m in hits(r"\bdrift__\w+", without_comments(path.read_text("utf-8"))):
                wrong.append(f"{name(path)}:{line}: {m.group(0)} is internal")
        self.assertEqual([], wrong)

    def test_no_resource_type_in_c_code(self):
        types = {path.stem for path in tracked("libdrift/catalogue/types/*.json")}
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h", "cli/*.c"):
            for line, m in hits(r'"(aws_[a-z0-9_]+)"', without_comments(path.read_text("utf-8"))):
                if m.group(1) in types:
                    wrong.append(f"{name(path)}:{line}: {m.group(0)} belongs into the catalogue")
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

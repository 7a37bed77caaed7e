"""What the built library shows to the outside is what its headers promise."""
import re
import subprocess
import unittest

from sources import BUILD, tracked, without_comments


def symbols(*command):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {m.group(1) for m in re.finditer(r"^[0-9a-f]+ [TDBRVWGi] (\S+)$", out, re.M)}


def promised():
    """The names that public headers mark with DRIFT_API."""
    found = set()
    for path in tracked("libdrift/include/drift/*.h"):
        text = re.sub(r"(?m)^\s*#.*(\\\n.*)*$", "", without_comments(path.read_text("utf-8")))
        for m in re.finditer(r"\bDRIFT_API\b([^;{]*)[;{]", text):
            names = re.findall(r"\b(drift_\w+)\s*(?:\(|\[|$)", m.group(1).strip())
            found.update(names[:1])
    return found


class Symbols(unittest.TestCase):
    def test_exported_symbols_are_the_public_api(self):
        library = BUILD / "dev/libdrift.so"
        self.assertTrue(library.exists(), "the shared library was not built")
        exported = {s.split("@")[0] for s in symbols("nm", "-D", "--defined-only", library)} - {"LIBDRIFT_0"}
        self.assertEqual([], sorted(s for s in exported if not re.fullmatch(r"drift_[a-z]\w*", s)), "leaks out")
        self.assertEqual([], sorted(exported - promised()), "exported, but in no public header")
        self.assertEqual([], sorted(promised() - exported), "in a public header, but not exported")

    def test_every_global_symbol_has_our_prefix(self):
        """Whoever links the static library gets no name into their program that is not ours."""
        names = symbols("nm", "--defined-only", "--extern-only", BUILD / "dev/libdrift.a")
        self.assertEqual([], sorted(s for s in names if not s.startswith("drift_")))


if __name__ == "__main__":
    unittest.main()

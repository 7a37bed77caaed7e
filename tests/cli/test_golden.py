"""Runs each tests/cli/<case>.sh in a scratch folder and compares with <case>.stdout, .stderr and .exit.

A missing .stdout or .stderr means that nothing may be printed there, a missing .exit means 0. The scratch folder is written
as @SCRATCH@, the repository as @ROOT@. DRIFT_UPDATE_GOLDEN=1 rewrites the expectations: review them in the diff.
Not for what needs an account: that is tests/integration.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
UPDATE = os.environ.get("DRIFT_UPDATE_GOLDEN") == "1"


def actual(script):
    with tempfile.TemporaryDirectory(prefix="drift-cli-") as scratch:
        env = {"PATH": f"{ROOT / 'build/asan'}:{os.environ['PATH']}", "HOME": scratch, "LC_ALL": "C.UTF-8", "TERM": "dumb",
               "ROOT": str(ROOT), "FIXTURES": str(ROOT / "fixtures"), "AWS_EC2_METADATA_DISABLED": "true",
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}
        p = subprocess.run(["bash", str(script)], cwd=scratch, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

        def plain(data):
            return data.decode(errors="backslashreplace").replace(scratch, "@SCRATCH@").replace(str(ROOT), "@ROOT@")
        return {".stdout": plain(p.stdout), ".stderr": plain(p.stderr), ".exit": f"{p.returncode}\n"}


def expected(script, kind):
    try:
        return script.with_suffix(kind).read_text(encoding="utf-8")
    except FileNotFoundError:
        return "0\n" if kind == ".exit" else ""


def rewrite(script, got):
    for kind, text in got.items():
        path = script.with_suffix(kind)
        if text == ("0\n" if kind == ".exit" else ""):
            path.unlink(missing_ok=True)
        else:
            path.write_text(text, encoding="utf-8")


class Golden(unittest.TestCase):
    maxDiff = None


def case(script):
    def test(self):
        got = actual(script)
        if UPDATE:
            rewrite(script, got)
        for kind in (".stderr", ".stdout", ".exit"):
            self.assertEqual(expected(script, kind), got[kind], f"{script.stem}{kind}")
    return test


for path in sorted(HERE.glob("*.sh")):
    setattr(Golden, "test_" + path.stem.replace("-", "_"), case(path))

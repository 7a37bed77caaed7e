"""A large account of resources that resemble each other: all of it is told, once, and what a resource costs in memory stays small."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from harness import PROGRAM, Server, environment

SERVER = PROGRAM.parent / "drift-fixture-server"
SIZE = 20_000
# Measured: 61 MB and 62; ten times as many take 136 and 147 MB (docs/benchmarks.md).
MOST_MB = 80
# A process starts with the peak memory of the one that it was forked from: so a small one starts what is measured.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""


class Large(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVER, "--size", SIZE)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-large-"))
        subprocess.run([SERVER, "--size", str(SIZE), "--write-state", cls.folder / "whole.tfstate"], check=True)
        whole = json.loads((cls.folder / "whole.tfstate").read_bytes())
        cls.types = {r["type"] for r in whole["resources"]}
        (cls.folder / "empty.tfstate").write_text(json.dumps({**whole, "resources": []}))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.folder)

    def scan(self, state):
        env = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1")
        with open(self.folder / "report.json", "wb") as out:
            p = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, PROGRAM, "--all", "--state", state, "-o", "json"], cwd=self.folder, env=env,
                               stdout=out, stderr=subprocess.PIPE, text=True, timeout=300)
        code, rss_kb = map(int, p.stderr.split()[-2:])
        report = json.loads((self.folder / "report.json").read_bytes())
        self.assertTrue(report["scan"]["complete"], p.stderr)
        if "ASAN_OPTIONS" not in os.environ:
            self.assertLess(rss_kb / 1024, MOST_MB)
        return code, report

    def test_all_in_sync(self):
        code, report = self.scan("whole.tfstate")
        self.assertEqual(0, code)
        self.assertEqual(SIZE, report["summary"]["in_sync"])
        stats = json.loads(urllib.request.urlopen(f"{self.server.url}/_control/stats").read())
        self.assertEqual(0, stats["bad_signatures"])

    def test_all_unmanaged(self):
        code, report = self.scan("empty.tfstate")
        self.assertEqual(2, code)
        rows = report["unmanaged"]
        self.assertEqual(SIZE, sum(r["type"] in self.types for r in rows))  # besides, buckets have settings that are resources of their own
        self.assertEqual(len(rows), len({(r["type"], r["id"]) for r in rows}))
        self.assertEqual(len(rows), len({r["address"] for r in rows}))
        for name in ("missing", "changed", "unknown", "duplicates"):
            self.assertEqual([], report[name])


if __name__ == "__main__":
    unittest.main()

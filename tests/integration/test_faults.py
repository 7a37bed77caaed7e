"""Each fault × each protocol × first, middle and last page: the scan ends in bounded time with the right verdict, and what it
could not see is unknown, never missing."""
import concurrent.futures
import json
import os
import pathlib
import queue
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

from harness import PROGRAM, Run, Server, environment

SERVER = PROGRAM.parent / "drift-fixture-server"
# One paged list for each protocol, and the type whose resources it lists.
LISTS = {"ec2": ("ec2:DescribeSecurityGroups", "aws_security_group"), "query": ("iam:ListRoles", "aws_iam_role"),
         "json": ("sqs:ListQueues", "aws_sqs_queue"), "rest-json": ("lambda:ListFunctions", "aws_lambda_function"),
         "rest-xml": ("route53:ListResourceRecordSets", "aws_route53_record")}
PAGES = ("#1", "#2", "#last")
# Faults that a retry gets over, when they come twice only.
PASSING = ("throttle", "throttle=1", "status=500", "status=503", "reset", "close", "truncate", "length", "latency=300")
# Faults that stay: the list cannot be read.
LASTING = ("denied", "malformed", "html", "status=400", "redirect", "repeat-token")
LONGEST_S = 60
WORKERS = os.cpu_count() or 1
ONLY = [a for t in sorted({t for _, t in LISTS.values()} | {"aws_route53_zone"}) for a in ("--type", t)]


SIZE, PAGE = "120", "2"


class One:
    """A server and the folder that it is scanned from."""

    def __init__(self):
        self.server = Server(SERVER, "--size", SIZE, "--page-size", PAGE)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-faults-"))
        subprocess.run([SERVER, "--size", SIZE, "--write-state", self.folder / "whole.tfstate"], check=True)

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder)

    def control(self, method, path, text=""):
        request = urllib.request.Request(f"{self.server.url}/_control/{path}", text.encode(), method=method)
        return urllib.request.urlopen(request, timeout=10).read()

    def scan(self, *rules, **env):
        """A scan under these rules, and how long it took."""
        self.control("DELETE", "faults")
        self.control("POST", "faults", "\n".join(rules))
        full = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", **env)
        start = time.monotonic()
        p = subprocess.run([PROGRAM, "--all", "--state", "whole.tfstate", "-o", "json", *ONLY], cwd=self.folder, env=full,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_S * 2)
        run = Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))
        run.took_s = time.monotonic() - start
        return run


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = queue.SimpleQueue()
        for _ in range(WORKERS):
            one = One()
            cls.addClassCleanup(one.close)
            cls.servers.put(one)

    def scan(self, *rules, **env):
        one = self.servers.get()
        try:
            return one.scan(*rules, **env)
        finally:
            self.servers.put(one)

    def matrix(self, fault, **env):
        """(protocol, page, type, operation, run) of each protocol and page, some at a time."""
        cases = [(protocol, page, typ, where) for protocol, (where, typ) in LISTS.items() for page in PAGES]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            runs = pool.map(lambda c: self.scan(f"{fault[0]}@{c[3]}{c[1]}{fault[1]}", **env), cases)
            return [(*c, run) for c, run in zip(cases, runs)]

    def no_false_finding(self, run):
        self.assertLess(run.took_s, LONGEST_S, "took too long")
        self.assertIn(run.code, (0, 2, 3), str(run))
        report = run.report
        for kind in ("missing", "unmanaged", "changed"):
            self.assertEqual([], report[kind][:3], kind)
        return report


class Healthy(Served):
    def test_the_served_account_is_in_sync(self):
        run = self.scan()
        self.no_false_finding(run)
        self.assertEqual(0, run.code, str(run))

    def test_every_signature_is_right(self):
        one = One()
        self.addCleanup(one.close)
        one.scan()
        stats = json.loads(one.control("GET", "stats"))
        self.assertEqual(0, stats["bad_signatures"], stats)
        self.assertGreater(stats["requests"], 10)


class Faults(Served):
    def passing(self, fault):
        for protocol, page, _, _, run in self.matrix((fault, "x2")):
            with self.subTest(protocol=protocol, page=page):
                self.no_false_finding(run)
                self.assertEqual(0, run.code, str(run))

    def lasting(self, fault):
        for protocol, page, typ, where, run in self.matrix((fault, ""), AWS_MAX_ATTEMPTS="2"):
            with self.subTest(protocol=protocol, page=page):
                report = self.no_false_finding(run)
                self.assertEqual(3, run.code, str(run))
                self.assertFalse(report["scan"]["complete"])
                gaps = [u for u in report["unknown"] if u["type"] == typ]
                self.assertTrue(gaps, f"{typ} is not unknown: {report['unknown'][:3]}")
                if fault == "denied":
                    self.assertIn(where, {u["action"] for u in gaps}, gaps[:3])


def add(kind, fault):
    name = fault.replace("=", "_").replace("-", "_")
    setattr(Faults, f"test_{name}_{'is_got_over' if kind == 'passing' else 'leaves_a_gap'}", lambda self: getattr(self, kind)(fault))


for one in PASSING:
    add("passing", one)
for one in LASTING:
    add("lasting", one)


class Expired(Served):
    def test_a_token_that_expires_midway_ends_the_scan(self):
        run = self.scan("expired@*")
        self.assertIn(run.code, (1, 3), str(run))
        self.assertIn("expired", (run.err + run.out).lower())


class Bodies(Served):
    """Bodies that would eat the memory of the machine."""

    def test_a_compressed_bomb_is_refused(self):
        run = self.scan("bomb=400@lambda:ListFunctions", AWS_MAX_ATTEMPTS="1")
        self.assertEqual(3, run.code, str(run))

    def test_a_huge_page_is_refused(self):
        run = self.scan("huge=80@lambda:ListFunctions", AWS_MAX_ATTEMPTS="1")
        self.assertEqual(3, run.code, str(run))


if __name__ == "__main__":
    unittest.main()

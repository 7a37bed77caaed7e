"""Each fault × each protocol × first, middle and last page: the scan ends in bounded time with the right verdict, and what it
could not see is unknown, never missing."""
import json
import pathlib
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


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVER, "--size", 400, "--page-size", 9)
        cls.addClassCleanup(cls.server.stop)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-faults-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([SERVER, "--size", "400", "--write-state", cls.folder / "whole.tfstate"], check=True)
        types = {t for _, t in LISTS.values()} | {"aws_route53_zone"}
        cls.only = [a for t in sorted(types) for a in ("--type", t)]

    def tearDown(self):
        self.control("DELETE", "")

    def control(self, method, rules):
        request = urllib.request.Request(self.server.url + "/_control/faults", rules.encode(), method=method)
        urllib.request.urlopen(request, timeout=10).read()

    def scan(self, *args, **env):
        full = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", **env)
        start = time.monotonic()
        p = subprocess.run([PROGRAM, "--all", "--state", "whole.tfstate", "-o", "json", *args], cwd=self.folder, env=full,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_S * 2)
        self.assertLess(time.monotonic() - start, LONGEST_S, "took too long")
        return Run(p.returncode, p.stdout.decode(), p.stderr.decode("utf-8", "replace"))

    def no_false_finding(self, run):
        report = run.report
        self.assertEqual([], report["missing"][:3], str(run))
        self.assertEqual([], report["unmanaged"][:3], str(run))
        self.assertEqual([], report["changed"][:3], str(run))
        return report


class Healthy(Served):
    def test_the_served_account_is_in_sync(self):
        run = self.scan(*self.only)
        self.no_false_finding(run)
        self.assertEqual(0, run.code, str(run))

    def test_every_signature_is_right(self):
        self.scan(*self.only)
        with urllib.request.urlopen(self.server.url + "/_control/stats", timeout=10) as answer:
            self.assertEqual(0, json.load(answer)["bad_signatures"])


class Faults(Served):
    def passing(self, fault):
        for protocol, (where, _) in LISTS.items():
            for page in PAGES:
                with self.subTest(protocol=protocol, page=page):
                    self.control("DELETE", "")
                    self.control("POST", f"{fault}@{where}{page}x2")
                    run = self.scan(*self.only)
                    self.no_false_finding(run)
                    self.assertEqual(0, run.code, str(run))

    def lasting(self, fault):
        for protocol, (where, typ) in LISTS.items():
            for page in PAGES:
                with self.subTest(protocol=protocol, page=page):
                    self.control("DELETE", "")
                    self.control("POST", f"{fault}@{where}{page}")
                    run = self.scan(*self.only, AWS_MAX_ATTEMPTS="2")
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
        self.control("POST", "expired@*")
        run = self.scan(*self.only)
        self.assertIn(run.code, (1, 3), str(run))
        self.assertIn("expired", (run.err + run.out).lower())


class Bodies(Served):
    """Bodies that would eat the memory of the machine."""

    def test_a_compressed_bomb_is_refused(self):
        self.control("POST", "bomb=400@lambda:ListFunctions")
        run = self.scan(*self.only, AWS_MAX_ATTEMPTS="1")
        self.assertEqual(3, run.code, str(run))

    def test_a_huge_page_is_refused(self):
        self.control("POST", "huge=80@lambda:ListFunctions")
        run = self.scan(*self.only, AWS_MAX_ATTEMPTS="1")
        self.assertEqual(3, run.code, str(run))


if __name__ == "__main__":
    unittest.main()

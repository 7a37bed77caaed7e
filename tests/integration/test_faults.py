"""Each fault × each protocol × first, middle and last page: the scan ends in bounded time with the right verdict, and what it
could not see is unknown, never missing and never there twice."""
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
SIZE, PAGE = "60", "1"  # each list of LISTS has three pages or more
# One paged list for each protocol, and the type whose resources it lists.
LISTS = {"ec2": ("ec2:DescribeSecurityGroups", "aws_security_group"), "query": ("iam:ListRoles", "aws_iam_role"),
         "json": ("logs:DescribeLogGroups", "aws_cloudwatch_log_group"), "rest-json": ("lambda:ListFunctions", "aws_lambda_function"),
         "rest-xml": ("route53:ListResourceRecordSets", "aws_route53_record")}
# JSON as well, with the errors of the protocol that it spoke before, and pages only for who asks for a number of queues.
QUEUES = {"sqs": ("sqs:ListQueues", "aws_sqs_queue")}
PAGES = ("#1", "#2", "#last")
# How often it comes before all is well again. `slow` and `hang` end an attempt after CALL_TIMEOUT.
PASSING = {"throttle": 2, "throttle=1": 1, "status=500": 2, "status=502": 1, "status=503": 2, "reset": 2, "close": 2, "truncate": 2, "length": 2,
           "length=-3": 2, "latency=300": 2, "malformed": 2, "html": 2, "empty": 2, "slow=100": 1, "hang": 1, "expired": 1, "skew": 1, "skew=-86400": 1}
# It stays: the list cannot be read.
LASTING = ("denied", "malformed", "html", "empty", "status=400", "status=500", "throttle", "reset", "close", "truncate", "length", "length=-3", "redirect",
           "redirect=301", "repeat-token", "slow=100", "hang", "expired", "skew", "bomb=65", "huge=65")
CALL_TIMEOUT = "1s"
LONGEST_S = 60
# They wait more than they work.
WORKERS = 4 * (os.cpu_count() or 1)
TYPES = sorted({t for _, t in LISTS.values()} | {"aws_route53_zone"})


class One:
    """A server and the folder that it is scanned from."""

    def __init__(self, *options):
        self.server = Server(SERVER, "--size", SIZE, "--page-size", PAGE, *options)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-faults-"))
        subprocess.run([SERVER, "--size", SIZE, "--write-state", self.folder / "whole.tfstate"], check=True)

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder)

    def control(self, method, path, text=""):
        request = urllib.request.Request(f"{self.server.url}/_control/{path}", text.encode(), method=method)
        return urllib.request.urlopen(request, timeout=10).read()

    def stats(self):
        return json.loads(self.control("GET", "stats"))

    def scan(self, *rules, types=TYPES, **env):
        """A scan under these rules, how long it took, and how often a rule was used."""
        self.control("DELETE", "faults")
        self.control("POST", "faults", "\n".join(rules))
        before = self.stats()["faults"]
        full = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", **env)
        start = time.monotonic()
        p = subprocess.run([PROGRAM, "--all", "--state", "whole.tfstate", "-o", "json", "--call-timeout", CALL_TIMEOUT,
                            *(a for t in types for a in ("--type", t))], cwd=self.folder, env=full, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=LONGEST_S * 2)
        run = Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))
        run.took_s = time.monotonic() - start
        run.fired = self.stats()["faults"] - before
        return run


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = queue.SimpleQueue()
        for _ in range(WORKERS):
            one = One()
            cls.addClassCleanup(one.close)
            cls.servers.put(one)

    def scan(self, *rules, **options):
        one = self.servers.get()
        try:
            return one.scan(*rules, **options)
        finally:
            self.servers.put(one)

    def matrix(self, fault, times="", lists=LISTS, **env):
        """(protocol, page, type, operation, run) of each protocol and page, some at a time."""
        cases = [(protocol, page, typ, where) for protocol, (where, typ) in lists.items() for page in PAGES]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            runs = pool.map(lambda c: self.scan(f"{fault}@{c[3]}{c[1]}{times}", types=sorted({c[2], "aws_route53_zone"}), **env), cases)
            return [(*c, run) for c, run in zip(cases, runs)]

    def no_false_finding(self, run):
        self.assertLess(run.took_s, LONGEST_S, "took too long")
        self.assertIn(run.code, (0, 2, 3), str(run))
        report = run.report
        for kind in ("missing", "unmanaged", "changed", "duplicates"):
            self.assertEqual([], report[kind][:3], kind)
        return report


class Healthy(Served):
    def test_the_served_account_is_in_sync(self):
        run = self.scan()
        self.no_false_finding(run)
        self.assertEqual(0, run.code, str(run))

    def test_nothing_else_is_there(self):
        run = self.scan(types=[])
        self.no_false_finding(run)
        self.assertEqual(0, run.code, str(run))

    def test_every_list_has_a_middle_page(self):
        for protocol, (where, typ) in {**LISTS, **QUEUES}.items():
            with self.subTest(protocol=protocol):
                run = self.scan(f"latency=1@{where}#3", types=[typ, "aws_route53_zone"])
                self.assertEqual((1, 0), (run.fired, run.code), str(run))

    def test_every_signature_is_right(self):
        one = One()
        self.addCleanup(one.close)
        one.scan()
        stats = one.stats()
        self.assertEqual(0, stats["bad_signatures"], stats)
        self.assertGreater(stats["requests"], 50)


class Faults(Served):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls.servers.get()
        cls.in_sync = {t: one.scan(types=sorted({t, "aws_route53_zone"})).report["summary"]["in_sync"] for _, t in (*LISTS.values(), *QUEUES.values())}
        cls.servers.put(one)

    def test_queues_too(self):
        for fault in ("throttle", "truncate", "slow=100", "hang"):
            self.passing(fault, QUEUES)
        for fault in ("denied", "malformed", "repeat-token", "hang"):
            self.lasting(fault, QUEUES)

    def passing(self, fault, lists=LISTS):
        times = PASSING[fault]
        for protocol, page, typ, _, run in self.matrix(fault, f"x{times}", lists):
            with self.subTest(protocol=protocol, page=page):
                report = self.no_false_finding(run)
                self.assertEqual(0, run.code, str(run))
                self.assertEqual(1 if fault.startswith("latency") else times, run.fired, "the fault did not happen")
                self.assertTrue(report["scan"]["complete"])
                self.assertEqual(self.in_sync[typ], report["summary"]["in_sync"], "something was lost")

    def lasting(self, fault, lists=LISTS):
        for protocol, page, typ, where, run in self.matrix(fault, lists=lists, AWS_MAX_ATTEMPTS="2"):
            with self.subTest(protocol=protocol, page=page):
                report = self.no_false_finding(run)
                self.assertGreaterEqual(run.fired, 1, "the fault did not happen")
                self.assertEqual(3, run.code, str(run))
                self.assertFalse(report["scan"]["complete"])
                gaps = [u for u in report["unknown"] if u["type"] == typ]
                self.assertTrue(gaps, f"{typ} is not unknown: {report['unknown'][:3]}")
                self.assertTrue(all(u["reason"] for u in gaps), gaps[:3])
                if fault == "denied":
                    self.assertIn(where, {u["action"] for u in gaps}, gaps[:3])


def add(kind, fault):
    name = fault.replace("=-", "_minus_").replace("=", "_").replace("-", "_")
    setattr(Faults, f"test_{name}_{'is_got_over' if kind == 'passing' else 'leaves_a_gap'}", lambda self: getattr(self, kind)(fault))


for one in PASSING:
    add("passing", one)
for one in LASTING:
    add("lasting", one)


class Everywhere(Served):
    def test_a_token_that_expires_midway_ends_the_scan(self):
        run = self.scan("expired@*")
        self.assertIn(run.code, (1, 3), str(run))
        self.assertIn("expired", (run.err + run.out).lower())

    def test_a_wrong_clock_is_corrected_and_said(self):
        for offset in ("7200", "-86400"):
            one = One("--clock-offset", offset)
            self.addCleanup(one.close)
            run = one.scan()
            self.no_false_finding(run)
            self.assertEqual(0, run.code, str(run))
            self.assertEqual(1, run.err.count("this machine's clock is"), run.err)
            self.assertLess(one.stats()["bad_signatures"], 20)

    def test_what_hangs_on_a_list_fails_as_it_did(self):
        run = self.scan("status=500@route53:ListHostedZones", AWS_MAX_ATTEMPTS="2")
        gaps = {u["type"]: u for u in run.report["unknown"]}
        for typ in ("aws_route53_zone", "aws_route53_record"):
            self.assertEqual(("AWS", None), (gaps[typ]["status"], gaps[typ]["action"]), gaps[typ])

    def test_what_to_do_is_said_once(self):
        run = self.scan("reset@iam", "reset@lambda", AWS_MAX_ATTEMPTS="1")
        self.assertGreater(len(run.report["unknown"]), 1)
        self.assertEqual(1, run.err.count("check the network"), run.err)

    def test_published_rates_are_kept(self):
        one = One()
        self.addCleanup(one.close)
        run = one.scan("rate=40/10@ec2", "rate=40/10@iam", "rate=40/10@logs", "rate=40/10@lambda", "rate=40/10@route53")
        self.assertEqual(0, run.code, str(run))
        self.no_false_finding(run)


if __name__ == "__main__":
    unittest.main()

"""--cache-ttl: a second run asks AWS for what may not be kept and for who it is; the report says so; nothing secret is on disk."""
import concurrent.futures
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


class Cache(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVER, "--size", "60", "--page-size", "4")
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-cache-"))
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run([SERVER, "--size", "60", "--write-state", self.folder / "whole.tfstate"], check=True)
        self.kept = self.folder / "xdg/driftscan"

    def scan(self, *args, **env):
        full = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1",
                           **{"XDG_CACHE_HOME": str(self.folder / "xdg"), **env})
        p = subprocess.run([PROGRAM, "--all", "--state", "whole.tfstate", "-o", "json", *args], cwd=self.folder, env=full,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        run = Run(p.returncode, p.stdout.decode(), p.stderr.decode())
        self.assertIn(run.code, (0, 2), str(run))
        return run

    def findings(self, run):
        return {k: v for k, v in run.report.items() if k not in ("scan", "states", "warnings")}

    def calls(self, run):
        return run.report["scan"]["api_calls"], run.report["scan"].get("recalled", 0)

    def test_a_second_run_takes_the_answers_of_the_first(self):
        first = self.scan("--cache-ttl", "10m")
        second = self.scan("--cache-ttl", "10m")
        asked, recalled = self.calls(first)
        self.assertEqual(0, recalled)
        self.assertEqual([], first.report["warnings"])
        self.assertEqual(self.findings(first), self.findings(second))
        again, recalled = self.calls(second)
        self.assertLess(again, asked / 4)
        self.assertGreater(recalled, asked / 3)
        self.assertRegex(second.report["warnings"][0], rf"^{recalled} answers are from the cache of earlier runs; the oldest is \d+ s old$")
        self.assertGreaterEqual(second.report["scan"]["recalled_age_ms"], 0)
        # pages and absences too
        texts = [f.read_text("utf-8") for f in self.kept.iterdir()]
        self.assertTrue(any('"code":"NoSuch' in t for t in texts))
        self.assertTrue(any(t.count('"NextToken"') > 1 for t in texts))

    def test_the_folder_is_ours_alone(self):
        self.kept.mkdir(parents=True, mode=0o755)
        self.scan("--cache-ttl", "10m")
        self.assertEqual(0o700, self.kept.stat().st_mode & 0o777)
        self.assertEqual({0o600}, {f.stat().st_mode & 0o777 for f in self.kept.iterdir()})

    def test_secrets_are_not_kept(self):
        self.scan("--cache-ttl", "10m")
        keys = [json.loads(f.read_text("utf-8").split("\n", 1)[1])["key"] for f in self.kept.iterdir()]
        self.assertTrue(any(" logs DescribeLogGroups " in k for k in keys))
        for operation in ("lambda ListFunctions", "ssm GetParameters", "sts GetCallerIdentity", "rds DescribeDBInstances"):
            self.assertFalse([k for k in keys if f" {operation} " in k], operation)
        whole = "".join(f.read_text("utf-8") for f in self.kept.iterdir())
        self.assertNotIn("fixture-secret", whole)
        self.assertNotIn("AKIAIOSFODNN7EXAMPLE", whole)

    def test_without_the_option_nothing_is_kept(self):
        self.scan()
        self.assertFalse(self.kept.exists())

    def test_other_questions_are_asked(self):
        self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        run = self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group", AWS_ENDPOINT_URL=self.server.url.replace("127.0.0.1", "localhost"))
        self.assertEqual(0, self.calls(run)[1], "another endpoint is another account")
        self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group", "--region", "eu-west-1")
        keys = [json.loads(f.read_text("utf-8").split("\n", 1)[1])["key"] for f in self.kept.iterdir()]
        self.assertEqual({"us-east-1", "eu-west-1"}, {k.split(" DescribeLogGroups ")[1].split()[0] for k in keys if " DescribeLogGroups " in k})

    def test_old_answers_are_asked_for_again(self):
        self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        time.sleep(1.1)
        run = self.scan("--cache-ttl", "1s", "--type", "aws_cloudwatch_log_group")
        self.assertEqual(0, self.calls(run)[1])
        run = self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        self.assertGreater(self.calls(run)[1], 0)

    def test_runs_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(lambda _: self.scan("--cache-ttl", "10m"), range(8)))
        self.assertEqual([""] * 8, [r.err for r in runs])
        self.assertEqual([self.findings(runs[0])] * 8, [self.findings(r) for r in runs])
        self.assertEqual({0o600}, {f.stat().st_mode & 0o777 for f in self.kept.iterdir()})
        self.assertEqual([], [f for f in self.kept.iterdir() if "." in f.name])

    def test_damaged_files_are_ignored_with_a_remark(self):
        first = self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        for n, f in enumerate(sorted(self.kept.iterdir())):
            data = f.read_bytes()
            f.write_bytes((data[:-9], b"", data.replace(b"fx-log", b"fx-gol"), b"\0" * 300)[n % 4])
        second = self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        self.assertEqual(0, self.calls(second)[1])
        self.assertEqual(self.findings(first), self.findings(second))
        self.assertIn("a kept answer is ignored", second.err)
        self.assertNotIn("ignored", self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group").err)

    def test_a_folder_that_cannot_be_had_is_no_failure(self):
        (self.folder / "xdg").write_text("a file")
        run = self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group")
        self.assertIn("answers are not kept", run.err)
        self.assertNotIn("not kept", self.scan("-q", "--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group").err)

    def test_failures_are_not_kept(self):
        request = urllib.request.Request(f"{self.server.url}/_control/faults", b"denied@logs:DescribeLogGroups\n", method="POST")
        urllib.request.urlopen(request, timeout=10).read()
        full = environment(self.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", XDG_CACHE_HOME=str(self.folder / "xdg"))
        args = [PROGRAM, "--all", "--state", "whole.tfstate", "-o", "json", "--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group"]
        p = subprocess.run(args, cwd=self.folder, env=full, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        urllib.request.urlopen(urllib.request.Request(request.full_url, method="DELETE"), timeout=10).read()
        self.assertEqual(3, p.returncode, p.stderr)
        self.assertEqual(0, self.scan("--cache-ttl", "10m", "--type", "aws_cloudwatch_log_group").code)


if __name__ == "__main__":
    unittest.main()

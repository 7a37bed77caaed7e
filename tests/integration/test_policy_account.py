"""What only the account knows: the ids that `explain` looks up, and the policies that a role has today."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import ACCOUNT, PROGRAM, REGION, Recorder, account, environment

LOG = """╷
│ Error: creating SQS Queue (prod-retainwise-emails-queue): operation error SQS: CreateQueue, https response error StatusCode: 400, RequestID: x, api error QueueAlreadyExists: exists
│ 
│   with module.q["a.b"].aws_sqs_queue.emails[0],
│   on q.tf line 1, in resource "aws_sqs_queue" "emails":
╵
"""
ROLE = "prod-retainwise-data.lake,loader"


class Account(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.recorder = Recorder(account("untouched").url)
        cls.addClassCleanup(cls.recorder.close)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-account-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copy(ACCOUNT / "prod.tfstate", cls.folder)
        (cls.folder / "log").write_text(LOG, encoding="utf-8")

    def driftscan(self, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env={**environment(self.recorder.url), "AWS_REGION": REGION, **more}, capture_output=True,
                              text=True, timeout=120)

    def test_an_id_that_the_log_lacks_is_looked_up(self):
        before = len(self.recorder.seen)
        run = self.driftscan("explain", "log")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("terraform import 'module.q[\"a.b\"].aws_sqs_queue.emails[0]' 'https://sqs.us-east-1.amazonaws.com/123456789012/prod-retainwise-emails-queue'", run.stdout)
        # of the types that the log names, nothing else
        asked = {signing for _, _, _, (_, signing), _ in self.recorder.seen[before:]}
        self.assertEqual(set(), asked - {"sqs", "sts", "tagging"})

    def test_without_credentials_it_says_what_to_run(self):
        run = self.driftscan("explain", "log", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("put the import id in for ID", run.stdout)
        self.assertIn("the account was not asked", run.stderr)

    def test_nothing_is_asked_when_nothing_is_missing(self):
        before = len(self.recorder.seen)
        (self.folder / "other").write_text("Error: Saved plan is stale\n", encoding="utf-8")
        self.assertEqual(0, self.driftscan("explain", "other").returncode)
        self.assertEqual(before, len(self.recorder.seen))

    def test_a_role_goes_by_its_name_and_its_arns(self):
        seen = set()
        for name in (ROLE, f"arn:aws:iam::123456789012:role/jobs/{ROLE}", f"arn:aws:sts::123456789012:assumed-role/{ROLE}/session"):
            run = self.driftscan("policy", "--quiet", "--state", "prod.tfstate", "--diff", name, "-o", "json")
            self.assertEqual(2, run.returncode, run.stderr)
            seen.add(run.stdout)
        self.assertEqual(1, len(seen))
        self.assertTrue(json.loads(seen.pop())["too_little"])

    def test_what_is_no_role_is_said(self):
        for name in ("arn:aws:iam::123456789012:user/x", "jobs/ci", "missing.json", ""):
            run = self.driftscan("policy", "--quiet", "--state", "prod.tfstate", "--diff", name)
            self.assertEqual(1, run.returncode)
            self.assertIn("a role goes by its name or its ARN", run.stderr)


if __name__ == "__main__":
    unittest.main()

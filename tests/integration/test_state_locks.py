"""Who holds the lock, whether it looks stale, what is wrong with the digest; a scan that waits; a state that moves while we look."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import PROGRAM, Run, environment
from state_servers import Aws, state

ID = "0d1c2b3a-1111-2222-3333-444455556666"
EMPTY_LIVE = {"format_version": "1.0", "side": "live", "resources": [], "gaps": [], "meta": {"complete": True, "listed": {}}}


def info(age_s, operation="OperationTypeApply", who="ann@laptop", **more):
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - age_s)) + ".123456789Z"
    return json.dumps({"ID": ID, "Operation": operation, "Info": "", "Who": who, "Version": "1.11.4", "Created": when, "Path": "b/k", **more})


class Locks(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-locks-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.aws = Aws()
        self.addCleanup(self.aws.close)
        self.now = int(time.time())

    def driftscan(self, *args, **env):
        p = subprocess.run([str(PROGRAM), *map(str, args)], cwd=self.folder, env={**environment(self.aws.url), "AWS_REGION": "eu-west-1", **env},
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        return Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))

    def lock(self, source="s3://b/k?dynamodb_table=locks", code=2):
        run = self.driftscan("lock", "--state", source, "-o", "json")
        self.assertEqual(code, run.code, run)
        return json.loads(run.out)

    def test_both_kinds_are_looked_at_always(self):
        self.aws.put("b", "k", state(1), time=self.now - 9000)
        self.assertEqual([False, []], [self.lock(code=0)[x] for x in ("held", "locks")])
        self.aws.lock_item("b/k", info(60))
        self.assertEqual(["dynamodb"], [x["kind"] for x in self.lock()["locks"]])
        self.aws.put("b", "k.tflock", info(60).encode(), time=self.now - 60)
        self.assertEqual(["s3", "dynamodb"], [x["kind"] for x in self.lock()["locks"]])
        del self.aws.items[("locks", "b/k")]
        self.assertEqual(["s3"], [x["kind"] for x in self.lock()["locks"]])

    def test_fresh_and_stale_with_evidence(self):
        rows = (  # age, operation, who, state written s ago, verdict, words
            (60, "OperationTypeApply", "ann@laptop", 9000, "fresh", ["held for 6", " seconds; terraform apply usually ends within 2 hours"]),
            (3 * 3600 + 60, "OperationTypeApply", "ann@laptop", 9000 + 3 * 3600, "probably stale", ["held for 3 hours", "was not written since"]),
            (3 * 3600, "OperationTypeApply", "ann@laptop", 30, "fresh", ["the run is alive"]),
            (3 * 86400 + 60, "OperationTypeApply", "runner@fv-az1-2", 2 * 86400 + 60, "probably stale", ["not for 2 days since", "GitHub-hosted", "the machine is gone"]),
            (3600, "state-mv", "root@0123456789ab", 9000, "probably stale", ["terraform state mv", "a container"]),
            (60, "OperationTypeInvalid", "jenkins@ci-7", 9000, "fresh", ["terraform import or console", "CI runner"]),
            (-600, "OperationTypePlan", "ann@laptop", 9000, "fresh", ["in the future: clocks differ"]))
        for age, operation, who, written, verdict, words in rows:
            with self.subTest(f"{operation} {age}"):
                self.aws.objects.clear()
                self.aws.put("b", "k", state(1), time=self.now - written)
                self.aws.lock_item("b/k", info(age, operation, who))
                lock = self.lock()["locks"][0]
                self.assertEqual(verdict, lock["verdict"], lock)
                for word in words:
                    self.assertIn(word, " ".join(lock["evidence"]))
                self.assertEqual((ID, who, "1.11.4", "b/k"), tuple(lock[x] for x in ("id", "who", "terraform_version", "path")))
                self.assertEqual(f"terraform force-unlock {ID}", lock["unlock"])

    def test_the_servers_clock_counts_for_a_lock_file(self):
        self.aws.put("b", "k", state(1), time=self.now - 9000)
        self.aws.put("b", "k.tflock", info(-86400).encode(), time=self.now - 60)
        lock = self.lock("s3://b/k?use_lockfile=1")["locks"][0]
        self.assertEqual("fresh", lock["verdict"])
        self.assertTrue(55 <= lock["age_s"] <= 120, lock)

    def test_the_command_names_the_workspace(self):
        (self.folder / ".terraform").mkdir()
        (self.folder / ".terraform/terraform.tfstate").write_text(json.dumps({"version": 3, "backend": {"type": "s3", "config": {
            "bucket": "b", "key": "k", "region": "eu-west-1", "dynamodb_table": "locks"}}}))
        self.aws.put("b", "env:/it's dev/k", state(1))
        self.aws.lock_item("b/env:/it's dev/k", info(60))
        run = self.driftscan("lock", TF_WORKSPACE="it's dev")
        self.assertIn(f"TF_WORKSPACE='it'\\''s dev' terraform force-unlock {ID}", run.out)

    def test_the_workspace_shows_in_the_key(self):
        self.aws.put("b", "env:/dev/a/k", state(1))
        self.aws.lock_item("b/env:/dev/a/k", info(60))
        self.assertEqual(f"TF_WORKSPACE=dev terraform force-unlock {ID}", self.lock("s3://b/env:/dev/a/k?dynamodb_table=locks")["locks"][0]["unlock"])

    def test_a_key_without_an_object_is_said(self):
        found = self.lock("s3://b/kk?dynamodb_table=locks", code=0)
        self.assertEqual((False, ["there is no object s3://b/kk: either nothing was applied yet, or the key is another one"]), (found["held"], found["problems"]))

    def test_a_digest_that_differs_has_its_repair(self):
        old, new = state(4, ["x", "y"]), state(5, ["x"])
        self.aws.put("b", "k", old, time=self.now - 500)
        self.aws.put("b", "k", new, time=self.now - 400)
        self.aws.digest_item("b/k", hashlib.md5(new).hexdigest().upper())
        self.assertEqual("matches", self.lock(code=0)["digest"]["state"])
        self.aws.digest_item("b/k", hashlib.md5(old).hexdigest())
        digest = self.lock("s3://b/k?region=eu-west-1&dynamodb_table=locks")["digest"]
        self.assertEqual(("differs", hashlib.md5(old).hexdigest(), hashlib.md5(new).hexdigest()), (digest["state"], digest["expected"], digest["actual"]))
        steps = "\n".join(digest["repair"])
        self.assertIn("--copy-source 'b/k?versionId=v1'", steps)
        self.assertIn("aws dynamodb update-item --table-name locks --region eu-west-1 --key '{\"LockID\": {\"S\": \"b/k-md5\"}}'", steps)
        self.assertIn(hashlib.md5(new).hexdigest(), steps)
        self.aws.kms = True
        steps = "\n".join(self.lock(f"s3://b/k?endpoint={self.aws.url}&dynamodb_table=locks")["digest"]["repair"])
        self.assertIn(f"--endpoint-url {self.aws.url} --copy-source 'b/k?versionId=v1'", steps)
        self.aws.digest_item("b/k", "not a digest")
        self.assertEqual("malformed", self.lock(code=0)["digest"]["state"])

    def test_a_digest_of_a_state_that_is_gone(self):
        self.aws.put("b", "k", state(4), time=self.now - 500)
        self.aws.digest_item("b/k", hashlib.md5(state(4)).hexdigest())
        self.aws.put("b", "k", b"", deleted=True)
        digest = self.lock()["digest"]
        self.assertEqual(("differs", None), (digest["state"], digest["actual"]))
        steps = "\n".join(digest["repair"])
        self.assertIn("delete-object --bucket b --key k", steps)
        self.assertIn("--version-id v2", steps)
        self.assertIn("aws dynamodb delete-item", steps)

    def test_what_cannot_be_looked_at_is_said_and_not_fatal(self):
        self.aws.put("b", "k", state(1))
        run = self.lock("s3://b/k?dynamodb_table=none", code=3)
        self.assertIsNone(run["held"])
        self.assertIn("the lock table none does not exist", run["problems"][0])
        self.aws.faults = {"GetItem": ("AccessDeniedException", 400)}
        self.assertIn("dynamodb:GetItem", self.lock(code=3)["problems"][0])
        self.aws.faults = {"/b/k.tflock": ("AccessDenied", 403)}
        self.assertIn("s3:ListBucket", " ".join(self.lock(code=0)["problems"]))
        self.assertIsNone(self.lock("s3://b/k?use_lockfile=1", code=3)["held"])
        self.aws.faults = {"/b/k": ("AccessDenied", 403)}
        self.aws.lock_item("b/k", info(60))
        self.assertEqual("fresh", self.lock()["locks"][0]["verdict"])
        self.assertIn("when the state was written is not known", " ".join(self.lock()["problems"]))

    def test_info_that_cannot_be_read(self):
        self.aws.put("b", "k", state(1))
        for text, words in (("", "it is empty"), ("{", "it is not JSON"), ("[1]", "it is no JSON object")):
            with self.subTest(text):
                self.aws.lock_item("b/k", text)
                found = self.lock()
                self.assertTrue(found["held"])
                self.assertEqual(("unknown", words), (found["locks"][0]["verdict"], found["locks"][0]["malformed"]))
                self.assertIn("delete it by hand", " ".join(found["problems"]))
                self.assertEqual("aws dynamodb delete-item --table-name locks --key '{\"LockID\": {\"S\": \"b/k\"}}'", found["locks"][0]["unlock"])
        self.aws.put("b", "k.tflock", b"x")
        self.assertIn("if nobody runs it any more: aws s3api delete-object --bucket b --key k.tflock\n", self.driftscan("lock", "--state", "s3://b/k").out)
        del self.aws.objects["b", "k.tflock"]
        self.aws.items[("locks", "b/k")] = {"LockID": {"S": "b/k"}}
        self.assertEqual("it is empty", self.lock()["locks"][0]["malformed"])
        self.aws.lock_item("b/k", json.dumps({"ID": "x; rm -rf /", "Who": "\x1b[2Jann", "Operation": "brew-coffee", "Created": "yesterday"}))
        run = self.driftscan("lock", "--state", "s3://b/k?dynamodb_table=locks")
        self.assertIn("terraform force-unlock 'x; rm -rf /'", run.out)
        self.assertIn("an operation that is not known brew-coffee", run.out)
        self.assertIn("does not say when it was taken", run.out)
        self.assertNotIn("\x1b", run.out)

    def test_local_locks_know_their_process(self):
        path = self.folder / "terraform.tfstate"
        path.write_bytes(state(1))
        (self.folder / ".terraform.tfstate.lock.info").write_text(info(60))
        run = self.driftscan("lock", "-o", "json")
        self.assertEqual(0, run.code, run)
        self.assertEqual((False, "stale", None), (json.loads(run.out)["held"], json.loads(run.out)["locks"][0]["verdict"], json.loads(run.out)["locks"][0]["unlock"]))
        holder = subprocess.Popen(["python3", "-c", "import fcntl,sys,struct\nf=open(sys.argv[1],'r+')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('held',flush=True)\nsys.stdin.read()",
                                   str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(holder.stdout.close)
        self.assertEqual(b"held\n", holder.stdout.readline())
        run = self.driftscan("lock", "-o", "json")
        holder.stdin.close()
        holder.wait()
        self.assertEqual(2, run.code, run)
        self.assertIn(f"process {holder.pid} on this machine", json.loads(run.out)["locks"][0]["evidence"][0])

    def test_several_states_are_a_list(self):
        self.aws.put("b", "k", state(1))
        self.aws.put("b", "l", state(1))
        self.aws.lock_item("b/l", info(60))
        run = self.driftscan("lock", "--state", "s3://b/k?dynamodb_table=locks", "--state", "s3://b/l?dynamodb_table=locks", "-o", "json")
        self.assertEqual((2, [False, True]), (run.code, [x["held"] for x in json.loads(run.out)]))

    def test_the_command_waits(self):
        self.aws.put("b", "k", state(1))
        self.aws.lock_item("b/k", info(60))
        looks = []

        def release(method, path):
            looks.append(path)
            if len(looks) > 4:
                self.aws.items.pop(("locks", "b/k"), None)
        self.aws.before = release
        run = self.driftscan("lock", "--state", "s3://b/k?dynamodb_table=locks", "--wait-lock", "60s")
        self.assertEqual(0, run.code, run)
        self.assertIn("waiting", run.err)
        self.assertEqual(1, self.driftscan("lock", "--state", "s3://b/k", "--wait-lock", "soon").code)

    # ---- scans ----

    def scan(self, *args):
        (self.folder / "live.json").write_text(json.dumps(EMPTY_LIVE))
        run = self.driftscan("scan", "--state", "s3://b/k?dynamodb_table=locks", "-o", "json", *args)
        self.assertIn(run.code, (0, 2, 3), run)
        return run, run.report

    def test_a_scan_under_a_lock_warns(self):
        self.aws.put("b", "k", state(1))
        self.aws.lock_item("b/k", info(60))
        run, report = self.scan("--live", "live.json")
        self.assertIn("is locked (fresh)", run.err)
        self.assertTrue(report["states"][0]["lock"]["held"])
        self.assertIn("locked", " ".join(report["warnings"]))

    def test_what_is_said_of_one_of_several_states_names_it(self):
        self.aws.put("b", "k", state(1))
        self.aws.put("b", "l", state(1, ["x"]))
        self.aws.lock_item("b/l", info(60))
        self.aws.digest_item("b/l", "0" * 32)
        _, report = self.scan("--live", "live.json", "--state", "s3://b/l?dynamodb_table=locks")
        self.assertEqual(["s3://b/l: the digest in the lock table does not fit the state: Terraform refuses to read it (driftscan lock)",
                          "s3://b/l: the state is locked: it may be in the middle of being written"], sorted(report["warnings"]))
        self.assertTrue(all("s3://b/k" not in w for w in report["warnings"]))

    def test_a_scan_says_that_a_lock_could_not_be_looked_at(self):
        self.aws.put("b", "k", state(1))
        self.aws.faults = {"GetItem": ("AccessDeniedException", 400)}
        run, report = self.scan("--live", "live.json")
        self.assertIn("whether s3://b/k is locked cannot be told: the lock table locks may not be read: the credentials need dynamodb:GetItem", run.err)
        self.assertIsNone(report["states"][0]["lock"]["held"])

    def test_a_scan_waits_and_reads_the_state_anew(self):
        self.aws.put("b", "k", state(1))
        self.aws.lock_item("b/k", info(60))
        looks = []

        def release(method, path):
            looks.append((method, path))
            if method == "POST" and len(looks) > 6 and ("locks", "b/k") in self.aws.items:
                del self.aws.items[("locks", "b/k")]
                self.aws.put("b", "k", state(2))
        self.aws.before = release
        run, report = self.scan("--live", "live.json", "--wait-lock", "60s")
        self.assertEqual((2, False), (report["states"][0]["serial"], report["states"][0]["lock"]["held"]), run)

    def moving(self, change):
        """A scan of an account without anything, at whose first question change() is made."""
        done = []

        def before(method, path):
            if not done and method == "POST" and path == "/" and any(m == "POST" and "x-amz-target" not in h for m, _, h in self.aws.seen):
                done.append(True)
                change()
        self.aws.before = before
        run = self.driftscan("scan", "--state", "s3://b/k?dynamodb_table=locks", "--type", "aws_sqs_queue", "-o", "json")
        self.assertTrue(done, run)
        return run

    def test_a_state_that_moves_makes_the_scan_incomplete(self):
        rows = ((lambda: self.aws.put("b", "k", state(9, ["x"])), "moved during the scan, from serial 4 to 9"),
                (lambda: self.aws.put("b", "k", state(4, ["x"])), "from serial 4 to 4 with other content"),
                (lambda: self.aws.put("b", "k", state(4, [], lineage="other")), "its lineage differs"),
                (lambda: self.aws.put("b", "k", b"{"), "what lies there now can't be read"),
                (lambda: self.aws.put("b", "k", b"", deleted=True), "it was deleted"),
                (lambda: self.aws.lock_item("b/k", info(1)), "a lock was taken during the scan"))
        for change, words in rows:
            with self.subTest(words):
                self.aws.objects.clear()
                self.aws.items.clear()
                self.aws.seen.clear()
                self.aws.put("b", "k", state(4))
                run = self.moving(change)
                self.assertIn(run.code, (2, 3), run)
                self.assertFalse(run.report["scan"]["complete"])
                self.assertIn(words, " ".join(run.report["warnings"]))

    def test_a_state_that_stays_does_not(self):
        self.aws.put("b", "k", state(4))
        run = self.moving(lambda: None)
        self.assertNotIn("during the scan", " ".join(run.report["warnings"]))


if __name__ == "__main__":
    unittest.main()

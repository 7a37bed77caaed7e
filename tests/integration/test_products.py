"""What a scan leads to: import blocks, import script, policy, lock report."""
import hashlib
import json
import re
import subprocess
import unittest

from harness import AMBIGUOUS, BUCKET, KEY, NEVER_LISTED, TABLE, Repository, account, situations, state_url

MANAGED = {a: r["type"] for a, r, _ in situations.managed(situations.whole())}
LISTED = {a for a, t in MANAGED.items() if t not in NEVER_LISTED}


class Product(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.account = account("untouched")
        cls.repository = Repository(cls.account.url)
        cls.addClassCleanup(cls.repository.close)

    def written(self, *args, codes=(0, 2)):
        run = self.repository.driftscan(*args)
        self.assertIn(run.code, codes, str(run))
        return run.out


class Imports(Product):
    EMPTY = ("import", "--env", "prod", "--state", state_url("empty"))

    def test_blocks_have_every_address_of_the_configuration(self):
        text = self.written(*self.EMPTY, "--format", "blocks")
        to = re.findall(r"(?m)^\s*to\s*=\s*(.+?)\s*$", text)
        self.assertEqual(set(), LISTED - AMBIGUOUS - set(to))
        self.assertEqual(len(to), len(set(to)), "an address twice")
        self.assertEqual(set(), set(to) - set(MANAGED))
        self.assertEqual(len(to), len(re.findall(r"(?m)^\s*id\s*=", text)))

    def test_blocks_come_parents_first(self):
        text = self.written(*self.EMPTY, "--format", "blocks")
        order = {a: n for n, a in enumerate(re.findall(r"(?m)^\s*to\s*=\s*(.+?)\s*$", text))}
        for first, then in (("aws_vpc.main", "aws_subnet.public[0]"), ("aws_subnet.public[0]", "aws_route_table_association.public[0]"),
                            ("aws_iam_role.flow_logs", "aws_iam_role_policy.flow_logs"), ("aws_ecs_cluster.main", "aws_ecs_service.backend"),
                            ("aws_lb.main", "aws_lb_listener.https"), ("aws_route53_zone.main", "aws_route53_record.app")):
            self.assertLess(order[first], order[then], f"{first} before {then}")

    def test_the_script_is_clean_and_has_all(self):
        text = self.written(*self.EMPTY, "--format", "script")
        p = subprocess.run(["shellcheck", "-"], input=text, capture_output=True, text=True)
        self.assertEqual("", p.stdout)
        for address in ("aws_vpc.main", "aws_db_instance.main"):
            self.assertIn(address, text)

    def test_nothing_forgotten_nothing_to_import(self):
        text = self.written("import", "--env", "prod", "--format", "blocks")
        self.assertNotRegex(text, r"(?m)^import \{")


class Policies(Product):
    def actions(self, mode):
        text = self.written("policy", "--env", "prod", "--mode", mode)
        policies = json.loads(text)
        policies = policies if isinstance(policies, list) else [policies]
        self.assertTrue(policies)
        found = set()
        for p in policies:
            self.assertEqual("2012-10-17", p["Version"])
            for s in p["Statement"]:
                self.assertEqual("Allow", s["Effect"])
                found.update([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
        return found

    def test_plan_mode_only_reads(self):
        actions = self.actions("plan")
        self.assertEqual([], sorted(a for a in actions if a.endswith(":*") or "*" in a))
        writes = re.compile(r":(Create|Delete|Update|Put|Modify|Attach|Detach|Authorize|Revoke|Run|Terminate|Add|Remove|Register|Tag|Untag)")
        allowed = {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem", "s3:PutObject", "s3:DeleteObject"}  # state and its lock
        self.assertEqual([], sorted(a for a in actions if writes.search(a) and a not in allowed))

    def test_apply_mode_holds_plan_mode(self):
        apply = self.actions("apply")
        self.assertTrue(any(a.startswith("iam:CreateRole") for a in apply), sorted(apply)[:40])
        self.assertEqual([], sorted(a for a in apply if a.endswith(":*")))


class Lock(Product):
    def test_a_free_lock(self):
        out = self.written("lock", "--env", "prod", codes=(0,))
        self.assertNotIn("rig@", out)

    def test_a_held_lock_names_its_holder_and_the_way_out(self):
        info = {"ID": "0b1a0d3e-4c5f-6a7b-8c9d-0e1f2a3b4c5d", "Operation": "OperationTypeApply", "Info": "", "Who": "rig@runner-7",
                "Version": "1.5.7", "Created": "2024-01-02T03:04:05.678Z", "Path": f"{BUCKET}/{KEY}"}
        ddb = self.account.client("dynamodb")
        key = {"LockID": {"S": f"{BUCKET}/{KEY}"}}
        ddb.put_item(TableName=TABLE, Item={**key, "Info": {"S": json.dumps(info)}})
        self.addCleanup(ddb.delete_item, TableName=TABLE, Key=key)
        run = self.repository.driftscan("lock", "--env", "prod")
        for part in ("rig@runner-7", "apply", f"terraform force-unlock {info['ID']}"):
            self.assertIn(part, run.out, str(run))
        self.assertIn("Item", ddb.get_item(TableName=TABLE, Key=key), "the lock was touched")

    def test_a_wrong_digest_is_said(self):
        ddb = self.account.client("dynamodb")
        key = {"LockID": {"S": f"{BUCKET}/third/terraform.tfstate-md5"}}
        was = ddb.get_item(TableName=TABLE, Key=key)["Item"]
        ddb.put_item(TableName=TABLE, Item={**key, "Digest": {"S": "0" * 32}})
        self.addCleanup(ddb.put_item, TableName=TABLE, Item=was)
        config = self.repository.folder / ".terraform/terraform.tfstate"
        text = config.read_text()
        self.addCleanup(config.write_text, text)
        config.write_text(text.replace('"prod/terraform.tfstate"', '"third/terraform.tfstate"'))
        run = self.repository.driftscan("lock", "--env", "prod")
        self.assertIn("digest differs", run.out, str(run))
        right = hashlib.md5(situations.state_bytes("third")).hexdigest()
        self.assertIn(f"the object is {right}", run.out)
        self.assertIn(f"aws dynamodb update-item --table-name {TABLE}", run.out)
        self.assertIn(f'{{"LockID": {{"S": "{BUCKET}/third/terraform.tfstate-md5"}}}}', run.out)
        self.assertIn(f'{{":d": {{"S": "{right}"}}}}', run.out)


if __name__ == "__main__":
    unittest.main()

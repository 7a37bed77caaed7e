"""What the on-disk cache must not keep: operations whose answers may hold secrets carry `secret` in their service file."""
import json
import unittest

from sources import name, tracked

# The ones that would hurt most, whatever the models say.
SURELY = {"ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath", "secretsmanager:GetSecretValue", "lambda:ListFunctions", "lambda:GetFunction",
          "lambda:GetFunctionConfiguration", "ecs:DescribeTaskDefinition", "s3:GetObject", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity",
          "ec2:DescribeInstanceAttribute", "ec2:DescribeLaunchTemplateVersions", "rds:DescribeDBInstances", "cloudformation:GetTemplate",
          "codebuild:BatchGetProjects", "apigateway:GetApiKeys", "cognito-idp:DescribeUserPoolClient", "dms:DescribeEndpoints", "ec2:DescribeVpnConnections"}


def secrets_read(entry):
    """Secret attributes that an answer of AWS fills; passwords that AWS never returns are ignored by their entries."""
    def marked(members, above=""):
        for key, node in members.items() if isinstance(members, dict) else ():
            if isinstance(node, list) and len(node) > 1 and isinstance(node[1], str) and "S" in node[1]:
                yield above + key
            elif isinstance(node, dict):
                yield from marked(node.get("block"), f"{above}{key}.")
    rules = entry.get("attributes", {})
    for dotted in {*entry.get("secret", []), *marked(entry["schema"])}:
        steps = dotted.split(".")
        fitting = [rules[p] for p in (".".join(steps[:n]) for n in range(len(steps), 0, -1)) if p in rules]
        if fitting and not (isinstance(fitting[0], dict) and "ignore" in fitting[0]):
            yield dotted


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        services = [json.loads(p.read_text("utf-8")) for p in tracked("libdrift/catalogue/services/*.json")]
        cls.operations = {f"{s['service']}:{o}": d for s in services for o, d in s["operations"].items()}

    def test_the_worst_are_marked(self):
        self.assertEqual([], sorted(o for o in SURELY if not self.operations[o].get("secret")))

    def test_entries_that_read_secrets_ask_marked_operations(self):
        wrong, seen = [], 0
        for path in tracked("libdrift/catalogue/types/*/*.json"):
            entry = json.loads(path.read_text("utf-8"))
            read = sorted(secrets_read(entry))
            seen += bool(read)
            asked = [c for f in ("list", "lookup", "read") for v in [entry.get(f) or []] for c in (v if isinstance(v, list) else [v])]
            if read and not any(self.operations[f"{c.get('service', entry['service'])}:{c['op']}"].get("secret") for c in asked):
                wrong.append(f"{name(path)}: {read}: which operation gives them? SECRET in tests/tools/service_models.py marks it")
        self.assertEqual([], wrong)
        self.assertGreater(seen, 1)


if __name__ == "__main__":
    unittest.main()

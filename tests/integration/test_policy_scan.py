"""What driftscan itself sends, against the policy of --mode scan.

The emulator can check rights (INITIAL_NO_AUTH_ACTION_COUNT), but it compares every Resource with `*` and refuses boto3's own signatures of most REST
calls. So a proxy notes each request, botocore's models say which operation it is, and the simulator judges that with AWS's authorization data."""
import json
import re
import unittest
import urllib.parse

from harness import BUCKET, KEY, REGION, TABLE, Recorder, Repository, account
from judge import ID, actions_of, judge, operation_of


class Scan(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.recorder = Recorder(account("untouched").url)
        cls.addClassCleanup(cls.recorder.close)
        cls.repository = Repository(cls.recorder.url)
        cls.addClassCleanup(cls.repository.close)
        run = cls.repository.scan()
        assert run.code in (0, 2), run
        cls.seen = list(cls.recorder.seen)
        run = cls.repository.driftscan("policy", "--quiet", "--mode", "scan", "--env", "prod", "--account", ID, "--region", REGION)
        assert run.code == 0, run
        policies = json.loads(run.out)
        cls.policies = policies if isinstance(policies, list) else [policies]

    def exactly(self, request):
        """The objects that a request names: (resource, context); None when only its kind is known. Those of the state, buckets, objects, secrets."""
        _, path, operation, (_, signing), body = request
        if signing == "s3" and not path.startswith("/v20180820/"):
            where, _, query = path[1:].partition("?")
            where = urllib.parse.unquote(where)
            prefix = dict(urllib.parse.parse_qsl(query)).get("prefix")
            return (f"arn:aws:s3:::{where}", {"s3:prefix": prefix} if prefix else {}) if where else None
        if operation == "GetItem":
            item = json.loads(body)
            return f"arn:aws:dynamodb:{REGION}:{ID}:table/{item['TableName']}", {"dynamodb:LeadingKeys": [item["Key"]["LockID"]["S"]]}
        if operation == "GetSecretValue":
            return json.loads(body)["SecretId"], {}
        return None

    def test_a_scan_is_allowed_all_that_it_calls(self):
        samples, probes = set(), []
        for request in self.seen:
            method, path, operation, (region, signing), _ = request
            named = self.exactly(request)
            for action in actions_of(*operation_of(signing, method, path, operation)):
                if named:
                    probes.append({"action": action, "resource": named[0], "context": named[1], "allowed": True})
                else:
                    samples.add((action, region))
        self.assertGreater(len(samples), 100)
        self.assertGreater(len(probes), 10)
        verdict = judge(self.policies, samples=[{"action": a, "region": r} for a, r in sorted(samples)], probes=probes)
        self.assertEqual([], verdict["unresolved"])
        self.assertEqual([], verdict["denied"])
        self.assertEqual([], verdict["probes_wrong"])

    def test_a_scan_may_change_nothing(self):
        table = f"arn:aws:dynamodb:{REGION}:{ID}:table/{TABLE}"
        key = {"dynamodb:LeadingKeys": [f"{BUCKET}/{KEY}"]}
        probes = [{"action": "s3:PutObject", "resource": f"arn:aws:s3:::{BUCKET}/{KEY}"}, {"action": "s3:GetObject", "resource": f"arn:aws:s3:::{BUCKET}/other"},
                  {"action": "dynamodb:PutItem", "resource": table, "context": key}, {"action": "dynamodb:DeleteItem", "resource": table, "context": key},
                  {"action": "dynamodb:GetItem", "resource": table, "context": {"dynamodb:LeadingKeys": ["somebody/else"]}},
                  {"action": "iam:GetRole", "resource": "arn:aws:iam::999999999999:role/x"}, {"action": "iam:CreateRole", "resource": f"arn:aws:iam::{ID}:role/x"}]
        verdict = judge(self.policies, probes=[{"context": {}, **p, "allowed": False} for p in probes])
        self.assertEqual([], verdict["probes_wrong"])
        verbs = {a.split(":")[1] for p in self.policies for s in p["Statement"] for a in (s["Action"] if isinstance(s["Action"], list) else [s["Action"]])}
        self.assertEqual([], sorted(v for v in verbs if not re.match(r"(BatchGet|Describe|Get|List|Lookup|Search)", v) and v not in ("GET", "ViewBudget", "Select")))


if __name__ == "__main__":
    unittest.main()

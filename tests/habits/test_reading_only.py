"""Nothing that driftscan can send changes anything: every operation of every service file, and every one that C code names, reads."""
import csv
import json
import re
import unittest

from sources import ROOT, name, tracked

ACCESS = ROOT.parent / "shared/reference/iam-action-defs.tsv"
READS = re.compile(r"(BatchDescribe|BatchGet|Describe|Get|Head|List|Lookup|Search)[A-Z]")
# What reads though its name does not start with a reading verb.
ALSO = {
    "config:SelectResourceConfig": "a query over recorded configurations",
    "iam:SimulateCustomPolicy": "asks what a policy would allow",
    "iam:SimulatePrincipalPolicy": "asks what a policy would allow",
    "sts:AssumeRole": "gives keys to us, changes nothing",
    "sts:AssumeRoleWithWebIdentity": "gives keys to us, changes nothing",
}
# Reads by name, with an effect: they must never come in with a new model.
NEVER = {"ecr:GetAuthorizationToken", "sqs:ReceiveMessage", "stepfunctions:GetActivityTask", "codepipeline:GetJobDetails",
         "secretsmanager:GetRandomPassword", "dynamodb:BatchGetItem", "kinesis:GetRecords", "kinesis:GetShardIterator",
         "cognito-identity:GetId", "cognito-identity:GetCredentialsForIdentity", "sts:GetSessionToken", "sts:GetFederationToken"}
# Where requests are handed to the network: signed calls of the catalogue, and those that fetch credentials.
SENDERS = {"libdrift/aws/http.c", "libdrift/aws/call.c", "libdrift/aws/credentials.c", "libdrift/state/remote.c"}


def sources():
    return [p for p in tracked("libdrift/**.c", "libdrift/**.h", "libdrift/**.inc", "cli/**.c", "cli/**.h")]


class ReadingOnly(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.services = {p: json.loads(p.read_text("utf-8")) for p in tracked("libdrift/catalogue/services/*.json")}
        cls.operations = {f"{s['service']}:{o}": (s, d) for s in cls.services.values() for o, d in s["operations"].items()}

    def test_service_files_hold_reading_operations_only(self):
        self.assertGreater(len(self.operations), 1000)
        self.assertEqual([], [o for o in sorted(self.operations) if not READS.match(o.split(":")[1]) and o not in ALSO])
        self.assertEqual([], sorted(NEVER & set(self.operations)))
        self.assertEqual([], sorted(set(ALSO) - set(self.operations)), "not in any service file any more")

    def test_no_operation_is_sent_as_put_patch_or_delete(self):
        self.assertEqual([], [o for o, (_, d) in self.operations.items() if d.get("http", {}).get("method", "POST") not in ("GET", "HEAD", "POST")])

    @unittest.skipUnless(ACCESS.is_file(), "AWS's access levels (../shared/reference) are not here")
    def test_aws_calls_each_a_read(self):
        with open(ACCESS, encoding="utf-8", newline="") as f:
            level = {r["action"].lower(): r["access_level"] for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)}
        wrong = {}
        for o, (service, d) in self.operations.items():
            action = d.get("iam") or f"{service['iam_prefix']}:{o.split(':')[1]}"
            if level.get(action.lower(), "Read") not in ("Read", "List") and o not in ALSO:
                wrong[o] = level[action.lower()]
        self.assertEqual({}, wrong)

    def test_operations_named_in_c_are_those_of_a_service_file(self):
        """`.operation = "GetObject"` beside `.service = "s3"`, and what is asked of STS."""
        wrong, seen = [], 0
        for path in sources():
            text = path.read_text("utf-8")
            for line in text.splitlines():
                operation = re.search(r'\.operation\s*=\s*"(\w+)"', line)
                if operation is None:
                    continue
                service = re.search(r'\.service\s*=\s*"([\w-]+)"', line)
                seen += 1
                if service is None or f"{service[1]}:{operation[1]}" not in self.operations:
                    wrong.append(f"{name(path)}: {line.strip()}")
            for operation in re.findall(r'drift__credentials_sts\([^;{]*?"(\w+)"', text):
                seen += 1
                if f"sts:{operation}" not in self.operations:
                    wrong.append(f"{name(path)}: sts:{operation}")
        self.assertEqual([], wrong)
        self.assertGreaterEqual(seen, 5, "the pattern does not find the calls any more")

    def test_no_other_operation_is_spelled_in_c(self):
        """Any text in C that is the name of an operation which AWS has and the service files have not."""
        try:
            import botocore.loaders
        except ImportError:
            self.skipTest("botocore is not installed")
        loader, reads = botocore.loaders.create_loader(), {o.split(":")[1] for o in self.operations}
        names = {o for s in self.services.values() for o in loader.load_service_model(s["service"], "service-2")["operations"]} - reads
        self.assertIn("DeleteBucket", names)
        wrong = [f"{name(p)}:{n}: {w}" for p in sources() for n, line in enumerate(p.read_text("utf-8").splitlines(), 1)
                 for w in re.findall(r'"(\w+)"', line) if w in names]
        self.assertEqual([], wrong)

    def test_requests_leave_in_few_places(self):
        found = {name(p) for p in sources() if re.search(r"\b(drift__http_(start|once)|curl_easy_\w+|socket|connect)\s*\(", p.read_text("utf-8"))}
        self.assertEqual(SENDERS, found - {"libdrift/aws/http.h"})

    def test_catalogue_entries_ask_reading_operations_only(self):
        wrong = []
        for path in tracked("libdrift/catalogue/types/*/*.json"):
            entry = json.loads(path.read_text("utf-8"))
            for field in ("list", "lookup", "read"):
                value = entry.get(field) or []
                for call in value if isinstance(value, list) else [value]:
                    if f"{call.get('service', entry['service'])}:{call['op']}" not in self.operations:
                        wrong.append(f"{name(path)}: {field}: {call['op']}")
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

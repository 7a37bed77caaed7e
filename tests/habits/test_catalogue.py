"""Every catalogue entry against the service models, the provider's schema and the reference tables (where those are at hand)."""
import csv
import json
import re
import unittest

from sources import ROOT, name, tracked

REFERENCE = ROOT.parent / "shared/reference"
READ = re.compile(r"(Describe|Get|List|Batch(Get|Describe)|Search|Select|Lookup|Head)")
# Names that do not say so, but change nothing: credentials, and questions to the policy simulator.
ALSO_READ = {"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"}


def load(path):
    return json.loads(path.read_text("utf-8"))


def calls(entry):
    """(field, call) of everything that an entry asks AWS for."""
    for field in ("list", "lookup", "read"):
        part = entry.get(field) or []
        for call in part if isinstance(part, list) else [part]:
            yield field, call


def table(file, *columns):
    with open(REFERENCE / file, encoding="utf-8", newline="") as f:
        return [tuple(row[c] for c in columns) for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = {p.stem: load(p) for p in tracked("libdrift/catalogue/services/*.json")}
        cls.types = {p: load(p) for p in tracked("libdrift/catalogue/types/*.json")}

    def test_files_are_named_as_their_type(self):
        self.assertTrue(self.types)
        self.assertEqual([], [name(p) for p, t in self.types.items() if t.get("type") != p.stem])

    def test_only_reads_can_be_sent(self):
        self.assertEqual([], [f"{s}:{op}" for s, d in self.services.items() for op in d["operations"]
                              if not READ.match(op) and f"{s}:{op}" not in ALSO_READ])

    def test_operations_are_in_the_service_models(self):
        wrong = []
        for path, t in self.types.items():
            for field, call in calls(t):
                service = call.get("service", t.get("service"))
                if service and call.get("op") and call["op"] not in self.services.get(service, {}).get("operations", {}):
                    wrong.append(f"{name(path)}: {field}: {service}:{call['op']}")
        self.assertEqual([], wrong)

    def test_attributes_are_the_providers(self):
        wrong = []
        for path, t in self.types.items():
            schema = t.get("schema")
            wrong += [f"{name(path)}: {a}" for a in t.get("attributes", {}) if schema and a.split(".")[0] not in schema]
        self.assertEqual([], wrong)

    def test_ignored_attributes_say_why(self):
        wrong = [f"{name(p)}: {a}" for p, t in self.types.items() for a, v in t.get("attributes", {}).items()
                 if isinstance(v, dict) and "ignore" in v and (not isinstance(v["ignore"], str) or len(v["ignore"]) < 5)]
        self.assertEqual([], wrong)

    def test_references_name_types(self):
        wrong = []
        for path, t in self.types.items():
            for attribute, targets in t.get("references", {}).items():
                for target in targets if isinstance(targets, list) else [targets]:
                    if not re.fullmatch(r"aws_[a-z0-9_]+(\.[a-z0-9_]+)?", target):
                        wrong.append(f"{name(path)}: {attribute}: {target}")
        self.assertEqual([], wrong)

    @unittest.skipUnless(REFERENCE.exists(), "the reference tables are not at hand (../shared/reference)")
    def test_import_ids_agree_with_the_reference(self):
        can = dict(table("import-ids.tsv", "type", "import"))
        wrong = [f"{name(p)}: the reference says import {can[t['type']]}" for p, t in self.types.items() if t["type"] in can and
                 "extends" not in t and (can[t["type"]] == "no") != (t.get("import_id") is None)]
        self.assertEqual([], wrong)

    @unittest.skipUnless(REFERENCE.exists(), "the reference tables are not at hand (../shared/reference)")
    def test_iam_actions_exist(self):
        known = {row[0].lower() for row in table("iam-action-defs.tsv", "action")} | {row[0].lower() for row in table("iam-actions.tsv", "action")}
        calls_seen = ROOT / "fixtures/account/calls.tsv"
        with open(calls_seen, encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f, delimiter="\t"):
                known |= {a.lower() for a in re.split(r"[ ,|]+", row["iam_actions"]) if a}
        wrong = [f"{name(p)}: {row['action']}" for p, t in self.types.items() for row in t.get("iam") or [] if row["action"].lower() not in known]
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

"""Entries of the catalogue against their JSON Schema, against each other, and against the reference tables.

The reference tables stand beside the repository (../shared/reference); where they do not, those tests are skipped and say so.
"""
import csv
import json
import re
import sys
import unittest

from sources import ROOT, name, tracked

sys.path.insert(0, str(ROOT / "tests/tools"))

import catalogue_paths  # noqa: E402

REFERENCE = ROOT.parent / "shared/reference"
SCHEMA = ROOT / "libdrift/catalogue/type.schema.json"

# Actions that AWS has (its service authorization reference) and the tables, which hold only what the provider's code calls for some types, have not;
# those of whole types stand in more_actions.txt.
NOT_IN_THE_TABLES = set((ROOT / "tests/habits/more_actions.txt").read_text("utf-8").split()) | {
    "cloudfront:GetDistributionConfig", "lambda:GetFunctionConcurrency",
    "autoscaling:DeleteNotificationConfiguration", "autoscaling:DescribeNotificationConfigurations", "autoscaling:DescribeTags",
    "autoscaling:PutNotificationConfiguration", "cognito-identity:GetIdentityPoolRoles", "cognito-identity:SetIdentityPoolRoles",
    "ec2:CreateVpcEndpointConnectionNotification", "ec2:DescribeImageAttribute",
    "ec2:DeleteVpcEndpointConnectionNotifications", "ec2:DescribeVpcEndpointConnectionNotifications",
    "ec2:ModifyVpcEndpointConnectionNotification", "ecs:ListTagsForResource", "es:CreateElasticsearchDomain",
    "es:DeleteElasticsearchDomain", "es:DescribeElasticsearchDomain", "es:DescribeElasticsearchDomainConfig",
    "es:GetCompatibleElasticsearchVersions", "es:UpdateElasticsearchDomainConfig", "es:UpgradeElasticsearchDomain",
    "ec2:DisableEbsEncryptionByDefault", "ec2:EnableEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault",
    "ecr:GetRegistryScanningConfiguration", "ecr:PutRegistryScanningConfiguration", "iam:ListEntitiesForPolicy",
    "s3:GetAnalyticsConfiguration", "s3:GetIntelligentTieringConfiguration", "s3:GetInventoryConfiguration", "s3:GetMetricsConfiguration",
    "s3:PutAnalyticsConfiguration", "s3:PutIntelligentTieringConfiguration", "s3:PutInventoryConfiguration", "s3:PutMetricsConfiguration",
}


def unique(pairs):
    out = {}
    for k, v in pairs:
        if k in out:
            raise ValueError(f"the key {k} stands twice")
        out[k] = v
    return out


def entries():
    return {p: json.loads(p.read_text("utf-8"), object_pairs_hook=unique) for p in tracked("libdrift/catalogue/types/*/*.json")}


def calls(entry):
    for field in ("list", "lookup", "read"):
        value = entry.get(field)
        for call in value if isinstance(value, list) else [value] if value else []:
            yield field, call


def table(file):
    with open(REFERENCE / file, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


class Entries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = entries()

    def test_json_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("jsonschema is not installed")
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
        wrong = []
        for path, entry in self.entries.items():
            for e in validator.iter_errors(entry):
                wrong.append(f"{name(path)}: {'.'.join(map(str, e.absolute_path))}: {e.message[:200]}")
        self.assertEqual([], wrong)

    def test_a_file_is_named_after_its_type(self):
        self.assertEqual([], [name(p) for p, e in self.entries.items() if p.stem != e["type"]])

    def test_every_type_has_a_fixture_and_every_fixture_a_type(self):
        types = {e["type"] for e in self.entries.values()}
        fixtures = {p.stem for p in tracked("fixtures/types/*.json")}
        self.assertEqual((set(), set()), (types - fixtures, fixtures - types))
        self.assertEqual(set(), {p.name.split(".")[0] for p in tracked("fixtures/full/*.json")} - types)

    def test_fields_name_attributes_of_the_schema(self):
        wrong = []
        for path, e in self.entries.items():
            named = [("references", n) for n in e.get("references", {})] + [("secret", n) for n in e.get("secret", [])] + \
                [("merge", n) for n in e.get("merge", [])] + [("import_changes", n) for n in e.get("import_changes", {})] + \
                [("replaces", n) for n in e.get("replaces", [])] + \
                [(f, n) for f in ("match", "excludes", "one_of") for group in e.get(f, []) for n in group] + [("attributes", n) for n in e.get("attributes", {})]
            for field, dotted in named:
                node = {"block": e["schema"]}
                for step in dotted.split("."):
                    node = node["block"].get(step) if isinstance(node, dict) and isinstance(node.get("block"), dict) else "unknown" \
                        if node == "unknown" or isinstance(node, dict) or isinstance(node, list) and not isinstance(node[0], str) else None
                    if node is None:
                        wrong.append(f"{name(path)}: {field}: there is no {dotted}")
                        break
        self.assertEqual([], wrong)

    def test_parents_and_loops_name_types_of_the_catalogue(self):
        types = {e["type"] for e in self.entries.values()}
        wrong = []
        for path, e in self.entries.items():
            parents = e.get("parent") or []
            for p in parents if isinstance(parents, list) else [parents]:
                if p["type"] not in types:
                    wrong.append(f"{name(path)}: parent {p['type']}")
            for field, call in calls(e):
                if call.get("for_each", e["type"]) not in types:
                    wrong.append(f"{name(path)}: {field}: for_each {call['for_each']}")
        self.assertEqual([], wrong)

    def test_not_is_applied_to_what_was_meant(self):
        """JMESPath reads !a.b as (!a).b, which is always null: it must be written !(a.b)."""
        wrong = [f"{name(path)}: {m}" for path in self.entries
                 for m in re.findall(r"![A-Za-z_$][\w]*(?:\[[^\]]*\])*\.[\w\"{]+", path.read_text("utf-8"))]
        self.assertEqual([], wrong)

    def test_the_regions_of_botocore_are_known(self):
        try:
            import botocore.loaders
        except ImportError:
            self.skipTest("botocore is not installed")
        loader = botocore.loaders.create_loader()
        known = json.loads((ROOT / "libdrift/catalogue/regions.json").read_text("utf-8"))["regions"]
        names = {r for file in ("partitions", "endpoints") for p in loader.load_data(file)["partitions"] for r in p["regions"]}
        self.assertEqual(set(), {r for r in names if not r.endswith("-global")} - set(known))

    def test_only_reading_operations(self):
        wrong = []
        for path, e in self.entries.items():
            for field, call in calls(e):
                if not re.match(r"(Describe|Get|List|Head|Search|Lookup|Batch(Get|Describe|List)|Select|Query)[A-Z]", call["op"]):
                    wrong.append(f"{name(path)}: {field}: {call['op']}")
        self.assertEqual([], wrong)


@unittest.skipUnless(catalogue_paths.botocore, "botocore is not installed")
class Paths(unittest.TestCase):
    """Expressions, run on what AWS's models say of the replies."""

    def test_expressions_name_what_replies_have(self):
        self.assertEqual([], catalogue_paths.check())

    def test_a_wrong_name_is_told(self):
        told = []
        root = ("obj", {"Vpcs": catalogue_paths.MODELS.output("ec2", "DescribeVpcs")})
        for text in ("Vpcs.Vpcs[].VpcId", "Vpcs.Vpcs[].VpcID", "Vpcs.Vpcs.VpcId", "snake(Vpcs.Vpcs[0]).vpc_id", "snake(Vpcs.Vpcs[0]).vpcid",
                     "Vpcs.Vpcs[?starts_with($.Vpcs.Nope, 'a')]"):
            catalogue_paths.Run(text, root, told.append).value()
        self.assertEqual(["there is no VpcID (VpcId?)", ".VpcId of a list", "there is no vpcid", "there is no Nope"],
                         [t.split(", in ")[0].split(" among ")[0] for t in told])


@unittest.skipUnless(REFERENCE.is_dir(), "the reference tables (../shared/reference) are not here")
class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = entries()

    def test_schemas_are_the_providers(self):
        schemas = {}
        with open(REFERENCE / "provider-schema.jsonl", encoding="utf-8") as f:
            for line in f:
                s = json.loads(line)
                schemas[s["type"]] = s["attributes"]
        wrong = []
        for path, e in self.entries.items():
            for n, v in e.get("schema", {}).items():
                if schemas.get(e["type"], {}).get(n) != v:
                    wrong.append(f"{name(path)}: schema.{n} is not the provider's")
            for n in schemas.get(e["type"], {}):
                if n not in e.get("schema", {}) and n != "timeouts":
                    wrong.append(f"{name(path)}: schema lacks {n}")
        self.assertEqual([], wrong)

    def test_types_that_can_be_imported(self):
        imports = {r["type"]: r for r in table("import-ids.tsv")}
        wrong = []
        for path, e in self.entries.items():
            r = imports.get(e["type"])
            if r is None:
                continue
            if r["import"] == "yes" and e.get("import_id") is None and "import_note" not in e:
                wrong.append(f"{name(path)}: import_id is missing; the provider imports {r['template']}")
            if r["import"] == "no" and e.get("import_id") is not None:
                wrong.append(f"{name(path)}: import_id: the provider cannot import it")
        self.assertEqual([], wrong)

    def test_import_ids_have_the_documented_form(self):
        """As many parts, with the same separators: {a}/{b} is not {a}:{b}."""
        imports = {r["type"]: r for r in table("import-ids.tsv")}
        wrong = []
        for path, e in self.entries.items():
            r, own = imports.get(e["type"]), e.get("import_id")
            if r is None or own is None or r["import"] != "yes" or r["kind"] != "composite":
                continue
            forms = [r["template"]] + [f.strip() for f in re.split(r"[;|]| or ", r["other_forms"])]
            shape = re.sub(r"\{[^}]*\}", "{}", re.sub(r"\{[^{}]*\{[^{}]*\}[^{}]*\}", "{}", own))
            if "?" in own or "join(" in own or "if(" in own or "||" in own:
                continue  # optional parts: test_diff_types holds them against examples
            if shape not in [re.sub(r"\{[^}]*\}", "{}", f) for f in forms]:
                wrong.append(f"{name(path)}: import_id {own}, documented as {r['template']}")
        self.assertEqual([], wrong)

    def test_iam_actions_exist(self):
        known = {r["action"].lower() for r in table("iam-action-defs.tsv")}
        services = {a.split(":")[0] for a in known}
        wrong = []
        for path, e in self.entries.items():
            for row in e.get("iam", []):
                a = row["action"]
                if a.split(":")[0] in services and a.lower() not in known and a not in NOT_IN_THE_TABLES:
                    wrong.append(f"{name(path)}: iam: there is no action {a}")
        self.assertEqual([], wrong)

    def test_iam_rows_are_complete(self):
        """What the provider's code and driftscan's own list need of a type; the extra service rows may differ."""
        need = {}
        for r in table("iam-actions.tsv"):
            if "code" in r["source"] and any(p.isupper() for p in r["phases"]):
                need.setdefault(r["type"], set()).add(r["action"].lower())
        wrong = []
        for path, e in self.entries.items():
            have = {row["action"].lower() for row in e.get("iam", [])}
            for a in sorted(need.get(e["type"], set()) - have):
                wrong.append(f"{name(path)}: iam lacks {a}")
        self.assertEqual([], wrong)

    def test_tags_are_where_the_reference_says(self):
        listing = {r["type"]: r for r in table("enumerate.tsv")}
        wrong = []
        for path, e in self.entries.items():
            r = listing.get(e["type"])
            if r and r["tags"] == "untaggable" and "tags" in e and "tags" in e.get("schema", {}):
                continue
            if r and r["tags"] != "untaggable" and "tags" in e.get("schema", {}) and "tags" not in e:
                wrong.append(f"{name(path)}: tags: the reference says {r['tags']}")
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

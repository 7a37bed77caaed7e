#!/usr/bin/env python3
"""Helps to write catalogue entries.

    tests/tools/entries.py new TYPE [--reference DIR] > libdrift/catalogue/types/SERVICE/TYPE.json
    tests/tools/entries.py fmt [FILE...]          rewrites entries in the one layout that all of them have
    tests/tools/entries.py iam [FILE...]          renews the iam rows and the schema of entries from the reference

`new` fills in what the reference tables know: schema, IAM rows, import id, first guesses of list and attributes. What it guesses
(every attribute as the CamelCase of its name) is to be checked against the API. DIR defaults to ../shared/reference.
"""
import argparse, csv, json, pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = ROOT / "libdrift/catalogue/types"
ORDER = ("type extends service scope list lookup why_not_listed only_in_state skip default read id name arn tags parent identity merge "
         "physical prefer import_id import_id_planned import_note import_changes replaces excludes one_of match owner secret references attributes iam schema").split()
# services whose catalogue name differs from the provider package's or the ARN's
SERVICE = {"elasticloadbalancingv2": "elbv2", "elasticloadbalancing": "elb", "sfn": "stepfunctions", "cognitoidp": "cognito-idp",
           "cognitoidentity": "cognito-identity", "applicationautoscaling": "application-autoscaling", "appautoscaling":
           "application-autoscaling", "cloudwatchlogs": "logs", "eventbridge": "events", "ecrpublic": "ecr-public"}


def rows(ref, name):
    with open(ref / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def schema_of(ref, typ):
    with open(ref / "provider-schema.jsonl", encoding="utf-8") as f:
        for line in f:
            if line.startswith('{"type":"%s",' % typ):
                return json.loads(line)
    sys.exit(f"{typ}: not in provider-schema.jsonl")


def iam_rows(ref, typ):
    """Rows of iam-actions.tsv, with the phases that the real provider was recorded to call added."""
    out, seen = [], {}
    for r in rows(ref, "iam-actions.tsv"):
        if r["type"] != typ:
            continue
        row = {"action": r["action"], "phases": r["phases"], "resources": r["resource"].split("|")}
        if r["condition_keys"]:
            row["conditions"] = r["condition_keys"].split("|")
        if r["action"] == "iam:PassRole" and r["note"]:
            row["note"] = r["note"]
        if r["action"] in seen and r["resource"].split("|") == seen[r["action"]]["resources"]:
            have = seen[r["action"]]
            have["phases"] = "".join(sorted(set(have["phases"] + row["phases"])))
            continue
        seen.setdefault(r["action"], row)
        out.append(row)
    calls = ref.parent / "account/calls.tsv"
    letter = {"create": "C", "refresh": "R", "update": "U", "delete": "D", "import": "R"}
    if calls.exists():
        for r in rows(ref.parent / "account", "calls.tsv"):
            if r["resource_type"] != typ or r["phase"] not in letter:
                continue
            for action in filter(None, re.split(r"[ ,|]+", r["iam_actions"])):
                p = letter[r["phase"]]
                have = [x for x in out if x["action"] == action]
                if not have:
                    have = [{"action": action, "phases": "", "resources": ["*"]}]
                    out += have
                for x in have:
                    if p not in x["phases"]:
                        x["phases"] = x["phases"].replace(p.lower(), "") + p
    for x in out:
        x["phases"] = "".join(sorted(x["phases"], key="LlRrCcUuDd".index))
    return sorted(out, key=lambda x: (x["action"], x["resources"]))


def camel(name):
    words = name.split("_")
    return "".join({"arn": "Arn", "id": "Id", "vpc": "Vpc"}.get(w, w[:1].upper() + w[1:]) for w in words)


def guess_attributes(schema):
    out = {}
    for name, a in schema["attributes"].items():
        if name in ("id", "tags_all", "timeouts"):
            continue
        if isinstance(a, list):
            if a[1].replace("S", "").replace("D", "") == "C":
                continue
            out[name] = camel(name)
        else:
            inner = a["block"]
            out[name] = camel(name) + ".{" + ", ".join(f"{k}: {camel(k)}" for k in inner) + "}"
    return out


def new(ref, typ):
    schema = schema_of(ref, typ)
    imports = next((r for r in rows(ref, "import-ids.tsv") if r["type"] == typ), None)
    listing = next((r for r in rows(ref, "enumerate.tsv") if r["type"] == typ), None)
    entry = {"type": typ}
    service = (listing or imports or {}).get("service", "")
    entry["service"] = SERVICE.get(service, service)
    if listing:
        step = listing["list_steps"].split(" > ")[0]
        m = re.match(r"(\w+)(\(.*?\))?->(.*)", step)
        entry["list"] = {"op": m.group(1) if m else step, "items": m.group(3) if m else "?"}
        entry["_hint_list"] = {k: listing[k] for k in ("list_steps", "pagination", "import_id", "parent", "tags", "arn", "ignore", "scope")}
        entry["arn"] = re.sub(r"\$\{(\w+)\}", lambda m: "{_%s}" % m.group(1).lower() if m.group(1) in
                              ("Partition", "Region", "Account") else "{%s}" % m.group(1), listing["arn"])
    entry["id"] = "?"
    entry["name"] = "?"
    if "tags" in schema["attributes"]:
        entry["tags"] = "Tags"
    if imports:
        entry["_hint_import"] = {k: imports[k] for k in ("import", "template", "example", "state_attrs", "id_after_import", "other_forms", "notes")}
        entry["import_id"] = None if imports["import"] == "no" else "?"
    entry["references"] = {}
    entry["attributes"] = guess_attributes(schema)
    entry["iam"] = iam_rows(ref, typ)
    entry["schema"] = schema["attributes"]
    return entry


def short(v):
    return json.dumps(v, ensure_ascii=False)


def layout(entry):
    """One field a line; lists of maps, attributes and iam one element a line; the schema on one line."""
    keys = [k for k in ORDER if k in entry] + [k for k in entry if k not in ORDER]
    lines = []
    for k in keys:
        v = entry[k]
        if k in ("attributes", "references", "import_changes") and v:
            body = ",\n".join(f"    {short(n)}: {short(x)}" for n, x in v.items())
            text = "{\n" + body + "\n  }"
        elif k in ("iam", "read", "list", "owner") and isinstance(v, list) and v:
            text = "[\n" + ",\n".join("    " + short(x) for x in v) + "\n  ]"
        elif k == "schema":
            text = json.dumps(v, ensure_ascii=False, separators=(",", ":"))
        else:
            text = short(v)
        lines.append(f"  {short(k)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def unique(pairs):
    out = {}
    for k, v in pairs:
        if k in out:
            raise ValueError(f"duplicate key {k}")
        out[k] = v
    return out


def load(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    except ValueError as e:
        sys.exit(f"{path}: {e}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("command", choices=("new", "fmt", "iam"))
    ap.add_argument("what", nargs="*")
    ap.add_argument("--reference", type=pathlib.Path, default=ROOT.parent / "shared/reference")
    a = ap.parse_args()
    if a.command == "new":
        for typ in a.what:
            sys.stdout.write(layout(new(a.reference, typ)))
        return
    for path in [pathlib.Path(p) for p in a.what] or sorted(TYPES.rglob("aws_*.json")):
        entry = load(path)
        if a.command == "iam":
            entry["iam"] = iam_rows(a.reference, entry["type"])
            entry["schema"] = schema_of(a.reference, entry["type"])["attributes"]
        text = layout(entry)
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

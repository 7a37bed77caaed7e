#!/usr/bin/env python3
"""Writes docs/resource-types.md from `driftscan types -o json`.

    tests/tools/types_table.py [DRIFTSCAN]      default: build/driftscan
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/driftscan")
    types = json.loads(subprocess.run([program, "types", "-o", "json"], check=True, capture_output=True).stdout)
    count = {k: sum(t["attributes"][k] for t in types) for k in ("compared", "ignored", "uncovered")}
    covered = 100 * (count["compared"] + count["ignored"]) / sum(count.values())
    lines = ["# Resource types", "",
             f"Made by `tests/tools/types_table.py` from `driftscan types -o json`. {len(types)} types; of their schemas' attributes (nested blocks",
             f"counted by their leaves) {count['compared']} are compared, {count['ignored']} ignored with a reason, {count['uncovered']} not covered: {covered:.1f} % covered.", "",
             "| type | service | compared | ignored | uncovered | import id |", "|---|---|---:|---:|---:|---|"]
    for t in types:
        a = t["attributes"]
        what = f"`{t['import_id']}`".replace("|", "\\|") if t["importable"] else "can't be imported"
        lines.append(f"| {t['type']} | {t['service']} | {a['compared']} | {a['ignored']} | {a['uncovered']} | {what} |")
    (ROOT / "docs/resource-types.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

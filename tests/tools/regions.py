#!/usr/bin/env python3
"""AWS's regions, as botocore knows them, to libdrift/catalogue/regions.json, which mistyped regions are told by.

    python tests/tools/regions.py [--check]

--check   writes nothing; exits 1 when the file would change
"""
import json
import pathlib
import sys

import botocore.loaders

FILE = pathlib.Path(__file__).resolve().parents[2] / "libdrift/catalogue/regions.json"
COMMENT = "The regions of all partitions, from botocore by tests/tools/regions.py. One that is not here may be new: it is asked, when its name is made " \
          "as those of regions are: two letters, then points of the compass, then a number."


def regions():
    loader = botocore.loaders.create_loader()
    found = set()
    for file in ("partitions", "endpoints"):
        for partition in loader.load_data(file)["partitions"]:
            found |= {r for r in partition["regions"] if not r.endswith("-global")}
    return sorted(found)


def main():
    text = json.dumps({"comment": COMMENT, "compass": ["central", "east", "north", "south", "west"], "regions": regions()}, indent=2) + "\n"
    if "--check" in sys.argv:
        sys.exit(FILE.read_text("utf-8") != text)
    FILE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

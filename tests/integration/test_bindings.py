"""bindings/python: its structs are those of the headers, and every function does its work on the emulated account."""
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from harness import ACCOUNT, ROOT, SECRET_KEY, account

LIBRARY = ROOT / "build/dev/libdrift.so"
os.environ["LIBDRIFT"] = str(LIBRARY)
sys.path.insert(0, str(ROOT / "bindings/python"))
import libdrift  # noqa: E402


def layouts(structures):
    """{struct: [(field, offset)…, ("", size)]} as the C compiler has them."""
    lines = []
    for s in structures:
        lines += [f'printf("{s.__name__} {f} %zu\\n", offsetof(struct {s.__name__}, {f}));' for f, _ in s._fields_]
        lines.append(f'printf("{s.__name__} . %zu\\n", sizeof(struct {s.__name__}));')
    program = "#include <drift/drift.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(lines) + "\nreturn 0;\n}\n"
    with tempfile.TemporaryDirectory() as scratch:
        source = pathlib.Path(scratch, "layout.c")
        source.write_text(program)
        subprocess.run(["gcc", "-std=c11", f"-I{ROOT / 'libdrift/include'}", source, "-o", source.with_suffix("")], check=True)
        text = subprocess.run([source.with_suffix("")], check=True, capture_output=True, text=True).stdout
    made = {}
    for line in text.splitlines():
        name, field, number = line.split()
        made.setdefault(name, []).append((field, int(number)))
    return made


class Structures(unittest.TestCase):
    maxDiff = None

    def test_they_are_those_of_the_headers(self):
        expected = layouts(libdrift.STRUCTURES)
        for s in libdrift.STRUCTURES:
            ours = [(f, getattr(s, f).offset) for f, _ in s._fields_] + [(".", ctypes.sizeof(s))]
            self.assertEqual(expected[s.__name__], ours, s.__name__)

    def test_every_field_of_the_headers_is_there(self):
        for s in libdrift.STRUCTURES:
            body = next(m.group(1) for h in (ROOT / "libdrift/include/drift").glob("*.h")
                        for m in [re.search(r"struct %s \{(.*?)\n\};" % s.__name__, h.read_text(), re.S)] if m)
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            fields = [name for line in body.split(";") if line.strip()
                      for name in (re.findall(r"\(\*(\w+)\)", line) or [re.findall(r"(\w+)\s*$", part)[0] for part in line.split(",")])]
            self.assertEqual(fields, [f for f, _ in s._fields_], s.__name__)


class Account(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        url = account("untouched").url
        env = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
               "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        before = {name: os.environ.get(name) for name in env}
        os.environ.update(env)
        for name, value in before.items():
            cls.addClassCleanup(os.environ.__setitem__ if value is not None else os.environ.pop, name, *([value] if value is not None else [None]))
        cls.plan = (ACCOUNT / "plan.json").read_bytes()
        cls.catalogue = libdrift.Catalogue()
        cls.state = libdrift.State(cls.catalogue, str(ACCOUNT / "prod.tfstate"))
        cls.live = libdrift.Session(cls.catalogue).inventory(tags=["Project=retainwise"], names=["prod-retainwise*"], state=cls.state)

    def test_the_untouched_account_is_in_sync(self):
        report = libdrift.scan(self.catalogue, self.state, self.live, plan=self.plan)
        self.assertEqual(199, report.document["summary"]["in_sync"])
        self.assertEqual(0, report.exit_code)
        self.assertIn("In sync", report.render("text"))

    def test_an_inventory_survives_json(self):
        again = libdrift.Snapshot.from_json(self.live.to_json())
        self.assertEqual(len(self.live), len(again))
        self.assertEqual(0, libdrift.scan(self.catalogue, self.state, again).exit_code)

    def test_imports_have_the_addresses_of_the_plan(self):
        imports = libdrift.Imports(self.catalogue, None, self.live, plan=self.plan)
        self.assertIn("aws_vpc.main", [i["address"] for i in imports.mapping["imports"]])
        self.assertIn("to = aws_vpc.main", imports.write("blocks"))

    def test_policies(self):
        policy = libdrift.Policy(self.catalogue, "plan", state=self.state, live=self.live, backend={"bucket": "b", "key": "k"})
        self.assertIn("s3:GetObject", policy.write("json"))
        self.assertEqual("plan", policy.document["mode"])

    def test_judging_a_plan_and_a_log(self):
        self.assertEqual(199, libdrift.guard(self.plan)["summary"]["violations"])
        found = libdrift.explain("Error: creating IAM Role (x): EntityAlreadyExists: Role with name x already exists.\n", catalogue=self.catalogue)
        self.assertEqual(1, found["summary"]["errors"])

    def test_the_lock(self):
        self.assertFalse(libdrift.lock(self.catalogue, "s3://retainwise-terraform-state/prod/terraform.tfstate")["held"])

    def test_types_and_queries(self):
        self.assertEqual(["aws_sqs_queue"], [t["type"] for t in self.catalogue.types("aws_sqs_queue")])
        self.assertEqual(2, libdrift.query("a[1]", {"a": [1, 2]}))


class Mistakes(unittest.TestCase):
    def test_an_error_says_what_and_where(self):
        with self.assertRaises(libdrift.Error) as caught:
            libdrift.query("a[", {})
        self.assertEqual("BAD_QUERY", caught.exception.status)
        self.assertIn("3", caught.exception.where)
        with self.assertRaises(libdrift.Error) as caught:
            libdrift.State(libdrift.Catalogue(), "/nonexistent.tfstate")
        self.assertEqual("NO_STATE", caught.exception.status)
        self.assertTrue(caught.exception.hint)

    def test_closing_twice_is_harmless(self):
        catalogue = libdrift.Catalogue()
        catalogue.close()
        catalogue.close()

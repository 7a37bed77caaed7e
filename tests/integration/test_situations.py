"""The four situations of the demo account, and what must hold in each."""
import json
import pathlib
import re
import tempfile
import unittest

from harness import AMBIGUOUS, NEVER_LISTED, ROOT, SECRET_KEY, SESSION_TOKEN, Recorder, Repository, account, brief, root_of, situations, state_url

import drift

ADDRESSES = [a for a, _, _ in situations.managed(situations.whole())]
LISTED = {a for a, r, _ in situations.managed(situations.whole()) if r["type"] not in NEVER_LISTED}
SECRETS = ("not-a-real-password-1", "not-a-real-password-2", "not-a-real-secret", "typed-in-by-hand-77", SECRET_KEY, SESSION_TOKEN)
MOST_CALLS = 250  # measured: 250; the goal is 160, and docs/benchmarks.md says what stands between
# REST operations that read with a POST: Route 53's tags of several objects, and Batch, which does everything so.
READING_POSTS = re.compile(r"^(/2013-04-01/tags/(hostedzone|healthcheck)|/v1/describejobdefinitions)$")


class Situation(unittest.TestCase):
    maxDiff = None
    name = "untouched"

    @classmethod
    def setUpClass(cls):
        cls.account = account(cls.name)
        cls.repository = Repository(cls.account.url, AWS_SESSION_TOKEN=SESSION_TOKEN)
        cls.addClassCleanup(cls.repository.close)

    def scan(self, *args, code):
        run = self.repository.scan(*args)
        self.assertEqual(code, run.code, str(run))
        self.assertTrue(run.report["scan"]["complete"], brief(run.report))
        self.assertEqual("1.0", run.report["format_version"])
        return run.report


    def exactly(self, addresses, report):
        """These are unmanaged, and what is never listed where the plan let it be looked up; an ambiguous one may go without address."""
        found = [u["address"] for u in report["unmanaged"] if situations.type_of(u["address"] or u["type"] + ".x") not in NEVER_LISTED]
        named = {a for a in found if a}
        self.assertEqual(sorted(addresses - AMBIGUOUS), sorted(named - AMBIGUOUS), brief(report))
        self.assertEqual(len(addresses), len(found), brief(report))


class Untouched(Situation):
    def test_a_stale_but_true_state_gives_a_silent_report(self):
        report = self.scan(code=0)
        self.assertEqual("", brief(report))
        self.assertEqual(len(ADDRESSES), report["summary"]["in_sync"], report["summary"])

    def test_it_takes_few_calls(self):
        self.assertLessEqual(self.scan(code=0)["scan"]["api_calls"], MOST_CALLS)

    def test_the_calls_are_foreseen(self):
        foreseen = json.loads(self.repository.scan("--dry-run").out)
        sure, most = sum(c["calls"] for c in foreseen), sum(c["calls"] + c["more"] for c in foreseen)
        made = self.scan(code=0)["scan"]["api_calls"]
        self.assertLessEqual(sure, made + 1)  # one request that two types make is known to be the same only when it is made
        self.assertGreater(sure, made * 0.85)
        self.assertLessEqual(made, most)

    def test_the_state_is_read_where_the_backend_says(self):
        state = self.scan(code=0)["states"][0]
        self.assertEqual(("s3://retainwise-terraform-state/prod/terraform.tfstate", 202, "7d1008a3-60e3-6c0c-4cf5-ae898c3ec754", "1.5.7"),
                         (state["source"].split("?")[0], state["serial"], state["lineage"], state["terraform_version"]))

    def test_a_file_serves_as_well(self):
        self.assertEqual("", brief(self.scan("--state", situations.WHOLE, code=0)))

    def test_a_scan_of_another_region_calls_nothing_missing(self):
        """Gateways, rules and associations do not say where they are; their provider's other resources do."""
        report = self.scan("--region", "eu-west-1", code=0)
        self.assertEqual(len(ADDRESSES), report["summary"]["in_sync"], brief(report))

    def test_a_state_of_another_account_is_neither_missing_nor_in_sync(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "other.tfstate")
            path.write_bytes(situations.state_bytes("whole").replace(b"123456789012", b"999999999999"))
            report = self.repository.scan("--state", str(path)).report
        self.assertEqual((0, 0, len(ADDRESSES)), tuple(report["summary"][k] for k in ("in_sync", "missing", "unknown")), brief(report))
        self.assertRegex(" ".join(report["warnings"]), "999999999999.*123456789012.*profile")

    def test_nothing_but_reads_is_ever_sent(self):
        recorder = Recorder(self.account.url)
        self.addCleanup(recorder.close)
        repository = Repository(recorder.url)
        self.addCleanup(repository.close)
        for command in (["--env", "prod"], ["import", "--env", "prod"], ["policy", "--env", "prod"], ["lock", "--env", "prod"],
                        ["inventory", "--env", "prod"]):
            repository.driftscan(*command)
        self.assertGreater(len(recorder.seen), 300)
        reads = re.compile(r"(Describe|Get|List|BatchGet|Search|Head|Lookup|Query|Scan)")
        odd = {r for r in recorder.seen if r[2] and not reads.match(r[2])}
        odd |= {r for r in recorder.seen if not r[2] and r[0] not in ("GET", "HEAD") and not READING_POSTS.search(r[1])}
        self.assertEqual(set(), odd)

    def test_the_same_account_gives_the_same_bytes(self):
        def stable():
            out = self.repository.scan("--state", state_url("empty")).out
            return re.sub(r'"(duration_ms|retries|api_calls)": ?\d+', "", out)
        self.assertEqual(stable(), stable())

    def test_the_text_report_says_that_all_is_well(self):
        run = self.repository.driftscan("--env", "prod")
        self.assertEqual(0, run.code, str(run))
        self.assertIn("199", run.out)
        self.assertNotIn("\x1b", run.out + run.err, "colours without a terminal")


class Empty(Situation):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_once = cls.repository.scan("--state", state_url("empty"))

    def setUp(self):
        self.assertEqual(2, self.run_once.code, str(self.run_once))
        self.report = self.run_once.report

    def test_everything_is_found_and_nothing_else(self):
        self.assertEqual([], self.report["missing"] + self.report["changed"], brief(self.report))
        self.exactly(LISTED, self.report)

    def test_what_is_never_listed_is_said(self):
        said = json.dumps(self.report) + self.run_once.err
        for typ in NEVER_LISTED:
            self.assertIn(typ, said)

    def test_each_has_an_import_id(self):
        self.assertEqual([], [u["id"] for u in self.report["unmanaged"] if not u.get("import_id")])

    def test_an_older_state_gives_every_object_its_address_back(self):
        config = self.repository.folder / "without-plan"
        config.write_text("".join(line for line in (self.repository.folder / ".driftscan").read_text().splitlines(True) if not line.startswith("plan")))
        run = self.repository.driftscan("import", "--env", "prod", "--config", config, "--state", state_url("empty"), "--format", "json",
                                        "--history", ROOT / "fixtures/account/prod.tfstate")
        self.assertEqual(0, run.code, str(run))
        imports = json.loads(run.out)["imports"]
        self.assertEqual(sorted(ADDRESSES), sorted(i["address"] for i in imports))
        self.assertEqual({"history"}, {i["source"] for i in imports})

    def test_resource_blocks_hold_what_says_something_by_being_there_and_nothing_deprecated(self):
        folder, config = self.repository.folder / "new", self.repository.folder / "no-plan"
        lines = (self.repository.folder / ".driftscan").read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if not line.startswith("plan")))  # with one, all is written already
        run = self.repository.driftscan("import", "--env", "prod", "--config", config, "--state", state_url("empty"), "--format", "hcl", "-o", folder)
        self.assertEqual(0, run.code, str(run))
        acl = (folder / "wafv2.tf").read_text()
        self.assertRegex(acl, r"default_action \{\s+allow \{\s+\}")
        self.assertRegex(acl, r"action \{\s+count \{\s+\}")
        self.assertNotIn("grant {", (folder / "s3.tf").read_text(), "the owner's own grant is what every bucket has")


class Third(Situation):
    def test_what_was_forgotten_is_unmanaged(self):
        report = self.scan("--state", state_url("third"), code=2)
        self.assertEqual([], report["missing"] + report["changed"], brief(report))
        forgotten = set(situations.third()[1]) & LISTED
        self.exactly(forgotten, report)


class Drifted(Situation):
    name = "drifted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_once = cls.repository.scan()

    def setUp(self):
        self.assertEqual(2, self.run_once.code, str(self.run_once))
        self.report = self.run_once.report

    def expected(self, kind):
        return [e for e in drift.EDITS if e["kind"] == kind]

    def test_nothing_but_the_edits_is_reported(self):
        for kind in ("missing", "changed"):
            want = {e["where"] for e in self.expected(kind)}
            have = {f["address"] for f in self.report[kind]}
            self.assertEqual(sorted(want), sorted(have), brief(self.report))
        want = {e["where"] for e in self.expected("unmanaged")}
        have = {(f["type"], f.get("import_id") or f["id"]) for f in self.report["unmanaged"]}
        self.assertEqual(sorted(want), sorted(have), brief(self.report))

    def test_each_change_names_its_attribute(self):
        found = {f["address"]: f["changes"] for f in self.report["changed"]}
        for e in self.expected("changed"):
            with self.subTest(e["what"]):
                changes = found.get(e["where"], [])
                roots = {root_of(c["path"]) for c in changes}
                self.assertTrue(roots & set(e["paths"]), f"{e['where']}: {roots or 'no change'} reported, {e['paths']} expected")
                self.assertEqual(set(), roots - set(e["paths"]), "more than was edited")

    def test_the_readme_shows_this_run(self):
        shown = (ROOT / "README.md").read_text("utf-8").split("$ driftscan --env prod\n", 1)[1].split("```", 1)[0]
        lines = iter(self.repository.driftscan("--env", "prod").out.splitlines())
        for line in shown.splitlines():
            if line.strip() not in ("", "…"):
                self.assertTrue(any(line == other for other in lines), f"not in the output, or not in this order: {line}")

    def test_a_secret_is_reported_but_not_shown(self):
        found = {f["address"]: f["changes"] for f in self.report["changed"]}
        for e in self.expected("changed"):
            if e["sensitive"]:
                self.assertTrue(all(c["sensitive"] for c in found[e["where"]]), e["what"])

    def test_no_secret_leaves(self):
        with tempfile.TemporaryDirectory() as out:
            written = ""
            for args in (["--env", "prod", "-vvv"], ["--env", "prod", "-vvv", "-o", "json"],
                         ["inventory", "--env", "prod", "-vvv", "-o", f"json://{out}/live.json"],
                         ["import", "--env", "prod", "-vvv", "--format", "blocks"], ["import", "--env", "prod", "-vvv", "--format", "script"],
                         ["policy", "--env", "prod", "-vvv"], ["lock", "--env", "prod", "-vvv"]):
                run = self.repository.driftscan(*args)
                written += run.out + run.err
            written += "".join(p.read_text("utf-8") for p in pathlib.Path(out).iterdir())
        self.assertEqual([], [s for s in SECRETS if s in written])

    def test_a_saved_inventory_gives_the_same_findings(self):
        with tempfile.TemporaryDirectory() as out:
            run = self.repository.driftscan("inventory", "--env", "prod", "-o", f"json://{out}/live.json")
            self.assertIn(run.code, (0, 2), str(run))
            again = self.repository.scan("--live", f"{out}/live.json")
        self.assertEqual(self.run_once.code, again.code, str(again))
        for kind in ("missing", "changed", "unmanaged", "unknown"):
            self.assertEqual(self.report[kind], again.report[kind])


class Schema(Situation):
    name = "drifted"

    def test_reports_follow_the_published_schema(self):
        import jsonschema
        found = sorted((ROOT / "docs").glob("report*.schema.json"))
        self.assertTrue(found, "docs/ holds no schema of the report")
        schema = json.loads(found[0].read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        for args in ((), ("--state", situations.WHOLE), ("--type", "aws_sqs_queue")):
            jsonschema.validate(self.repository.scan(*args).report, schema)


if __name__ == "__main__":
    unittest.main()

"""Policies before independent judges: an IAM simulator over the calls that the real provider was recorded to make, and policy linters.

The simulator comes from npm, the linters from PyPI; what is not there is skipped, and said so."""
import importlib.util, json, os, pathlib, shutil, subprocess, sys, tempfile, unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("DRIFTSCAN", ROOT / "build/asan/driftscan"))
SIMULATOR = "@cloud-copilot/iam-simulate@0.1.173"
MODULES = pathlib.Path(os.environ.get("DRIFT_NODE_MODULES", ROOT / "build/node"))
STATE, CALLS = ROOT / "fixtures/account/prod.tfstate", ROOT / "fixtures/account/calls.tsv"
# the provider asks for the key that AWS keeps for DynamoDB; the recording does not hold that call, so no call proves its statement necessary
UNRECORDED = {"kms:DescribeKey"}


def simulator():
    """The folder with the simulator, installed once into the build folder; None when that is not possible."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    if not (MODULES / "node_modules/@cloud-copilot/iam-simulate").is_dir():
        MODULES.mkdir(parents=True, exist_ok=True)
        (MODULES / "package.json").write_text('{"private": true}\n')
        r = subprocess.run(["npm", "install", "--no-audit", "--no-fund", SIMULATOR], cwd=MODULES, capture_output=True, timeout=300)
        if r.returncode:
            return None
    return MODULES


class Proof(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        maker = PROGRAM.parent / "tests/test_policy_account"
        if not maker.exists():
            raise unittest.SkipTest(f"{maker} is not built")
        cls.dir = pathlib.Path(tempfile.mkdtemp())
        subprocess.run([maker], cwd=ROOT, env=dict(os.environ, DRIFT_POLICY_OUT=str(cls.dir)), check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def judge(self, mode, *phases):
        modules = simulator()
        if modules is None:
            self.skipTest("node, npm or the simulator's package is not available")
        r = subprocess.run(["node", ROOT / "tests/integration/policy_proof.mjs", modules, self.dir / f"{mode}.json", STATE, CALLS, *phases],
                           capture_output=True, text=True, timeout=500)
        self.assertEqual(r.returncode, 0, r.stderr)
        return json.loads(r.stdout)

    def statements(self, mode):
        docs = json.loads((self.dir / f"{mode}.json").read_text())
        return [s for d in (docs if isinstance(docs, list) else [docs]) for s in d["Statement"]]

    def test_plan_mode_allows_what_a_refresh_calls_and_nothing_else(self):
        verdict = self.judge("plan", "refresh", "configure")
        self.assertGreater(verdict["checked"], 250)
        self.assertEqual(verdict["errors"], [])
        self.assertEqual(verdict["denied"], [])
        self.assertEqual(verdict["strangers_allowed"], [])
        self.assertEqual(verdict["writes_allowed"], [])
        by_sid = {s["Sid"]: s for s in self.statements("plan")}
        self.assertEqual([sid for sid in verdict["needless"] if by_sid[sid]["Action"] not in UNRECORDED], [])

    def test_apply_mode_allows_what_an_apply_calls(self):
        verdict = self.judge("apply", "refresh", "configure", "create", "update", "delete", "import")
        self.assertGreater(verdict["checked"], 1500)
        self.assertEqual(verdict["denied"], [])
        # moto gives DHCP options an ARN without an account, which AWS does not know
        self.assertEqual([e for e in verdict["errors"] if "dhcp-options" not in e], [])

    def test_the_linters_find_no_error(self):
        if not importlib.util.find_spec("parliament"):
            self.skipTest("parliament (PyPI) is not installed")
        from parliament import analyze_policy_string
        found = []
        for mode in ("plan", "apply"):
            docs = json.loads((self.dir / f"{mode}.json").read_text())
            for doc in docs if isinstance(docs, list) else [docs]:
                for f in analyze_policy_string(json.dumps(doc)).findings:
                    # its data is older than some actions, resources and condition keys that AWS has today
                    if f.issue in ("UNKNOWN_ACTION", "UNKNOWN_CONDITION_FOR_ACTION", "RESOURCE_MISMATCH", "UNKNOWN_PREFIX"):
                        continue
                    # whoever manages a bucket's policy and lifecycle can let others in and let objects expire: the configuration asks for that
                    if mode == "apply" and str(f.detail).endswith(("s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")):
                        continue
                    found.append((mode, f.issue, f.detail))
        self.assertEqual(found, [])

    def test_plan_mode_writes_nothing(self):
        if not importlib.util.find_spec("policy_sentry"):
            self.skipTest("policy_sentry (PyPI) is not installed")
        from policy_sentry.querying.actions import get_action_data
        writing = []
        for action in sorted({a for s in self.statements("plan") for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}):
            data = get_action_data(*action.split(":")) or {}
            for rows in data.values():
                if any(r["access_level"] in ("Write", "Permissions management", "Tagging") for r in rows):
                    writing.append(action)
        self.assertEqual(writing, [])


if __name__ == "__main__":
    unittest.main()

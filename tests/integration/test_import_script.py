#!/usr/bin/env python3
"""Runs the generated import script under bash against the stub terraform, which records its arguments byte for byte.

The script is the golden one of the hostile account (tests/unit/test_imports_text.c holds the library to it)."""
import os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time, unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/imports/hostile.script"
ITEMS = [
    ("aws_vpc.main_eu_west_1", "vpc-1"), ("aws_vpc.main_us_east_1", "vpc-2"), ("aws_x_policy.rf", "-rf"),
    ("aws_x_policy.x_reboot", "\"; rm -rf ~; \"\n$(id) ${x} %{y} 'q'"), ("aws_subnet.a", "subnet-1"),
]


class Script(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        (self.dir / ".terraform").mkdir()
        (self.dir / ".terraform/terraform.tfstate").write_text('{"backend": {"config": {"bucket": "b", "key": "k\\"ey"}}}')
        shutil.copy(GOLDEN, self.dir / "import.sh")
        self.stub = self.dir / "stub"
        self.env = dict(os.environ, TERRAFORM=str(ROOT / "fixtures/bin/terraform"), STUB_DIR=str(self.stub), STUB_WORKSPACE="it's",
                        BACKOFF_SECONDS="0", STUB_RULES=str(self.dir / "rules"))
        (self.dir / "rules").write_text("")

    def rules(self, **by):
        (self.dir / "rules").write_text("".join(f"{k}\t{v}\n" for k, v in by.items()))

    def rule(self, pattern, what):
        with open(self.dir / "rules", "a") as f:
            f.write(f"{pattern}\t{what}\n")

    def run_script(self, *args, **env):
        return subprocess.run(["bash", "import.sh", *args], cwd=self.dir, env=dict(self.env, **env), capture_output=True, text=True, timeout=120)

    def calls(self, command):
        if not (self.stub / "argv").exists():
            return []
        # calls end in NUL, line feed; arguments may hold line feeds themselves
        calls = [c.split(b"\0") for c in (self.stub / "argv").read_bytes().split(b"\0\n") if c]
        return [[a.decode() for a in c] for c in calls if c[:len(command)] == [w.encode() for w in command]]

    def imports(self):
        return [tuple(c[-2:]) for c in self.calls(["import"])]

    def results(self):
        return [line.split("\t")[:2] for line in (self.dir / "import-results.tsv").read_text().splitlines()]

    def test_every_argument_arrives_byte_for_byte(self):
        r = self.run_script()
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(self.imports(), ITEMS)
        for call in self.calls(["import"]):
            self.assertEqual(call[1:4], ["-input=false", "-no-color", "-lock-timeout=150s"])
        self.assertIn("5 imported, 0 already managed, 0 done before, 0 failed, of 5", r.stdout)
        self.assertEqual([x[0] for x in self.results()], ["imported"] * 5)
        backups = list(self.dir.glob("state-backup-*.tfstate"))
        self.assertEqual(len(backups), 1)
        self.assertEqual(backups[0].stat().st_mode & 0o777, 0o600)

    def test_shellcheck_is_content(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        r = subprocess.run(["shellcheck", str(GOLDEN), str(ROOT / "fixtures/bin/terraform")], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stdout)

    def test_again_is_harmless(self):
        self.run_script()
        r = self.run_script()
        self.assertEqual(r.returncode, 0)
        self.assertIn("0 imported, 5 already managed", r.stdout)
        self.assertEqual(len(self.imports()), 5)

    def test_dry_run_changes_nothing(self):
        r = self.run_script("--dry-run")
        self.assertEqual(r.returncode, 0)
        self.assertEqual(self.imports(), [])
        self.assertFalse((self.dir / "import-results.tsv").exists())
        self.assertIn("5 would be imported", r.stdout)
        # what it prints can be pasted
        shown = [l.split("] ", 1)[1] for l in re.split(r"\n(?=\[|dry run)", r.stdout) if l.startswith("[")]
        for line, (address, id_) in zip(shown, ITEMS):
            words = subprocess.run(["bash", "-c", 'eval "set -- $1"; printf "%s\\0" "$@"', "-", line], capture_output=True).stdout
            self.assertEqual(words.decode().split("\0")[-3:-1], [address, id_])

    def test_only_some(self):
        r = self.run_script("--only", "aws_vpc.*")
        self.assertEqual(r.returncode, 0)
        self.assertEqual(self.imports(), ITEMS[:2])

    def test_commands_that_end_at_once_lose_nothing(self):
        # the watcher of a command is often ended before bash has taken the script's traps from it
        head = GOLDEN.read_text().split("trap on_interrupt")[0]
        loop = 'trap on_interrupt INT TERM HUP\nwork=$(mktemp -d)\nfor i in {1..150}; do limited true; [ -d "$work" ] || exit 9; done\n'
        runs = [subprocess.Popen(["bash", "-c", head + loop], cwd=self.dir, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual([0] * 4, [r.wait(timeout=120) for r in runs])

    def test_failures_do_not_hide(self):
        self.rule("aws_vpc.main_us_east_1", "missing")
        r = self.run_script()
        self.assertEqual(r.returncode, 1)
        self.assertEqual(len(self.imports()), 5)
        self.assertIn("Cannot import non-existent remote object", r.stderr)
        self.assertIn(["failed", "aws_vpc.main_us_east_1"], self.results())
        self.assertIn("4 imported, 0 already managed, 0 done before, 1 failed", r.stdout)

    def test_strict_stops_at_the_first_and_resumes(self):
        self.rule("aws_vpc.main_us_east_1", "config")
        r = self.run_script("--strategy", "strict")
        self.assertEqual(r.returncode, 1)
        self.assertEqual(self.imports(), ITEMS[:2])
        (self.dir / "rules").write_text("")
        r = self.run_script("--strategy", "strict", "--resume")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(self.imports(), ITEMS[:2] + ITEMS[1:])
        self.assertIn("1 done before", r.stdout)

    def test_throttling_is_tried_again_and_nothing_else(self):
        self.rule("aws_vpc.main_eu_west_1", "throttle:2")
        self.rule("aws_vpc.main_us_east_1", "unsupported")
        r = self.run_script()
        self.assertEqual([a for a, _ in self.imports()].count("aws_vpc.main_eu_west_1"), 3)
        self.assertEqual([a for a, _ in self.imports()].count("aws_vpc.main_us_east_1"), 1)
        self.assertEqual(r.returncode, 1)

    def test_a_message_broken_over_lines_is_understood(self):
        self.rule("aws_vpc.main_eu_west_1", "refused:2")
        r = self.run_script("--only", "aws_vpc.main_eu_west_1")
        self.assertEqual((r.returncode, len(self.imports())), (0, 3), r.stderr)
        self.assertIn('    Error: reading STS Caller Identity: Post "http://127.0.0.1:9/": read tcp 127.0.0.1:9: connection refused; attempt 2', r.stdout)

    def test_throttled_for_good(self):
        self.rule("aws_vpc.main_eu_west_1", "throttle:99")
        r = self.run_script("--retries", "1")
        self.assertEqual([a for a, _ in self.imports()].count("aws_vpc.main_eu_west_1"), 2)
        self.assertEqual(r.returncode, 1)

    def test_already_managed_is_success(self):
        self.rule("aws_vpc.main_eu_west_1", "managed")
        r = self.run_script()
        self.assertEqual(r.returncode, 0)
        self.assertIn("4 imported, 1 already managed", r.stdout)

    def test_success_that_imports_nothing_is_a_failure(self):
        self.rule("aws_vpc.main_eu_west_1", "silent")
        r = self.run_script()
        self.assertEqual(r.returncode, 1)
        self.assertIn("imported nothing", r.stderr)

    def test_the_lock_stops_everything(self):
        r = self.run_script(STUB_LOCKED="1")
        self.assertEqual(r.returncode, 1)
        self.assertEqual(self.imports(), [])
        self.assertIn("ci@runner-7", r.stderr)
        self.rule("*", "locked")
        r = self.run_script("--retries", "1")
        self.assertEqual(r.returncode, 1)
        self.assertEqual(len(self.imports()), 2)

    def test_expired_credentials_stop_everything(self):
        self.rule("*", "expired")
        r = self.run_script("--force")
        self.assertEqual(r.returncode, 1)
        self.assertEqual(len(self.imports()), 1)

    def test_a_hanging_import_is_stopped(self):
        self.rule("aws_vpc.main_eu_west_1", "hang:60")
        began = time.time()
        r = self.run_script("--timeout", "1", "--only", "aws_vpc.main_eu_west_1", "--retries", "0")
        self.assertEqual(r.returncode, 1)
        self.assertLess(time.time() - began, 30)

    def interrupted(self):
        """What a run prints that gets Ctrl-C in its second import."""
        p = subprocess.Popen(["bash", "import.sh"], cwd=self.dir, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(200):
            if len(self.imports()) == 2:
                break
            time.sleep(0.05)
        time.sleep(0.3)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 130, err)
        return out, err

    def test_interrupted_and_resumed(self):
        self.rule("aws_vpc.main_us_east_1", "hang:60")
        _, err = self.interrupted()
        self.assertIn("--resume", err)
        (self.dir / "rules").write_text("")
        r = self.run_script("--resume")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("4 imported, 0 already managed, 1 done before", r.stdout)

    def test_what_terraform_finished_after_the_signal_counts_as_imported(self):
        self.rule("aws_vpc.main_us_east_1", "slow:2")
        out, _ = self.interrupted()
        self.assertEqual(self.results(), [["imported", "aws_vpc.main_eu_west_1"], ["imported", "aws_vpc.main_us_east_1"]])
        self.assertIn("2 imported", out)

    def test_rollback_takes_out_what_was_imported(self):
        self.rule("aws_vpc.main_eu_west_1", "managed")
        self.run_script()
        r = self.run_script("--rollback")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        self.assertEqual([c[-1] for c in self.calls(["state", "rm"])], [a for a, _ in ITEMS[1:]])
        self.assertEqual((self.stub / "managed").read_text(), "")

    def test_what_was_rolled_back_is_imported_again(self):
        self.run_script()
        self.run_script("--rollback")
        r = self.run_script("--resume")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("5 imported, 0 already managed, 0 done before", r.stdout)
        self.assertEqual((self.stub / "managed").read_text().splitlines(), [a for a, _ in ITEMS])

    def test_a_second_run_does_not_forget_what_the_first_imported(self):
        self.run_script()
        r = self.run_script("--strategy", "strict")
        self.assertIn("0 imported, 5 already managed", r.stdout)
        self.run_script("--rollback")
        self.assertEqual((self.stub / "managed").read_text(), "")
        r = self.run_script("--rollback")
        self.assertIn("0 taken out of the state, 0 were not in it, 0 failed", r.stdout)

    def test_a_script_made_again_rolls_back_what_the_earlier_one_imported(self):
        self.run_script()
        script = self.dir / "import.sh"
        script.write_text("".join(line for line in script.read_text().splitlines(True) if not line.startswith("\titem aws_")))
        r = self.run_script("--rollback", "--only", "aws_x*", "--dry-run")
        self.assertEqual(len(re.findall("state rm aws_x_policy", r.stdout)), 2, r.stdout)
        r = self.run_script("--rollback")
        self.assertIn("5 taken out of the state", r.stdout)
        self.assertEqual((self.stub / "managed").read_text(), "")

    def test_the_wait_for_a_lock_ends_before_the_time_is_up(self):
        self.run_script("--timeout", "9")
        self.assertEqual({c[3] for c in self.calls(["import"])}, {"-lock-timeout=5s"})

    def test_strict_misses_what_is_not_in_the_state(self):
        self.run_script()
        (self.stub / "managed").write_text("")
        r = self.run_script("--strategy", "strict", "--resume")
        self.assertEqual(r.returncode, 1)
        self.assertIn("aws_vpc.main_eu_west_1 is not in the state", r.stderr)

    def test_the_rollback_file_does_the_same(self):
        self.run_script()
        r = subprocess.run(["bash", "import-results.rollback.sh"], cwd=self.dir, env=self.env, capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual((self.stub / "managed").read_text(), "")

    def test_wrong_place_is_refused(self):
        r = self.run_script(STUB_WORKSPACE="default")
        self.assertEqual((r.returncode, self.imports()), (1, []))
        self.assertIn("workspace", r.stderr)
        (self.dir / ".terraform/terraform.tfstate").write_text('{"backend": {"config": {"bucket": "other"}}}')
        r = self.run_script()
        self.assertEqual((r.returncode, self.imports()), (1, []))
        self.assertIn("backend", r.stderr)
        r = self.run_script(TERRAFORM="no-such-terraform")
        self.assertEqual(r.returncode, 1)
        self.assertIn("not in PATH", r.stderr)

    def test_options_are_checked(self):
        for args in (["--nonsense"], ["--retries", "x"], ["--strategy", "bold"], ["--only"], ["--timeout", "0"]):
            r = self.run_script(*args)
            self.assertEqual((r.returncode, self.imports()), (1, []), args)
        self.assertEqual(self.run_script("--help").returncode, 0)
        self.assertEqual(self.run_script("--strategy", "skip").returncode, 0)
        self.assertEqual(self.imports(), [])

    def test_terraform_options_pass_through(self):
        self.run_script("--only", "aws_vpc.main_eu_west_1", "--", "-var-file=a b.tfvars")
        self.assertEqual(self.calls(["import"])[0][4], "-var-file=a b.tfvars")

    def test_a_backup_is_whole_or_nothing_is_imported(self):
        r = self.run_script(STUB_PULL="cut")
        self.assertEqual((r.returncode, self.imports()), (1, []))
        self.assertIn("is not a whole state", r.stderr)
        r = self.run_script(STUB_PULL="line")
        self.assertEqual((r.returncode, self.imports()), (0, ITEMS), r.stderr)

    def test_no_state_yet(self):
        r = self.run_script(STUB_NO_STATE="1")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("no state yet", r.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[1:])

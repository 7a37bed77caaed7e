#!/usr/bin/env python3
"""Runs the stages of `./dev test` on what it has built, and counts.

    tests/run.py [--jobs N] [-k WORD] [STAGE...]

unit and valgrind run the cmocka programs, fuzz replays each corpus, habits, cli and integration are unittest files.
The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
STAGES = ("build", "habits", "unit", "fuzz", "valgrind", "cli", "integration")
TIMEOUT_S = 600
CLEAN_ENV = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_", "DRIFT_CATALOGUE"))}
SANITIZED = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []

    def add(self, passed, failed, skipped=()):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def run(command, env=()):
    """(exit code, output); 124 when it took too long."""
    try:
        p = subprocess.run([str(c) for c in command], cwd=ROOT, env=dict(CLEAN_ENV, **dict(env)), stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_S)
        return p.returncode, p.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b"").decode(errors="replace") + f"\nstopped after {TIMEOUT_S} s\n"


def cmocka_counts(code, text):
    """(passed, failed, skipped names) of a cmocka program. One that died without a summary is one failure."""
    def number(word):
        return sum(map(int, re.findall(r"^\[ +%s +\] (\d+) test\(s\)" % word, text, re.M)))
    passed, failed = number("PASSED"), number("FAILED")
    skipped = list(dict.fromkeys(re.findall(r"^\[  SKIPPED \] (\w+)$", text, re.M)))
    reason = re.search(r"(?im)^(?!\[).*skip.*$", text) if skipped else None
    if reason:
        skipped = [f"{s} ({reason.group(0).strip()})" for s in skipped]
    return passed, failed if failed or code == 0 else 1, skipped


def programs(tally, title, jobs, work):
    """work: (name, command, env, counts or None). Prints a line for each, and all the output of what failed."""
    def one(item):
        start = time.monotonic()
        code, text = run(item[1], item[2])
        return code, text, time.monotonic() - start
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for (name, _, _, counts), (code, text, took) in zip(work, pool.map(one, work)):
            passed, failed, skipped = counts(code, text) if counts else (int(code == 0), int(code != 0), [])
            tally.add(passed, failed, [f"{name}: {s}" for s in skipped])
            print(f"  {'ok  ' if not failed else 'FAIL'} {title}/{name}  {passed} passed{f', {failed} failed' if failed else ''}"
                  f"{f', {len(skipped)} skipped' if skipped else ''}  {took:.1f} s", flush=True)
            if failed:
                lines = [line for line in text.splitlines() if not re.match(r"\[ RUN |\[       OK", line)]
                if len(lines) > 70:
                    lines[40:-30] = [f"… {len(lines) - 70} lines …"]
                print("\n".join("      " + line for line in lines), f"\n      exit code {code}", flush=True)


def executables(folder, pattern, word):
    return [p for p in sorted(folder.glob(pattern)) if os.access(p, os.X_OK) and p.is_file() and word in p.name]


def stage_unit(a, tally):
    found = executables(BUILD / "asan/tests", "test_*", a.k)
    programs(tally, "unit", a.jobs, [(p.name, [p], SANITIZED, cmocka_counts) for p in found])


def stage_valgrind(a, tally):
    vg = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
          "--errors-for-leak-kinds=definite,indirect,possible"]
    found = executables(BUILD / "dev/tests", "test_*", a.k)
    programs(tally, "valgrind", a.jobs, [(p.name, vg + [p], {"DRIFT_SLOW_MACHINE": "1"}, None) for p in found])


def stage_fuzz(a, tally):
    found = executables(BUILD / "dev/tests", "*_replay", a.k)
    work = []
    for p in found:
        name = p.name[:-len("_replay")]
        cases = sorted(c for c in (ROOT / "tests/fuzz/corpus" / name).glob("*") if c.is_file())
        if not cases:
            print(f"  FAIL fuzz/{name}: no corpus under tests/fuzz/corpus/{name}", flush=True)
            tally.add(0, 1)
            continue
        work.append((name, [p, *cases], {}, lambda code, _, n=len(cases): (n, 0, []) if code == 0 else (0, 1, [])))
    programs(tally, "fuzz", a.jobs, work)


class Result(unittest.TextTestResult):
    """A line for each test as it ends, like the other stages."""

    def __init__(self, *args):
        super().__init__(*args)
        self.good, self.bad = 0, set()

    def startTest(self, test):
        self.began = time.monotonic()
        unittest.TestResult.startTest(self, test)

    def line(self, word, test, more=""):
        name = re.sub(r"^(\w+) \((.*)\)$", r"\2.\1", test.id()).split(".", 1)[-1]
        self.stream.writeln(f"  {word} {self.title}/{name}  {time.monotonic() - getattr(self, 'began', time.monotonic()):.1f} s{more}")
        self.stream.flush()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.good += 1
        self.line("ok  ", test)

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.line("skip", test, ": " + reason)

    def report(self, test, err, whole=None):
        self.bad.add((whole or test).id())
        self.line("FAIL", test)
        for text in self._exc_info_to_string(err, test).splitlines()[-60:]:
            self.stream.writeln("      " + text)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.report(test, err)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.report(test, err)

    def addSubTest(self, test, subtest, err):
        unittest.TestResult.addSubTest(self, test, subtest, err)
        if err:
            self.report(subtest, err, test)


def stage_unittest(name):
    def stage(a, tally):
        os.environ.clear()
        os.environ.update(CLEAN_ENV, DRIFT_BUILD=str(BUILD), **SANITIZED)
        loader = unittest.TestLoader()
        if a.k:
            loader.testNamePatterns = [f"*{a.k}*"]
        sys.path.insert(0, str(ROOT / "tests" / name))
        suite = unittest.TestSuite(loader.loadTestsFromName(p.stem) for p in sorted((ROOT / "tests" / name).glob("test_*.py")))
        sys.path.pop(0)
        runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, resultclass=type("R", (Result,), {"title": name}))
        result = runner._makeResult()
        suite.run(result)
        tally.add(result.good, len(result.bad), [f"{name}: {t.id().rsplit('.', 1)[-1]}: {why}" for t, why in result.skipped])
    return stage


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("-k", default="", metavar="WORD")
    ap.add_argument("stages", nargs="*", metavar="STAGE")
    a = ap.parse_args()
    # Who starts us in the background may have SIGINT ignored; the programs under test would inherit that, and bash could not trap it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for s in a.stages:
        if s not in STAGES:
            ap.error(f"no stage {s}; there are {' '.join(STAGES)}")
    tally = Tally()
    run_stage = {"unit": stage_unit, "valgrind": stage_valgrind, "fuzz": stage_fuzz, "habits": stage_unittest("habits"),
                 "cli": stage_unittest("cli"), "integration": stage_unittest("integration"), "build": lambda *_: None}
    for stage in [s for s in STAGES if s in a.stages or not a.stages]:
        start = time.monotonic()
        if stage != "build":
            print(f"{stage}:", flush=True)
        run_stage[stage](a, tally)
        if stage != "build":
            print(f"  {stage} took {time.monotonic() - start:.0f} s", flush=True)
    for s in tally.skipped:
        print("skipped:", s)
    if a.stages == ["build"]:  # ./dev has built by now; there is nothing to run
        return
    if tally.passed + tally.failed == 0:
        print("no test was run", file=sys.stderr)
        tally.failed = 1
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(tally.failed != 0)


if __name__ == "__main__":
    main()

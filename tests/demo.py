#!/usr/bin/env python3
"""`./dev demo`: the recorded account in an emulator, and driftscan in the repository of its user.

    tests/demo.py [--state empty|third|whole|drifted] [--keep]

Everything happens in build/demo; what was started is stopped again, also on Ctrl-C.
"""
import argparse
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ACCOUNT = ROOT / "fixtures/account"
SCENE = ROOT / "build/demo"
PROGRAM = ROOT / "build/driftscan"
STORY = {
    "empty": "Terraform has just been added: its state is empty, the account is full.",
    "third": "Somebody lost a third of the state.",
    "whole": "State and account agree (although 52 of the 199 resources look different in the raw state).",
    "drifted": "Somebody clicked in the console.",
}
START_S = 120


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def title(text):
    print("\n" + bold(f"── {text} " + "─" * max(0, 96 - len(text))), flush=True)


class Emulator:
    """load.py in a process of its own; it ends when its stdin closes."""

    def __init__(self, state):
        self.process = subprocess.Popen([sys.executable, str(ACCOUNT / "load.py"), "--state", state], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def url(self):
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("READY "):
            self.stop()
            sys.exit("the demo account could not be built:\n" + self.process.stderr.read().decode(errors="replace")[-2000:])
        return line.split()[1]

    def stop(self):
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def repository():
    """A copy of the user's repository, with the plan that they saved."""
    folder = SCENE / "repository"
    shutil.rmtree(SCENE, ignore_errors=True)
    shutil.copytree(ROOT / "fixtures/demo", folder)
    shutil.copy(ACCOUNT / "plan.json", folder / "plan.json")
    return folder


def environment(url):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
    return dict(env, AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="emulated",
                AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


def driftscan(folder, env, *args, show=True):
    """Runs it as the user would, and says how. The exit code is part of the story."""
    print(bold("$ driftscan " + " ".join(args)), flush=True)
    start = time.monotonic()
    p = subprocess.run([str(PROGRAM), *args], cwd=folder, env=env, stdout=None if show else subprocess.PIPE)
    print(f"(exit {p.returncode}, {time.monotonic() - start:.1f} s)", flush=True)
    return p.returncode


def excerpt(path, head=14, tail=0):
    if not path.exists():
        print(f"  {path.name} was not written")
        return
    lines = path.read_text("utf-8").splitlines()
    for line in lines[:head]:
        print("  " + line)
    if len(lines) > head + tail:
        print(f"  … {len(lines) - head - tail} more lines in {path.relative_to(ROOT)}")
    for line in lines[len(lines) - tail:] if tail and len(lines) > head + tail else []:
        print("  " + line)


def policy_facts(path):
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return
    policies = found if isinstance(found, list) else [found]
    statements = [s for p in policies for s in p.get("Statement", [])]
    actions = {a for s in statements for a in ([s["Action"]] if isinstance(s.get("Action"), str) else s.get("Action", []))}
    if statements:
        print(f"  {len(actions)} actions in {len(statements)} statements, where the proposal was ec2:* iam:* s3:* …")


def show(folder, env, state):
    title("the report: driftscan --env prod")
    code = driftscan(folder, env, "--env", "prod")
    if state == "whole":
        print("\nNothing to import; try ./dev demo --state empty, third or drifted.")
        return code == 0
    title("import blocks, at the addresses of this configuration")
    ok = driftscan(folder, env, "import", "--env", "prod", "--format", "blocks", "-o", "imports.tf") in (0, 2)
    excerpt(folder / "imports.tf", 16)
    title("the same as a script, for any Terraform")
    ok &= driftscan(folder, env, "import", "--env", "prod", "--format", "script", "-o", "import.sh") in (0, 2)
    excerpt(folder / "import.sh", 8, 12)
    title("the policy that the CI role needs to plan")
    ok &= driftscan(folder, env, "policy", "--env", "prod", "--mode", "plan", "-o", "ci-plan-policy.json") == 0
    policy_facts(folder / "ci-plan-policy.json")
    excerpt(folder / "ci-plan-policy.json", 18)
    title("who holds the state lock")
    ok &= driftscan(folder, env, "lock", "--env", "prod") in (0, 2)
    return ok and code == 2


def main():
    ap = argparse.ArgumentParser(prog="./dev demo", description="driftscan on a real account, in an emulator")
    ap.add_argument("--state", choices=tuple(STORY), default="empty", help="what happened before (default: empty)")
    ap.add_argument("--keep", action="store_true", help="leave the emulator running until Ctrl-C")
    a = ap.parse_args()
    if sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    print(bold("An account built by hand: 199 resources of 90 types. ") + STORY[a.state], flush=True)
    print("Building it in the emulator (about ten seconds) …", flush=True)
    emulator = Emulator(a.state)
    try:
        url = emulator.url()
        folder = repository()
        ok = show(folder, environment(url), a.state)
        print(f"\nEverything written lies in {folder.relative_to(ROOT)}/.")
        if a.keep:
            print(f"""
The account is still there. In another terminal:
  cd {folder}
  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=emulated
  {PROGRAM} --env prod
Ctrl-C ends it.""", flush=True)
            emulator.process.wait()
    except KeyboardInterrupt:
        print("\ninterrupted; stopping the emulator", file=sys.stderr)
        return 130
    finally:
        emulator.stop()
    return 0 if ok else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

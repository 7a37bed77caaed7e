#!/usr/bin/env python3
"""`./dev bench`: wall time, API calls, client CPU and peak memory of build/driftscan, as a table and as build/bench.json.

    tests/bench.py [--quick] [--runs N]

Nothing here passes or fails: timing does not belong into tests. --quick leaves the big accounts out.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/driftscan"
os.environ["DRIFTSCAN"] = str(PROGRAM)
sys.path.insert(0, str(ROOT / "tests/integration"))
import harness  # noqa: E402
import situations  # noqa: E402


def measured(args, cwd, env):
    """One run: seconds, CPU seconds, peak RSS in MB, exit code, report (when it is JSON)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        p = subprocess.Popen([str(PROGRAM), *args], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(p.pid, 0)
        took = time.monotonic() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
        err.seek(0)
        if p.returncode == 1:
            print(err.read().decode(errors="replace")[-1500:], file=sys.stderr)
    try:
        report = json.loads(text)
    except ValueError:
        report = {}
    return {"wall_s": took, "cpu_s": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss / 1024, "exit": p.returncode,
            "api_calls": report.get("scan", {}).get("api_calls"), "retries": report.get("scan", {}).get("retries"),
            "summary": report.get("summary")}


def best(runs, args, cwd, env):
    """The median of some runs (of each figure by itself)."""
    rows = [measured(args, cwd, env) for _ in range(runs)]
    out = dict(rows[-1])
    for k in ("wall_s", "cpu_s", "rss_mb"):
        out[k] = round(statistics.median(r[k] for r in rows), 4)
    return out


def demo(runs, rows):
    repository = harness.Repository(harness.account("untouched").url)
    for name, args in (("demo account, in sync", []), ("demo account, all unmanaged", ["--state", harness.state_url("empty")])):
        rows[name] = best(runs, ["--env", "prod", "-o", "json", *args], repository.folder, repository.env)
    repository.close()


def served(runs, rows, name, size, *faults):
    """An account of a given size from the fixture server."""
    server = harness.Server(ROOT / "build/dev/drift-fixture-server", "--size", str(size), *faults)
    folder = pathlib.Path(tempfile.mkdtemp())
    env = harness.environment(server.url, AWS_REGION="us-east-1")
    (folder / "empty.tfstate").write_bytes(json.dumps(situations.empty()).encode())
    rows[name] = best(runs, ["--all", "--state", "empty.tfstate", "-o", "json"], folder, env)
    server.stop()
    shutil.rmtree(folder)


def big_state(rows, megabytes=100):
    """A state of that size, read and checked without asking AWS for anything."""
    folder = pathlib.Path(tempfile.mkdtemp())
    state = situations.whole()
    instance = next(r for r in state["resources"] if r["type"] == "aws_ssm_parameter")
    one = len(json.dumps(instance))
    copies = [dict(instance, name=f"p{n}") for n in range(megabytes * 1_000_000 // one)]
    (folder / "big.tfstate").write_text(json.dumps(dict(state, resources=copies), indent=2))
    (folder / "live.json").write_text("{}")
    size = (folder / "big.tfstate").stat().st_size / 1e6
    row = measured(["state", "check", "big.tfstate"], folder, harness.environment("http://127.0.0.1:9"))
    row["state_mb"], row["rss_per_mb"] = round(size, 1), round(row["rss_mb"] / size, 2)
    rows["state of 100 MB"] = row
    shutil.rmtree(folder)


def start_up(rows):
    env = harness.environment("http://127.0.0.1:9")
    rows["driftscan --version"] = best(20, ["--version"], ROOT, env)
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, PROGRAM], check=True)
        rows["driftscan --version"]["stripped_mb"] = round(os.path.getsize(stripped.name) / 1e6, 2)


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.platform()}


def table(rows):
    head = ("what", "wall s", "CPU s", "RSS MB", "API calls", "exit")
    lines = [head] + [(n, f"{r['wall_s']:.3f}", f"{r['cpu_s']:.3f}", f"{r['rss_mb']:.1f}", str(r["api_calls"] or "-"), str(r["exit"]))
                      for n, r in rows.items()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))))


def main():
    ap = argparse.ArgumentParser(prog="./dev bench")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--runs", type=int, default=3)
    a = ap.parse_args()
    rows = {}
    start_up(rows)
    demo(a.runs, rows)
    if (ROOT / "build/dev/drift-fixture-server").exists():
        served(a.runs, rows, "10 resources, 50 ms latency", 10, "--latency-ms", "50")
        served(1, rows, "10,000 resources", 10_000)
        if not a.quick:
            served(1, rows, "100,000 resources", 100_000)
    else:
        print("(the fixture server is not built: no figures for big accounts; ./dev test build makes it)", file=sys.stderr)
    if not a.quick:
        big_state(rows)
    table(rows)
    (ROOT / "build/bench.json").write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")
    print("\nbuild/bench.json holds the same with the machine described")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""`./dev bench`: wall time, API calls, client CPU and peak memory of build/driftscan, as a table and as build/bench.json.

    tests/bench.py [--quick] [--runs N] [--only WORD]

Nothing here passes or fails: timing does not belong into tests. --quick leaves out what takes minutes. DRIFTSCAN names another program,
DRIFT_BENCH_TOOLS the folder with drift-fixture-server and tests/bench_*.
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
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = pathlib.Path(os.environ.setdefault("DRIFTSCAN", str(ROOT / "build/driftscan")))
TOOLS = pathlib.Path(os.environ.get("DRIFT_BENCH_TOOLS", ROOT / "build/dev"))
SERVER = TOOLS / "drift-fixture-server"
LATENCY_S = 0.05
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/bench"))
import harness  # noqa: E402
import replay  # noqa: E402
import situations  # noqa: E402


# A process starts with the peak memory of the one that it was forked from: so a small one starts what is measured.
STARTER = """
import os, signal, sys, time
limit, fd = int(sys.argv[1]), int(sys.argv[2])
start = time.monotonic()
pid = os.posix_spawn(sys.argv[3], sys.argv[3:], os.environ)
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(limit)
_, status, usage = os.wait4(pid, 0)
took = time.monotonic() - start
os.write(fd, f"{took} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}".encode())
"""


def measured(args, cwd, env, limit_s=600):
    """One run: seconds, CPU seconds, peak RSS in MB, exit code (null: it did not end in time), report (when it is JSON)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        read, write = os.pipe()
        subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, str(limit_s), str(write), str(PROGRAM), *map(str, args)], cwd=cwd, env=env,
                       stdin=subprocess.DEVNULL, stdout=out, stderr=err, pass_fds=[write], check=True)
        os.close(write)
        with os.fdopen(read) as f:
            took, cpu, rss, code = map(float, f.read().split())
        out.seek(0)
        text = out.read().decode(errors="replace")
        err.seek(0)
        if code == 1:
            print(f"{args}: {err.read().decode(errors='replace')[-1500:]}", file=sys.stderr)
    try:
        report = json.loads(text)
    except ValueError:
        report = {}
    return {"wall_s": round(took, 4), "cpu_s": round(cpu, 4), "rss_mb": round(rss / 1024, 2), "exit": int(code) if code >= 0 else None,
            "api_calls": report.get("scan", {}).get("api_calls"), "retries": report.get("scan", {}).get("retries"), "summary": report.get("summary")}


def median(runs, args, cwd, env):
    """The median of some runs (of each figure by itself)."""
    rows = [measured(args, cwd, env) for _ in range(runs)]
    return {**rows[-1], **{k: statistics.median(r[k] for r in rows) for k in ("wall_s", "cpu_s", "rss_mb")}}


def start_up(a, rows):
    env = harness.environment("http://127.0.0.1:9")
    row = median(20, ["--version"], ROOT, env)
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, PROGRAM], check=True)
        row["stripped_mb"] = round(os.path.getsize(stripped.name) / 1e6, 2)
    row["note"] = f"goal 5 ms; {row['stripped_mb']} MB stripped, libdrift and the catalogue inside (goal 4)"
    rows["driftscan --version"] = row


def demo(a, rows):
    account = harness.account("untouched")
    repository = harness.Repository(account.url)
    for name, args in (("demo account, in sync", []), ("demo account, all unmanaged", ["--state", harness.state_url("empty")])):
        rows[name] = median(a.runs, ["--env", "prod", "-o", "json", *args], repository.folder, repository.env)
    repository.close()
    latency(a, rows, account.url)


def latency(a, rows, url):
    """The demo account behind 50 ms. Behind ten times as much, next to nothing but waiting remains: that tells how long the longest chain is."""
    with tempfile.TemporaryDirectory() as folder:
        recording = replay.Recording(url)
        repository = harness.Repository(recording.url)
        measured(["--env", "prod", "-o", "json"], repository.folder, repository.env)
        file = pathlib.Path(folder, "recording.json")
        recording.save(file)
        found = {}
        for seconds in (LATENCY_S, 10 * LATENCY_S):
            server = harness.Server(sys.executable, ROOT / "tests/bench/replay.py", file, "--latency-ms", seconds * 1000)
            repository.env["AWS_ENDPOINT_URL"] = server.url
            found[seconds] = median(a.runs, ["--env", "prod", "-o", "json"], repository.folder, repository.env)
            server.stop()
        repository.close()
    row = found[LATENCY_S]
    row["chain"] = round((found[10 * LATENCY_S]["wall_s"] - row["wall_s"]) / (9 * LATENCY_S))
    row["note"] = f"{row['chain']} calls one after the other; goal 1.5 × {row['chain']} × 50 ms = {1.5 * row['chain'] * LATENCY_S:.2f} s"
    rows["demo account, 50 ms a call"] = row


def served(rows, name, size, *options, state=True, runs=1, limit_s=600, note=""):
    """An account of a given size from the fixture server, compared with its state or with an empty one."""
    server = harness.Server(SERVER, "--size", str(size), *options)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "s.tfstate")
        path.write_bytes(json.dumps(situations.empty()).encode())
        if state:
            subprocess.run([SERVER, "--size", str(size), "--write-state", path], check=True)
        env = harness.environment(server.url, AWS_REGION="us-east-1", AWS_SECRET_ACCESS_KEY="fixture-secret")
        args = ["--all", "--state", path, "-o", "json"]
        row = median(runs, args, folder, env) if runs > 1 else measured(args, folder, env, limit_s)
    stats = json.loads(urllib.request.urlopen(f"{server.url}/_control/stats").read())
    server.stop()
    row["note"], row["bound_s"] = note, max((max(0, r["taken"] - r["burst"]) / r["per_second"] for r in stats["rates"]), default=0)
    if row["bound_s"]:
        row["note"] = f"bound {row['bound_s']:.1f} s, goal 1.5 ×; {sum(r['refused'] for r in stats['rates'])} throttled"
    rows[name] = row
    return row


def accounts(a, rows):
    served(rows, "10 resources, 50 ms a call", 10, "--latency-ms", "50", runs=a.runs)
    small = served(rows, "10,000 resources", 10_000)
    served(rows, "10,000 resources, all unmanaged", 10_000, state=False)
    if a.quick:
        return
    large = served(rows, "100,000 resources", 100_000)
    large["note"] = f"{large['wall_s'] / small['wall_s']:.1f} × the time of 10,000 (goal 11); goal 150 MB"
    served(rows, "100,000 resources, all unmanaged", 100_000, state=False, limit_s=300)
    served(rows, "10,000 resources, published rates", 10_000, "--published-rates")


def big_state(a, rows, megabytes=100):
    """A state of that size, read and checked without asking AWS for anything."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        state = situations.whole()
        instance = next(r for r in state["resources"] if r["type"] == "aws_cloudwatch_log_group")
        one = len(json.dumps(instance, indent=2))
        copies = [dict(instance, name=f"p{n}", instances=[dict(i, attributes=dict(i["attributes"], id=f"p{n}", name=f"p{n}", arn=f"{i['attributes']['arn']}{n}"))
                                                         for i in instance["instances"]]) for n in range(megabytes * 1_000_000 // one)]
        path = folder / "big.tfstate"
        path.write_text(json.dumps(dict(state, resources=copies), indent=2))
        size = path.stat().st_size / 1e6
        env = harness.environment("http://127.0.0.1:9", AWS_REGION="us-east-1")
        (folder / "live.json").write_text(json.dumps({"format_version": "1.0", "side": "live", "meta": {}, "resources": [], "gaps": []}))
        for name, args in (("state of 100 MB, checked", ["state", "check", path]),
                           ("state of 100 MB, compared", ["scan", "--state", path, "--live", folder / "live.json", "-o", "prometheus"])):
            row = measured(args, folder, env)
            row["state_mb"] = round(size, 1)
            row["note"] = f"{size:.0f} MB, {len(copies)} resources; {row['rss_mb'] / size:.1f} × its size (goal 6 ×, 1.5 s)"
            rows[name] = row


def micro(a, rows):
    """The library's own benchmarks: one line of JSON each."""
    signing = TOOLS / "tests/bench_sigv4"
    found = json.loads(subprocess.run([signing], capture_output=True, check=True).stdout)
    rows["signatures on one core"] = {**found, "note": f"{found['per_second']:,.0f} a second (goal 200,000)"}
    engine = TOOLS / "tests/bench_engine"
    server = harness.Server(SERVER, "--size", "100")
    env = harness.environment(server.url, AWS_REGION="us-east-1", AWS_SECRET_ACCESS_KEY="fixture-secret")
    found = json.loads(subprocess.run([engine, "20000"], env=env, capture_output=True, check=True).stdout)
    server.stop()
    rows["20,000 calls through the loop"] = {**found, "wall_s": found["ms"] / 1000, "rss_mb": found["rss_kb"] / 1024, "cpu_s": found["cpu_ms"] / 1000,
                                             "note": f"{found['per_second']:,.0f} calls a second, the server on the same machine"}


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) / 1e6
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory, 1), "system": platform.platform(), "load_before": os.getloadavg()[0]}


def table(rows):
    def cell(r, k, form):
        return form.format(r[k]) if r.get(k) is not None else "-"
    head = ("what", "wall s", "CPU s", "RSS MB", "API calls", "exit", "")
    lines = [head] + [(n, cell(r, "wall_s", "{:.3f}"), cell(r, "cpu_s", "{:.3f}"), cell(r, "rss_mb", "{:.1f}"), cell(r, "api_calls", "{}"),
                       cell(r, "exit", "{}"), r.get("note", "")) for n, r in rows.items()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head) - 1)]
    for line in lines:
        print("  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:])), line[-1]]).rstrip())


def main():
    ap = argparse.ArgumentParser(prog="./dev bench")
    ap.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    ap.add_argument("--runs", type=int, default=3, help="the median of so many, where one is short")
    ap.add_argument("--only", default="", help="one part: start_up, micro, demo, accounts, big_state")
    a = ap.parse_args()
    rows, about = {}, machine()
    for part in (start_up, micro, demo, accounts, big_state):
        if a.only not in ("", part.__name__) or (a.quick and part is big_state):
            continue
        part(a, rows)
    table(rows)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/bench.json").write_text(json.dumps({"machine": about, "rows": rows}, indent=2) + "\n")
    print("\nbuild/bench.json holds the same with the machine described")


if __name__ == "__main__":
    main()

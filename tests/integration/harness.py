"""The real binary against the emulated account: accounts are started once a run and shared, repositories are scratch copies."""
import atexit
import http.client
import http.server
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT = ROOT / "fixtures/account"
PROGRAM = pathlib.Path(os.environ.get("DRIFTSCAN", ROOT / "build/asan/driftscan"))
BUCKET, KEY, TABLE, REGION = "retainwise-terraform-state", "prod/terraform.tfstate", "terraform-locks", "us-east-1"
SECRET_KEY = "rig/Secret+Key/that/must/never/show"
SESSION_TOKEN = "rigSessionTokenThatMustNeverShow=="
# What a list call does not return or should not be asked for: found when something names it, never by a scan.
NEVER_LISTED = {"aws_s3_object", "aws_secretsmanager_secret_version"}
# Two rules that differ only in a value of for_each, which no plan shows: found, but no address is guessed.
AMBIGUOUS = {'aws_vpc_security_group_ingress_rule.db["app"]', 'aws_vpc_security_group_ingress_rule.db["it\'s worker"]'}

sys.path.insert(0, str(ACCOUNT))
import load  # noqa: E402
import situations  # noqa: E402


class Server:
    """A program that prints `READY URL` and serves until its stdin closes."""

    def __init__(self, *command, ready_s=180):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        ready, _, _ = select.select([self.process.stdout], [], [], ready_s)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("READY "):
            self.stop()
            raise RuntimeError(f"{command} did not come up: {line}")
        self.url = line.split()[1]
        atexit.register(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


class Account(Server):
    def __init__(self, state):
        super().__init__(sys.executable, ACCOUNT / "load.py", "--state", state)

    def client(self, service):
        return load.client(self.url, service)

    def put_state(self, body, key):
        load.put_state(self.client("s3"), self.client("dynamodb"), body, key)
        return f"s3://{BUCKET}/{key}"


class Recorder:
    """Stands before a server, passes everything on, and remembers (method, path, operation, (region, signing name), body) of each request."""

    def __init__(self, url):
        self.seen = []
        target, seen = urllib.parse.urlsplit(url).netloc, self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                action = re.match(rb"Action=(\w+)", body)
                operation = (self.headers.get("X-Amz-Target") or (action.group(1).decode() if action else "")).rsplit(".", 1)[-1]
                scope = re.search(r"Credential=[^/]*/[^/]*/([^/]*)/([^/]*)/", self.headers.get("Authorization") or "")
                seen.append((self.command, self.path, operation, scope.groups() if scope else ("", ""), body))
                conn = http.client.HTTPConnection(target)
                conn.request(self.command, self.path, body, dict(self.headers))
                answer = conn.getresponse()
                data = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(data)))
                try:
                    self.end_headers()
                    self.wfile.write(b"" if self.command == "HEAD" else data)
                except ConnectionError:  # the caller had waited long enough
                    self.close_connection = True
                conn.close()

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


_accounts = {}


def account(name):
    """"untouched" holds the states whole, empty and third under keys of their own; "drifted" was clicked in."""
    if name not in _accounts:
        made = Account("drifted" if name == "drifted" else "whole")
        if name == "untouched":
            for state in ("empty", "third"):
                made.put_state(situations.state_bytes(state), f"{state}/terraform.tfstate")
        _accounts[name] = made
    return _accounts[name]


def environment(url, **more):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TERM": "dumb", "AWS_ENDPOINT_URL": url,
           "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def report(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[:3000]}\n--- stderr\n{self.err[:6000]}"


class Repository:
    """A scratch copy of the user's repository."""

    def __init__(self, url, **env):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-repository-"))
        shutil.copytree(ROOT / "fixtures/demo", self.folder, dirs_exist_ok=True)
        shutil.copy(ACCOUNT / "plan.json", self.folder)
        self.env = environment(url, **env)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def driftscan(self, *args, timeout=300, **env):
        p = subprocess.run([str(PROGRAM), *map(str, args)], cwd=self.folder, env={**self.env, **env}, stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=timeout)
        return Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))

    def scan(self, *args, **env):
        return self.driftscan("--env", "prod", "-o", "json", *args, **env)


def state_url(name):
    return f"s3://{BUCKET}/{name}/terraform.tfstate"


def root_of(path):
    """The attribute that a path is in: ingress[1].cidr_blocks → ingress."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def brief(report):
    """The findings, a line each, for messages."""
    lines = []
    for kind in ("missing", "changed", "unmanaged", "unknown"):
        for f in report[kind]:
            what = ", ".join(f"{c['path']}: {c['state']!r} -> {c['live']!r}"[:160] for c in f.get("changes", []))
            lines.append(f"{kind}: {f.get('address') or f.get('type')} {f.get('id') or ''} {what or f.get('reason') or ''}".rstrip())
    return "\n".join(lines)

"""With -vvv, and in everything that is written: no key, no token, no secret of the account or the state."""
import base64
import html
import http.server
import json
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from harness import PROGRAM, SECRET_KEY, SESSION_TOKEN, Repository, account, environment, state_url

# In the account, in the state and in the plan of the demo.
KNOWN = ("not-a-real-password-1", "not-a-real-password-2", "not-a-real-secret", "typed-in-by-hand-77")
FORMATS = ("text", "json", "markdown", "html", "junit", "sarif", "prometheus")


def spellings(secret):
    """As it is, escaped for JSON, HTML and the shell, and in base64."""
    plain = {secret, json.dumps(secret)[1:-1], html.escape(secret), shlex.quote(secret), urllib.parse.quote(secret, safe="")}
    # base64 at each of the three alignments, without the ends that depend on the neighbours
    return plain | {base64.b64encode(b"\0" * n + secret.encode()).decode()[4:-4] for n in range(3)}


class Everything(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(prefix="drift-secrets-"))
        self.addCleanup(shutil.rmtree, self.out)

    def run_all(self, name, commands):
        repository = Repository(account(name).url, AWS_SESSION_TOKEN=SESSION_TOKEN, XDG_CACHE_HOME=str(self.out / "cache"))
        self.addCleanup(repository.close)
        for n, args in enumerate(commands):
            run = repository.driftscan(*args, "-vvv")
            self.assertIn(run.code, (0, 2, 3), f"{args}: {run}")
            (self.out / f"{n}.stdout").write_text(run.out)
            (self.out / f"{n}.stderr").write_text(run.err)
            self.assertRegex(run.err, "(?m)^[a-z0-9]+:[A-Z]\\w+ ", f"{args}: -vvv says nothing of the calls")

    def search(self, secrets):
        files = [p for p in self.out.rglob("*") if p.is_file()]
        found = {f"{p.relative_to(self.out)}: {s}" for p in files for text in [p.read_text("utf-8", "replace")] for s in secrets for w in spellings(s) if w in text}
        self.assertEqual(set(), found)
        return files

    def test_a_scan_of_what_somebody_changed(self):
        outputs = [a for f in FORMATS for a in ("-o", f"{f}://{self.out}/report.{f}")]
        commands = [["--env", "prod", "--cache-ttl", "1h", *outputs], ["--env", "prod", "--cache-ttl", "1h", "-o", "text"],
                    ["--env", "prod", "--query", "changed"], ["inventory", "--env", "prod", "-o", f"json://{self.out}/live.json"]]
        self.run_all("drifted", commands)
        files = self.search((*KNOWN, SECRET_KEY, SESSION_TOKEN))
        self.assertTrue(all((self.out / f"report.{f}").exists() for f in FORMATS))
        self.assertGreater(len([p for p in files if p.parent.name == "driftscan"]), 50, "nothing was kept in the cache")
        self.assertIn("(sensitive)", (self.out / "report.text").read_text())

    def test_what_leads_to_imports_and_policies(self):
        empty = ["--env", "prod", "--state", state_url("empty")]
        commands = [["import", *empty, "--format", f] for f in ("blocks", "script", "hcl", "json")]
        commands += [["import", *empty, "--plan", "plan.json", "--format", f] for f in ("blocks", "script")]
        commands += [["policy", *empty, "--mode", m] for m in ("plan", "apply", "scan")]
        self.run_all("untouched", commands)
        self.search((*KNOWN, SECRET_KEY, SESSION_TOKEN))


class Refused(http.server.BaseHTTPRequestHandler):
    """Explains a signature as AWS does: with the whole request."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = "\n".join(f"{k.lower()}:{v}" for k, v in self.headers.items())
        message = "The request signature we calculated does not match the signature you provided."
        if self.explained:
            message += f"\n\nThe Canonical String for this request should have been\n'POST\n/\n\n{request}'"
        else:
            message = f"a proxy has seen: {request}"
        body = f"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message></Error></ErrorResponse>".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Echoes(unittest.TestCase):
    def test_what_a_server_sends_back_is_not_shown(self):
        for explained in (True, False):
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Refused,), {"explained": explained}))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
            url = f"http://127.0.0.1:{server.server_port}"
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "s.tfstate").write_text(json.dumps({"version": 4, "serial": 1, "lineage": "x", "resources": []}))
                for more in ([], ["--role-arn", "arn:aws:iam::1:role/r"]):
                    run = subprocess.run([PROGRAM, "--all", "--state", "s.tfstate", "-vvv", *more], cwd=folder, capture_output=True, text=True, timeout=60,
                                         env=environment(url, AWS_SESSION_TOKEN=SESSION_TOKEN, AWS_REGION="eu-west-1", AWS_MAX_ATTEMPTS="1"))
                    self.assertEqual(1, run.returncode)
                    self.assertIn("SignatureDoesNotMatch", run.stderr)
                    for n in range(len(SESSION_TOKEN) - 12):
                        self.assertNotIn(SESSION_TOKEN[n:n + 12], run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()

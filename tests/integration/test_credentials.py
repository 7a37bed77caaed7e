"""Whose keys sign what, from .driftscan and ~/.aws to the wire: one set for the state, another for the scan, MFA on a terminal."""
import hashlib
import http.server
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from harness import PROGRAM, environment

STATE = json.dumps({"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}).encode()
IDENTITY = (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/u</Arn>"
            b"<UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>")
CONFIG = """
[profile states]
aws_access_key_id = AKIASTATES
aws_secret_access_key = s
region = eu-west-1
[profile people]
aws_access_key_id = AKIAPEOPLE
aws_secret_access_key = s
region = eu-west-1
[profile careful]
role_arn = arn:aws:iam::123456789012:role/careful
source_profile = people
mfa_serial = arn:aws:iam::123456789012:mfa/me
region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp.awsapps.example/start
sso_region = eu-west-1
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """STS, S3 with one state, and CloudWatch Logs without a group; remembers (operation, access key, form)."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = dict(urllib.parse.parse_qsl(body)) if body.startswith("Action=") else {}
        key = (re.search(r"Credential=(\w+)/", self.headers.get("Authorization", "")) or [None, ""])[1]
        operation = form.get("Action") or self.headers.get("X-Amz-Target", "").split(".")[-1] or self.path.split("?")[0]
        self.seen.append((operation, key, form))
        out = b"{}"
        if operation == "AssumeRole":
            name = form["RoleArn"].rsplit("/", 1)[1].upper()
            out = (f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                   f"<SessionToken>t</SessionToken><Expiration>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 3600))}</Expiration>"
                   "</Credentials></AssumeRoleResult></AssumeRoleResponse>").encode()
        elif operation == "GetCallerIdentity":
            out = IDENTITY
        elif self.path.startswith("/states/prod.tfstate"):
            out = STATE
        self.send_response(200)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(out)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *_):
        pass


class Credentials(unittest.TestCase):
    def setUp(self):
        handler = type("H", (Handler,), {"seen": []})
        self.seen = handler.seen
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-credentials-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / ".aws").mkdir()
        (self.folder / ".aws/config").write_text(CONFIG)
        self.env = environment(f"http://127.0.0.1:{server.server_port}", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, HOME=str(self.folder))
        self.args = [str(PROGRAM), "--env", "prod", "-o", "json", "--type", "aws_cloudwatch_log_group"]

    def settings(self, *lines):
        (self.folder / ".driftscan").write_text("\n".join(["[env prod]", "state = s3://states/prod.tfstate", *lines, ""]))

    def scan(self, *more):
        return subprocess.run([*self.args, *more], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              start_new_session=True)

    def keys(self, operation):
        return {key for o, key, _ in self.seen if o == operation}

    def assumed(self):
        return [(key, form["RoleArn"].rsplit("/", 1)[1]) for o, key, form in self.seen if o == "AssumeRole"]

    def test_one_profile_for_the_state_another_for_the_scan(self):
        self.settings("profile = people", "state_profile = states")
        run = self.scan()
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual({"AKIASTATES"}, self.keys("/states/prod.tfstate"))
        self.assertEqual({"AKIAPEOPLE"}, self.keys("DescribeLogGroups"))
        self.assertEqual([], self.assumed())

    def test_roles_on_top(self):
        self.settings("profile = people", "state_profile = states", "state_role_arn = arn:aws:iam::1:role/reader",
                      "scan_role_arn = arn:aws:iam::1:role/scanner", "external_id = x-1")
        run = self.scan()
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual({"ASIAREADER"}, self.keys("/states/prod.tfstate"))
        self.assertEqual({"ASIASCANNER"}, self.keys("DescribeLogGroups") | self.keys("GetCallerIdentity"))
        self.assertEqual([("AKIASTATES", "reader"), ("AKIAPEOPLE", "scanner")], self.assumed(), "each role once")
        self.assertEqual("x-1", next(form.get("ExternalId") for _, _, form in self.seen if form.get("RoleArn", "").endswith("scanner")))

    def test_options_beat_settings(self):
        self.settings("profile = people", "scan_role_arn = arn:aws:iam::1:role/scanner")
        run = self.scan("--profile", "states", "--role-arn", "arn:aws:iam::1:role/other")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual({"ASIAOTHER"}, self.keys("DescribeLogGroups"))
        self.assertEqual([("AKIASTATES", "other")], self.assumed())

    def test_one_role_for_both_is_assumed_once(self):
        self.settings("profile = people", "role_arn = arn:aws:iam::1:role/both", "state_role_arn = arn:aws:iam::1:role/both")
        run = self.scan()
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual([("AKIAPEOPLE", "both")], self.assumed())

    def test_mfa_without_a_terminal_fails_clearly(self):
        self.settings("profile = careful")
        run = self.scan()
        self.assertEqual(1, run.returncode)
        self.assertIn("arn:aws:iam::123456789012:mfa/me", run.stderr)
        self.assertIn("run it in a terminal", run.stderr)

    def test_mfa_is_asked_for_once_on_a_terminal(self):
        self.settings("profile = careful")
        try:
            pid, terminal = pty.fork()
        except OSError as e:
            self.skipTest(f"this machine gives no pseudo-terminal: {e}")
        if pid == 0:
            os.chdir(self.folder)
            os.execve(self.args[0], [*self.args, "-q", "-o", f"json://{self.folder}/report.json"], self.env)
        shown, answered, end = b"", False, time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 4096)
            except OSError:
                break
            if b"MFA code for arn:aws:iam::123456789012:mfa/me: " in shown and not answered:
                answered = True
                os.write(terminal, b"654321\n")
        os.close(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertEqual(0, code, shown)
        self.assertEqual(1, shown.count(b"MFA code"))
        self.assertNotIn(b"654321", shown, "the code was echoed")
        codes = [form.get("TokenCode") for o, _, form in self.seen if o == "AssumeRole"]
        self.assertEqual(["654321"], codes)
        self.assertEqual({"ASIACAREFUL"}, self.keys("DescribeLogGroups") | self.keys("/states/prod.tfstate"))

    def test_an_sso_login_that_is_missing_or_expired_says_what_to_run(self):
        self.settings("profile = sso")
        run = self.scan()
        self.assertEqual(1, run.returncode)
        self.assertIn("aws sso login --sso-session corp", run.stderr)
        cache = self.folder / ".aws/sso/cache"
        cache.mkdir(parents=True)
        (cache / f"{hashlib.sha1(b'corp').hexdigest()}.json").write_text(json.dumps({"accessToken": "old", "expiresAt": "2020-01-01T00:00:00Z"}))
        run = self.scan()
        self.assertEqual(1, run.returncode)
        self.assertIn("has expired", run.stderr)
        self.assertIn("aws sso login --sso-session corp", run.stderr)


if __name__ == "__main__":
    unittest.main()

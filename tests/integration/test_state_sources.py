"""States from everywhere: S3 with what a backend block may say, the HTTP backend, GitLab, Terraform Cloud over TLS.

The servers are ours, on loopback; what they were asked is looked at as closely as what came out.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import PROGRAM, Run, environment
from state_servers import Aws, Routes, certificate, state

PASSWORD, TOKEN = "correct-horse-PASSWORD", "TOKEN.atlasv1.neverShown"


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-sources-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def serve(self, server):
        self.addCleanup(server.close)
        return server

    def backend(self, kind, config, **more):
        (self.folder / ".terraform").mkdir(exist_ok=True)
        (self.folder / ".terraform/terraform.tfstate").write_text(json.dumps({"version": 3, "terraform_version": "1.11.4", "backend": {
            "type": kind, "config": config, "hash": 18446744073709551615}, **more}))

    def driftscan(self, *args, url="http://127.0.0.1:1", stdin=None, **env):
        p = subprocess.run([str(PROGRAM), *map(str, args)], cwd=self.folder, env={**environment(url), "AWS_REGION": "eu-west-1", "HOME": str(self.folder), **env},
                           input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True, timeout=120)
        run = Run(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))
        for secret in (PASSWORD, TOKEN, base64.b64encode(f"ann:{PASSWORD}".encode()).decode()):
            self.assertNotIn(secret, run.out + run.err)
        return run

    def check(self, *args, **more):
        """The states that were loaded, and the run."""
        run = self.driftscan("state", "check", "-o", "json", *args, **more)
        self.assertIn(run.code, (0, 2), run)
        return json.loads(run.out)["states"], run


class S3(Folder):
    def setUp(self):
        super().setUp()
        self.aws = self.serve(Aws())

    def asked(self, method="GET", word=""):
        return [(p, h) for m, p, h in self.aws.seen if m == method and word in p]

    def test_an_address_with_parameters(self):
        self.aws.put("b", "a b/terraform.tfstate", state(3, ["x"]))
        states, _ = self.check("s3://b/a b/terraform.tfstate?region=ap-south-1", url=self.aws.url)
        self.assertEqual((3, 1, "v1"), (states[0]["serial"], states[0]["resources"], states[0]["object_version"]))
        self.assertIn("/ap-south-1/s3/aws4_request", self.asked()[0][1]["authorization"])

    def test_the_endpoint_of_the_address_is_used(self):
        self.aws.put("b", "k", state(3, ["x"]))
        states, _ = self.check(f"s3://b/k?endpoint={self.aws.url}")
        self.assertEqual(3, states[0]["serial"])

    def test_a_missing_object_that_was_named_is_no_empty_state(self):
        run = self.driftscan("state", "check", "s3://b/none", url=self.aws.url)
        self.assertEqual(1, run.code)
        self.assertIn("there is no state", run.err)

    def test_refusals_say_what_is_needed(self):
        self.aws.faults = {"/b/k": ("AccessDenied", 403)}
        run = self.driftscan("state", "check", "s3://b/k", url=self.aws.url)
        self.assertEqual(1, run.code)
        self.assertIn("s3:GetObject on arn:aws:s3:::b/k", run.err)
        self.assertIn("REQ123", run.err)

    def test_versions_by_id_time_and_serial(self):
        for serial in (5, 6, 7):
            self.aws.put("b", "k", state(serial, ["x"] * 1), time=1_700_000_000 + serial * 100)
        self.aws.put("b", "k-longer", state(99))
        for version, serial in (("v1", 5), ("2023-11-14T22:23:25Z", 6), ("serial:6", 6), ("2030-01-01", 7)):
            with self.subTest(version):
                states, _ = self.check("s3://b/k", "--state-version", version, url=self.aws.url)
                self.assertEqual(serial, states[0]["serial"])
        states, _ = self.check("s3://b/k?versionId=v2", url=self.aws.url)
        self.assertEqual(("s3://b/k?versionId=v2", 6), (states[0]["source"], states[0]["serial"]))
        for version, words in (("v9", "no such version"), ("2001-01-01", "no version of the state at that time"), ("serial:1", "has serial 1")):
            with self.subTest(version):
                run = self.driftscan("state", "check", "s3://b/k", "--state-version", version, url=self.aws.url)
                self.assertEqual(1, run.code)
                self.assertIn(words, run.err)

    def test_a_deleted_state(self):
        self.aws.put("b", "k", state(5), time=1_700_000_000)
        self.aws.put("b", "k", b"", time=1_700_000_100, deleted=True)
        run = self.driftscan("state", "check", "s3://b/k", "--state-version", "2025-01-01", url=self.aws.url)
        self.assertIn("had been deleted at that time", run.err)
        states, _ = self.check("s3://b/k", "--state-version", "v1", url=self.aws.url)
        self.assertEqual(5, states[0]["serial"])

    def test_a_backend_block_with_workspace_table_and_keys(self):
        key = base64.b64encode(b"k" * 32).decode()
        self.aws.put("st", "env:/dev/app/terraform.tfstate", state(4, ["x"]))
        self.aws.sse_key = key
        self.backend("s3", {"bucket": "st", "key": "app/terraform.tfstate", "region": "eu-north-1", "encrypt": True, "sse_customer_key": key,
                            "access_key": "AKIABACKEND", "secret_key": PASSWORD, "endpoints": {"s3": self.aws.url, "dynamodb": self.aws.url},
                            "dynamodb_table": "locks", "use_path_style": True})
        states, _ = self.check(TF_WORKSPACE="dev")
        self.assertEqual(("s3://st/env:/dev/app/terraform.tfstate", 4), (states[0]["source"], states[0]["serial"]))
        path, headers = self.asked()[0]
        self.assertIn("env%3A", path)
        self.assertIn("AKIABACKEND", headers["authorization"])
        self.assertIn("x-amz-server-side-encryption-customer-key", headers["authorization"])
        run = self.driftscan("lock", "--workspace", "dev", "-o", "json")
        self.assertEqual(0, run.code, run)
        self.assertEqual(["s3://st/env:/dev/app/terraform.tfstate.tflock", "DynamoDB table locks, item st/env:/dev/app/terraform.tfstate"],
                         json.loads(run.out)["looked_at"])
        self.assertNotIn(key, run.out + run.err)

    def test_a_workspace_that_is_not_there_is_mistyped(self):
        self.aws.put("st", "env:/dev/k", state(4, ["x"]))
        self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-north-1", "endpoints": {"s3": self.aws.url}, "use_path_style": True})
        run = self.driftscan("state", "check", "--workspace", "dve", url=self.aws.url)
        self.assertEqual((1, ""), (run.code, run.out))
        self.assertIn("there is no workspace dve", run.err)
        self.assertIn("terraform workspace list", run.err)
        states, _ = self.check(url=self.aws.url)  # the default one may not be there yet
        self.assertEqual(False, states[0]["exists"])

    def test_the_key_of_sse_c_may_come_from_the_environment(self):
        key = base64.b64encode(b"s" * 32).decode()
        self.aws.put("b", "k", state(4))
        self.aws.sse_key = key
        run = self.driftscan("state", "check", "s3://b/k", url=self.aws.url)
        self.assertEqual(1, run.code)
        self.assertIn("AWS_SSE_CUSTOMER_KEY", run.err)
        states, _ = self.check("s3://b/k?encrypt=1", url=self.aws.url, AWS_SSE_CUSTOMER_KEY=key)
        self.assertEqual(4, states[0]["serial"])

    def test_workspaces_are_joined_as_terraform_joins_them(self):
        for prefix, workspace, key, path in ((None, "default", "k", "k"), (None, "dev", "a/k", "env:/dev/a/k"), ("", "dev", "a/k", "dev/a/k"),
                                             ("x//y/", "dev", "./k", "x/y/dev/k"), ("p/../q", "dev", "k", "q/dev/k")):
            with self.subTest(path):
                self.aws.objects.clear()
                self.aws.put("st", path, state(2))
                self.backend("s3", {"bucket": "st", "key": key, "region": "eu-west-1", "workspace_key_prefix": prefix})
                (self.folder / ".terraform/environment").write_text(workspace)
                states, _ = self.check(url=self.aws.url)
                self.assertEqual(2, states[0]["serial"])

    def test_the_folder_of_terraform_may_lie_elsewhere(self):
        self.aws.put("st", "k", state(2))
        self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-west-1"})
        (self.folder / ".terraform").rename(self.folder / "data")
        states, _ = self.check(url=self.aws.url, TF_DATA_DIR="data")
        self.assertEqual(2, states[0]["serial"])

    def test_a_backend_without_an_object_is_an_empty_state(self):
        self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-west-1"})
        states, _ = self.check(url=self.aws.url)
        self.assertEqual((False, 0), (states[0]["exists"], states[0]["resources"]))

    def test_profile_and_role_of_the_backend(self):
        (self.folder / "creds").write_text(f"[states]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = {PASSWORD}\n")
        self.aws.put("st", "k", state(2))
        self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-west-1", "profile": "states", "shared_credentials_files": [str(self.folder / "creds")]})
        states, _ = self.check(url=self.aws.url)
        self.assertEqual(2, states[0]["serial"])
        self.assertIn("AKIAPROFILE", self.asked()[0][1]["authorization"])

    def test_a_role_gets_all_that_the_block_says_of_it(self):
        self.aws.put("st", "k", state(2))
        arn, policy = "arn:aws:iam::111122223333:role/states", "arn:aws:iam::111122223333:policy/p"
        old = {"role_arn": arn, "external_id": "e", "session_name": "n", "assume_role_duration_seconds": 5400, "assume_role_policy": "{}", "assume_role_policy_arns": [policy],
               "assume_role_tags": {"team": "a"}, "assume_role_transitive_tag_keys": ["team"], "assume_role": None}
        new = {"role_arn": None, "assume_role": {"role_arn": arn, "external_id": "e", "session_name": "n", "duration": "1h30m", "policy": "{}", "policy_arns": [policy],
                                                 "tags": {"team": "a"}, "transitive_tag_keys": ["team"], "source_identity": "ann"}}
        for config in (old, new, {"assume_role": [new["assume_role"]]}):
            with self.subTest(config):
                self.aws.assumed.clear()
                self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-west-1", **config})
                states, _ = self.check(url=self.aws.url)
                self.assertEqual(2, states[0]["serial"])
                self.assertEqual((arn, "e", "n", "5400", "{}", policy, "team", "a", "team", None if config is old else "ann"), tuple(self.aws.assumed[0].get(k) for k in (
                    "RoleArn", "ExternalId", "RoleSessionName", "DurationSeconds", "Policy", "PolicyArns.member.1.arn", "Tags.member.1.Key", "Tags.member.1.Value",
                    "TransitiveTagKeys.member.1", "SourceIdentity")))
        # a role that was asked for by hand is another one: nothing of the block goes with it
        self.aws.assumed.clear()
        (self.folder / ".driftscan").write_text("[env p]\nstate_role_arn = arn:aws:iam::111122223333:role/mine\n")
        self.check("--env", "p", url=self.aws.url)
        self.assertEqual(("arn:aws:iam::111122223333:role/mine", None), tuple(self.aws.assumed[0].get(k) for k in ("RoleArn", "Tags.member.1.Key")))

    def test_the_scan_does_not_go_with_the_credentials_of_the_state(self):
        self.aws.put("st", "k", state(2))
        (self.folder / "token").write_text("eyJ.web.token")
        self.backend("s3", {"bucket": "st", "key": "k", "region": "eu-west-1", "assume_role_with_web_identity": {
            "role_arn": "arn:aws:iam::111122223333:role/states", "web_identity_token_file": str(self.folder / "token")}})
        run = self.driftscan("scan", "--all", "--type", "aws_sqs_queue", "-o", "json", url=self.aws.url)
        self.assertEqual(0, run.code, run)
        keys = {(("s3" if "/s3/" in h["authorization"] else "sqs" if "/sqs/" in h["authorization"] else "sts"), "ASIASTATES" in h["authorization"])
                for _, _, h in self.aws.seen if "authorization" in h}
        self.assertEqual({("s3", True), ("sqs", False), ("sts", False)}, keys)

    def test_an_odd_terraform_folder_is_said(self):
        for text, words in (("{", "terraform init"), ('{"version": 4}', "not what `terraform init` writes"), ('{"version":3,"state_store":{}}', "provider's store"),
                            ('{"version":3,"backend":{"type":"gcs","config":{}}}', "terraform state pull"), ('{"version":3,"backend":{"type":"s3","config":{}}}', "no bucket")):
            with self.subTest(text):
                (self.folder / ".terraform").mkdir(exist_ok=True)
                (self.folder / ".terraform/terraform.tfstate").write_text(text)
                run = self.driftscan("state", "check")
                self.assertEqual(1, run.code, run)
                self.assertIn(words, run.err)


class Files(Folder):
    def test_local_backends_and_their_workspaces(self):
        (self.folder / "terraform.tfstate").write_bytes(state(1, ["x"]))
        states, _ = self.check()
        self.assertEqual(("terraform.tfstate", 1), (states[0]["source"], states[0]["serial"]))
        place = self.folder / "terraform.tfstate.d/dev"
        place.mkdir(parents=True)
        (place / "terraform.tfstate").write_bytes(state(2))
        states, _ = self.check("--workspace", "dev")
        self.assertEqual(2, states[0]["serial"])
        (place.parent / "new").mkdir()
        self.backend("local", {"path": None, "workspace_dir": None})
        states, _ = self.check("--workspace", "new")
        self.assertFalse(states[0]["exists"])
        run = self.driftscan("state", "check", "--workspace", "dve")
        self.assertEqual(1, run.code)
        self.assertIn("there is no workspace dve", run.err)
        self.backend("local", {"path": "other.tfstate", "workspace_dir": None})
        (self.folder / "other.tfstate").write_bytes(state(3))
        states, _ = self.check()
        self.assertEqual(3, states[0]["serial"])

    def test_standard_input_patterns_and_several(self):
        for n in (1, 2):
            (self.folder / f"s{n}.tfstate").write_bytes(state(n, [f"b{n}"], lineage=f"l{n}"))
        states, _ = self.check("s*.tfstate")
        self.assertEqual([1, 2], [s["serial"] for s in states])
        states, _ = self.check("-", "s1.tfstate", stdin=state(9, ["z"]))
        self.assertEqual([9, 1], [s["serial"] for s in states])
        run = self.driftscan("state", "check", "q*.tfstate")
        self.assertIn("no file fits", run.err)


class Http(Folder):
    def setUp(self):
        super().setUp()
        self.server = self.serve(Routes())
        self.server.routes["/state"] = lambda query, headers: (200, {"Content-Type": "application/json"}, state(5, ["x"])) if headers.get("authorization") == \
            "Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode() else (401, {}, b"no")

    def test_basic_auth_from_the_backend_the_environment_and_the_address(self):
        self.backend("http", {"address": self.server.url + "/state", "username": "ann", "password": PASSWORD, "skip_cert_verification": True})
        self.assertEqual(5, self.check()[0][0]["serial"])
        self.backend("http", {"address": None, "username": "ann", "password": None})
        self.assertEqual(5, self.check(TF_HTTP_ADDRESS=self.server.url + "/state", TF_HTTP_PASSWORD=PASSWORD)[0][0]["serial"])
        shutil.rmtree(self.folder / ".terraform")
        self.assertEqual(5, self.check(self.server.url + "/state", TF_HTTP_USERNAME="ann", TF_HTTP_PASSWORD=PASSWORD)[0][0]["serial"])
        states, _ = self.check(f"http://ann:{PASSWORD}@{self.server.host}/state?token={TOKEN}")
        self.assertEqual(self.server.url + "/state", states[0]["source"])
        self.assertIn(TOKEN, self.server.seen[-1][1])

    def test_a_refusal_names_what_to_set(self):
        run = self.driftscan("state", "check", self.server.url + "/state", TF_HTTP_USERNAME="ann", TF_HTTP_PASSWORD=PASSWORD + "x")
        self.assertEqual(1, run.code)
        self.assertIn("are user and password right", run.err)
        run = self.driftscan("state", "check", self.server.url + "/state")
        self.assertIn("TF_HTTP_USERNAME", run.err)

    def test_credentials_of_another_address_are_not_sent(self):
        run = self.driftscan("state", "check", self.server.url + "/state", TF_HTTP_ADDRESS="https://elsewhere.example/state", TF_HTTP_USERNAME="ann", TF_HTTP_PASSWORD=PASSWORD)
        self.assertEqual(1, run.code)
        self.assertNotIn("authorization", self.server.seen[-1][2])

    def test_redirects_to_another_host_drop_the_password(self):
        other = self.serve(Routes())
        other.routes["/moved"] = lambda query, headers: (200, {}, state(6)) if "authorization" not in headers else (500, {}, b"")
        self.server.routes["/far"] = (302, {"Location": other.url + "/moved"}, b"")
        self.server.routes["/near"] = (307, {"Location": "/state"}, b"")
        env = {"TF_HTTP_USERNAME": "ann", "TF_HTTP_PASSWORD": PASSWORD}
        self.assertEqual(6, self.check(self.server.url + "/far", **env)[0][0]["serial"])
        self.assertEqual(5, self.check(self.server.url + "/near", **env)[0][0]["serial"])
        other.routes["/moved"] = (401, {}, b"")
        run = self.driftscan("state", "check", self.server.url + "/far", **env)
        self.assertIn("a redirect led to another host", run.err)

    def test_circles_and_odd_redirects_end(self):
        self.server.routes["/loop"] = (302, {"Location": "/loop"}, b"")
        self.server.routes["/odd"] = (302, {"Location": "file:///etc/passwd"}, b"")
        self.server.routes["/none"] = (302, {}, b"")
        for path, words in (("/loop", "more than 5 redirects"), ("/odd", "no http(s) address"), ("/none", "no http(s) address")):
            with self.subTest(path):
                run = self.driftscan("state", "check", self.server.url + path)
                self.assertEqual(1, run.code)
                self.assertIn(words, run.err)

    def test_no_state_is_none_where_terraform_says_so(self):
        for status in (404, 204):
            self.server.routes["/none"] = (status, {}, b"")
            self.backend("http", {"address": self.server.url + "/none"})
            states, _ = self.check()
            self.assertEqual((False, 0), (states[0]["exists"], states[0]["resources"]))
        run = self.driftscan("state", "check", self.server.url + "/none")
        self.assertEqual(1, run.code)

    def test_a_body_that_was_cut_is_noticed(self):
        self.server.routes["/md5"] = (200, {"Content-MD5": base64.b64encode(b"0" * 16).decode()}, state(1))
        run = self.driftscan("state", "check", self.server.url + "/md5")
        self.assertIn("Content-MD5", run.err)

    def test_a_busy_server_is_asked_again(self):
        answers = [503, 200]
        self.server.routes["/busy"] = lambda query, headers: (answers.pop(0), {}, state(8))
        self.assertEqual(8, self.check(self.server.url + "/busy")[0][0]["serial"])

    def test_an_html_page_is_named(self):
        self.server.routes["/login"] = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><title>Sign in</title></html>")
        run = self.driftscan("state", "check", self.server.url + "/login")
        self.assertIn("this is an HTML page", run.err)

    def test_a_line_break_in_a_password_is_no_header(self):
        run = self.driftscan("state", "check", self.server.url + "/state", TF_HTTP_USERNAME="ann\r\nX-Evil: 1", TF_HTTP_PASSWORD="x")
        self.assertEqual(1, run.code)
        self.assertNotIn("x-evil", self.server.seen[-1][2] if self.server.seen else {})

    def test_gitlab(self):
        path = "/api/v4/projects/12/terraform/state/prod"
        seen = {}

        def answer(serial):
            def route(query, headers):
                seen.update(headers)
                good = headers.get("private-token") == TOKEN or headers.get("job-token") == TOKEN or "authorization" in headers
                return (200, {}, state(serial)) if good else (401, {}, b"{}")
            return route
        self.server.routes[path] = answer(12)
        self.server.routes[path + "/versions/11"] = answer(11)
        url = self.server.url + path
        self.assertEqual(12, self.check(url, GITLAB_TOKEN=TOKEN, GITLAB_HOST=self.server.host)[0][0]["serial"])
        self.assertEqual(12, self.check(url, CI_JOB_TOKEN=TOKEN, CI_SERVER_URL=self.server.url)[0][0]["serial"])
        self.assertEqual(12, self.check(url, TF_HTTP_USERNAME="ann", TF_HTTP_PASSWORD=PASSWORD)[0][0]["serial"])
        self.assertEqual(11, self.check(url, "--state-version", "11", GITLAB_TOKEN=TOKEN, GITLAB_HOST=self.server.host)[0][0]["serial"])
        # the token is for gitlab.com unless something says otherwise
        seen.clear()
        run = self.driftscan("state", "check", url, GITLAB_TOKEN=TOKEN)
        self.assertEqual(1, run.code)
        self.assertNotIn("private-token", seen)
        self.assertIn("GITLAB_HOST", run.err)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed: no certificate for a server with TLS")
class Cloud(Folder):
    @classmethod
    def setUpClass(cls):
        both, cls.certificate = certificate()
        cls.addClassCleanup(shutil.rmtree, both.parent, True)
        cls.server = Routes(tls=both)
        cls.addClassCleanup(cls.server.close)
        cls.archive = Routes(tls=both)
        cls.addClassCleanup(cls.archive.close)

    def setUp(self):
        super().setUp()
        server, archive = self.server, self.archive
        server.seen.clear()
        archive.seen.clear()
        self.locked = False
        archive.routes["/object/7"] = lambda query, headers: (200, {}, state(7, ["x"])) if "authorization" not in headers else (500, {}, b"")
        server.routes["/local/6"] = self.with_token(lambda: (307, {"Location": archive.url + "/object/7"}, b""))

        def version(n, serial, url):
            return {"id": f"sv-{n}", "type": "state-versions", "attributes": {"serial": serial, "created-at": f"2026-01-0{n}T00:00:00Z", "hosted-state-download-url": url}}
        newest, older = version(2, 7, archive.url + "/object/7"), version(1, 6, "/local/6")
        server.routes["/api/v2/organizations/acme/workspaces/app-prod"] = self.with_token(lambda: (200, {}, json.dumps({
            "data": {"id": "ws-1", "attributes": {"locked": self.locked}, "relationships": {"locked-by": {"data": {"id": "user-1", "type": "users"} if self.locked else None}}},
            "included": [{"id": "user-1", "type": "users", "attributes": {"username": "ann"}}]}).encode()))
        server.routes["/api/v2/workspaces/ws-1/current-state-version"] = self.with_token(lambda: (200, {}, json.dumps({"data": newest}).encode()))
        server.routes["/api/v2/state-versions/sv-1"] = self.with_token(lambda: (200, {}, json.dumps({"data": older}).encode()))
        server.routes["/api/v2/state-versions"] = self.with_token(lambda: (200, {}, json.dumps({"data": [newest, older]}).encode()))

    @staticmethod
    def with_token(answer):
        return lambda query, headers: answer() if headers.get("authorization") == f"Bearer {TOKEN}" else (401, {}, b"{}")

    def token_variable(self):
        # a host with a port; Terraform decodes _ to . as we do
        return {"TF_TOKEN_" + self.server.host.replace(".", "_"): TOKEN, "SSL_CERT_FILE": str(self.certificate)}

    def test_remote_and_cloud_blocks(self):
        for kind, workspaces, env in (("remote", {"name": "app-prod", "prefix": None}, {}), ("remote", [{"name": None, "prefix": "app-"}], {"TF_WORKSPACE": "prod"}),
                                      ("cloud", {"name": None, "tags": ["app"]}, {"TF_WORKSPACE": "app-prod"})):
            with self.subTest(f"{kind} {workspaces}"):
                self.backend(kind, {"hostname": self.server.host, "organization": "acme", "token": None, "workspaces": workspaces})
                states, _ = self.check(**env, **self.token_variable())
                self.assertEqual((f"tfe://{self.server.host}/acme/app-prod", 7, "sv-2"), (states[0]["source"], states[0]["serial"], states[0]["object_version"]))
        self.assertTrue(self.archive.seen)
        self.assertTrue(all("authorization" not in h for _, _, h in self.archive.seen))

    def test_the_token_from_where_terraform_keeps_it(self):
        source, tls = f"tfe://{self.server.host}/acme/app-prod", {"SSL_CERT_FILE": str(self.certificate)}
        (self.folder / ".terraform.d").mkdir()
        (self.folder / ".terraform.d/credentials.tfrc.json").write_text(json.dumps({"credentials": {"other.example": {"token": "x"}, self.server.host: {"token": TOKEN}}}))
        self.assertEqual(7, self.check(source, **tls)[0][0]["serial"])
        (self.folder / ".terraform.d/credentials.tfrc.json").unlink()
        (self.folder / "rc").write_text(f'# mine\nplugin_cache_dir = "x"\ncredentials "other.example" {{ token = "x" }}\ncredentials "{self.server.host}" {{\n  token = "{TOKEN}" // it\n}}\n')
        self.assertEqual(7, self.check(source, TF_CLI_CONFIG_FILE=str(self.folder / "rc"), **tls)[0][0]["serial"])
        run = self.driftscan("state", "check", source, **tls)
        self.assertEqual(1, run.code)
        self.assertIn("terraform login", run.err)

    def test_older_versions(self):
        source = f"tfe://{self.server.host}/acme/app-prod"
        for version in ("sv-1", "serial:6", "2026-01-01T12:00:00Z"):
            with self.subTest(version):
                self.server.seen.clear()
                states, _ = self.check(source, "--state-version", version, **self.token_variable())
                self.assertEqual("sv-1", states[0]["object_version"])
                self.assertEqual("/local/6", self.server.seen[-1][1])

    def test_the_certificate_is_verified(self):
        env = self.token_variable()
        del env["SSL_CERT_FILE"]
        run = self.driftscan("state", "check", f"tfe://{self.server.host}/acme/app-prod", **env)
        self.assertEqual(1, run.code)
        self.assertIn("SSL_CERT_FILE", run.err)
        self.assertEqual([], self.server.seen)
        self.backend("http", {"address": self.server.url + "/x", "skip_cert_verification": True})
        run = self.driftscan("state", "check")
        self.assertEqual(1, run.code)
        self.assertIn("could not be trusted", run.err)

    def test_from_https_to_http_is_not_followed(self):
        plain = self.serve(Routes())
        self.server.routes["/down"] = (302, {"Location": plain.url + "/x"}, b"")
        run = self.driftscan("state", "check", self.server.url + "/down", SSL_CERT_FILE=str(self.certificate))
        self.assertIn("from https to http", run.err)
        self.assertEqual([], plain.seen)

    def test_what_is_wrong_is_said(self):
        env = self.token_variable()
        run = self.driftscan("state", "check", f"tfe://{self.server.host}/acme/none", **env)
        self.assertIn("no such workspace", run.err)
        env[next(iter(env))] = "bad"
        run = self.driftscan("state", "check", f"tfe://{self.server.host}/acme/app-prod", **env)
        self.assertIn("refuses the API token", run.err)
        run = self.driftscan("state", "check", "tfe://acme")
        self.assertIn("tfe://HOST/ORGANIZATION/WORKSPACE", run.err)
        self.backend("cloud", {"organization": "acme", "workspaces": {"tags": ["a"]}})
        run = self.driftscan("state", "check")
        self.assertIn("no workspace is selected", run.err)

    def test_who_locked_the_workspace(self):
        source = f"tfe://{self.server.host}/acme/app-prod"
        self.assertEqual(0, self.driftscan("lock", "--state", source, **self.token_variable()).code)
        self.locked = True
        run = self.driftscan("lock", "--state", source, "-o", "json", **self.token_variable())
        self.assertEqual(2, run.code)
        lock = json.loads(run.out)["locks"][0]
        self.assertEqual(("user ann", "terraform force-unlock acme/app-prod"), (lock["who"], lock["unlock"]))


if __name__ == "__main__":
    unittest.main()

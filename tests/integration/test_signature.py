"""Signatures as somebody else checks them: the emulator with authentication switched on, and the strict fixture server."""
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request

from harness import PROGRAM, Server, environment

CALL = PROGRAM.parent / "drift-aws-call"
FIXTURE = PROGRAM.parent / "drift-fixture-server"
SERVE = """
import sys
from moto.server import ThreadedMotoServer
s = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
s.start()
print("READY http://%s:%d" % s.get_host_and_port(), flush=True)
sys.stdin.read()
s.stop()
"""
# What is awkward to sign, too. Not REST calls but S3's: there the emulator refuses boto3's own signatures; the fixture server has them.
CALLS = [
    ("ec2", "DescribeVpcs", "{}"), ("iam", "ListRoles", "{}"), ("sts", "GetCallerIdentity", "{}"), ("dynamodb", "ListTables", "{}"),
    ("logs", "DescribeLogGroups", '{"logGroupNamePrefix": "/aws/ä b+c"}'),
    ("s3", "ListBuckets", "{}"), ("s3", "GetObject", '{"Bucket": "b.with.dots", "Key": "env:/a//./b/../c d+ä~*\'()!.tfstate"}'),
    ("sqs", "ListQueues", '{"QueueNamePrefix": "ü"}'),
]
UNSIGNED = ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure", "InvalidClientTokenId", "InvalidAccessKeyId",
            "UnrecognizedClientException")


def call(url, service, operation, text, **env):
    full = environment(url, AWS_REGION="eu-west-1", AWS_MAX_ATTEMPTS="2", **env)
    return subprocess.run([CALL, service, operation, text], env=full, capture_output=True, text=True, timeout=60)


def code(run):
    return next((line[6:] for line in run.stderr.splitlines() if line.startswith("code: ")), "")


@unittest.skipUnless(CALL.exists(), f"{CALL} is not built")
class Moto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(sys.executable, "-c", SERVE)
        cls.addClassCleanup(cls.server.stop)
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
        cls.query(Action="CreateUser", UserName="scanner")
        cls.query(Action="PutUserPolicy", UserName="scanner", PolicyName="all", PolicyDocument=policy)
        key = cls.query(Action="CreateAccessKey", UserName="scanner")
        cls.key, cls.secret = (key.split(f"<{t}>")[1].split("<")[0] for t in ("AccessKeyId", "SecretAccessKey"))
        # as plain text: what looks like a form is not seen by that endpoint
        urllib.request.urlopen(urllib.request.Request(cls.server.url + "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST"),
                               timeout=30).read()

    @classmethod
    def query(cls, **fields):
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"}
        body = urllib.parse.urlencode({"Version": "2010-05-08", **fields}).encode()
        return urllib.request.urlopen(urllib.request.Request(cls.server.url, body, headers), timeout=30).read().decode()

    def test_the_right_secret_is_accepted(self):
        for service, operation, text in CALLS:
            with self.subTest(operation=operation):
                run = call(self.server.url, service, operation, text, AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY=self.secret)
                self.assertNotIn(code(run), UNSIGNED, run.stderr)
                self.assertNotIn(self.secret, run.stdout + run.stderr)

    def test_a_wrong_secret_is_refused(self):
        for service, operation, text in CALLS:
            with self.subTest(operation=operation):
                run = call(self.server.url, service, operation, text, AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY="wrong" + self.secret[5:])
                self.assertEqual(1, run.returncode)
                self.assertIn(code(run), UNSIGNED, run.stderr)
                self.assertIn("DENIED", run.stderr)

    def test_an_unknown_key_is_refused(self):
        run = call(self.server.url, "sts", "GetCallerIdentity", "{}", AWS_ACCESS_KEY_ID="AKIANOBODY", AWS_SECRET_ACCESS_KEY="x")
        self.assertEqual("InvalidClientTokenId", code(run), run.stderr)
        self.assertIn("does not know the access key of environment", run.stderr)


@unittest.skipUnless(CALL.exists() and FIXTURE.exists(), f"{FIXTURE} is not built")
class Fixture(unittest.TestCase):
    KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fixture-secret"}

    def serve(self, *options):
        server = Server(FIXTURE, *options)
        self.addCleanup(server.stop)
        return server.url

    def test_every_stage_is_checked(self):
        url = self.serve()
        for service, operation in (("ec2", "DescribeVpcs"), ("iam", "ListRoles"), ("s3", "ListBuckets"), ("sqs", "ListQueues"), ("lambda", "ListFunctions"),
                                   ("dynamodb", "ListTables"), ("route53", "ListHostedZones")):
            with self.subTest(operation=operation):
                self.assertEqual(0, (run := call(url, service, operation, "{}", **self.KEYS)).returncode, run.stderr)
                run = call(url, service, operation, "{}", **{**self.KEYS, "AWS_SECRET_ACCESS_KEY": "other"})
                self.assertIn("DENIED", run.stderr)

    def test_a_wrong_clock_is_corrected_once(self):
        for offset in ("3600", "-86400"):
            url = self.serve("--clock-offset", offset)
            run = call(url, "ec2", "DescribeVpcs", "{}", **self.KEYS)
            self.assertEqual(0, run.returncode, run.stderr)
            self.assertIn("requests 2,", run.stderr)


if __name__ == "__main__":
    unittest.main()

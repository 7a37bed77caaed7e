"""What AWS may say instead of an answer, and what we make of it."""
import http.server
import threading
import unittest

from harness import BUCKET, Repository, account


class Canned(http.server.BaseHTTPRequestHandler):
    """Answers every call with one error."""
    answer = (500, "application/xml", b"")

    def reply(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        status, kind, body = self.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-request-id", "REQ0000000000042")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = reply

    def log_message(self, *_):
        pass


def s3_error(code, message, more=""):
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message>{more}<RequestId>REQ0000000000042</RequestId></Error>'.encode()


class Refusals(unittest.TestCase):
    def serve(self, status, body, kind="application/xml"):
        handler = type("H", (Canned,), {"answer": (status, kind, body)})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def scan(self, url, *args, **env):
        repository = Repository(url, AWS_MAX_ATTEMPTS="2", **env)
        self.addCleanup(repository.close)
        return repository.driftscan("--env", "prod", *args, timeout=120)

    def refused(self, run, *words, code=1):
        self.assertEqual(code, run.code, str(run))
        for w in words:
            self.assertIn(w.lower(), run.err.lower(), str(run))
        self.assertEqual("", run.out, "something was printed as a result")

    def test_access_denied_to_the_state(self):
        run = self.scan(self.serve(403, s3_error("AccessDenied", "Access Denied")))
        self.refused(run, BUCKET, "s3:GetObject", "REQ0000000000042")

    def test_expired_token(self):
        run = self.scan(self.serve(400, s3_error("ExpiredToken", "The provided token has expired.")))
        self.refused(run, "expired")

    def test_no_such_bucket(self):
        run = self.scan(self.serve(404, s3_error("NoSuchBucket", "The specified bucket does not exist")))
        self.refused(run, BUCKET, "bucket")

    def test_a_404_that_is_not_from_s3_is_no_empty_state(self):
        for body in (b"", b"<html>not here</html>"):
            with self.subTest(body):
                run = self.scan(self.serve(404, body, "text/html"))
                self.refused(run, "prod/terraform.tfstate", "404", "endpoint")

    def test_wrong_region(self):
        run = self.scan(self.serve(301, s3_error("PermanentRedirect", "The bucket must be addressed using the specified endpoint",
                                                 "<Endpoint>s3.eu-west-1.amazonaws.com</Endpoint>")))
        self.refused(run, BUCKET, "region")

    def test_unreachable_endpoint(self):
        run = self.scan("http://127.0.0.1:9")
        self.refused(run, "127.0.0.1:9")

    def test_a_state_that_is_not_json(self):
        run = self.scan(self.serve(200, b"<html>proxy login</html>", "text/html"))
        self.refused(run, "prod/terraform.tfstate")

    def test_no_credentials(self):
        run = self.scan("http://127.0.0.1:9", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
        self.refused(run, "credentials")


class MissingState(unittest.TestCase):
    def test_an_empty_key_is_named(self):
        repository = Repository(account("untouched").url)
        self.addCleanup(repository.close)
        run = repository.driftscan("--env", "prod", "--state", f"s3://{BUCKET}/no/such.tfstate")
        self.assertEqual(1, run.code, str(run))
        self.assertIn("no/such.tfstate", run.err)


if __name__ == "__main__":
    unittest.main()

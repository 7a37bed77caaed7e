"""What lies between us and AWS: certificates, proxies, compression."""
import gzip
import http.server
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest

from harness import PROGRAM, environment

CALL = PROGRAM.parent / "drift-aws-call"
IDENTITY = (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn><UserId>u</UserId>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>")


class Sts(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen, packed = [], False

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers)))
        body = gzip.compress(IDENTITY) if self.packed else IDENTITY
        self.send_response(200)
        if self.packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@unittest.skipUnless(CALL.exists(), f"{CALL} is not built")
class Transport(unittest.TestCase):
    def serve(self, context=None, **attributes):
        """(port, requests seen)"""
        handler = type("H", (Sts,), {"seen": [], **attributes})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.handle_error = lambda *_: None
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_port, handler.seen

    def certificate(self, name):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-tls-"))
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return context, folder / "cert.pem"

    def call(self, url, **env):
        full = environment(url, AWS_REGION="eu-west-1", AWS_MAX_ATTEMPTS="1", **env)
        return subprocess.run([CALL, "sts", "GetCallerIdentity"], env=full, capture_output=True, text=True, timeout=60)

    def test_an_unknown_certificate_is_refused(self):
        context, bundle = self.certificate("localhost")
        port, seen = self.serve(context)
        run = self.call(f"https://localhost:{port}")
        self.assertIn("TLS:", run.stderr)
        self.assertIn("AWS_CA_BUNDLE", run.stderr)
        self.assertEqual([], seen)
        run = self.call(f"https://localhost:{port}", AWS_CA_BUNDLE=str(bundle))
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual(1, len(seen))

    def test_a_certificate_of_another_name_is_refused(self):
        context, bundle = self.certificate("elsewhere.example")
        port, seen = self.serve(context)
        run = self.call(f"https://localhost:{port}", AWS_CA_BUNDLE=str(bundle))
        self.assertIn("TLS:", run.stderr)
        self.assertEqual([], seen)

    def test_old_tls_is_refused(self):
        context, bundle = self.certificate("localhost")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        port, seen = self.serve(context)
        run = self.call(f"https://localhost:{port}", AWS_CA_BUNDLE=str(bundle))
        self.assertEqual(1, run.returncode)
        self.assertEqual([], seen)

    def test_a_missing_bundle_is_an_error(self):
        context, _ = self.certificate("localhost")
        port, seen = self.serve(context)
        run = self.call(f"https://localhost:{port}", AWS_CA_BUNDLE="/nowhere/ca.pem")
        self.assertEqual(1, run.returncode)
        self.assertEqual([], seen)

    def test_proxies(self):
        proxy, through = self.serve()
        direct, straight = self.serve()
        url = f"http://127.0.0.1:{direct}"
        self.assertEqual(0, self.call("http://service.invalid", HTTP_PROXY=f"http://127.0.0.1:{proxy}").returncode)
        self.assertEqual("http://service.invalid/", through[-1][0])
        for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            count = len(through)
            run = self.call(url, **{variable: f"http://127.0.0.1:{proxy}"})
            self.assertEqual((0, count + 1, 0), (run.returncode, len(through), len(straight)), run.stderr)
        run = self.call(url, HTTP_PROXY=f"http://127.0.0.1:{proxy}", NO_PROXY="example.com,127.0.0.1")
        self.assertEqual((0, 1), (run.returncode, len(straight)), run.stderr)
        run = self.call(url, HTTPS_PROXY=f"http://127.0.0.1:{proxy}")
        self.assertEqual((0, 2), (run.returncode, len(straight)), run.stderr)

    def test_compression(self):
        port, seen = self.serve(packed=True)
        run = self.call(f"http://127.0.0.1:{port}")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual("gzip", seen[0][1]["Accept-Encoding"])

    def test_what_is_sent(self):
        port, seen = self.serve()
        self.assertEqual(0, self.call(f"http://127.0.0.1:{port}", AWS_SDK_UA_APP_ID="nightly").returncode)
        headers = seen[0][1]
        self.assertNotIn("Expect", headers)
        self.assertRegex(headers["User-Agent"], r"^driftscan/\d.* app/nightly$")
        self.assertEqual(f"127.0.0.1:{port}", headers["Host"])
        self.assertTrue(headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential="))


if __name__ == "__main__":
    unittest.main()

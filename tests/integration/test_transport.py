"""What lies between us and AWS: certificates, proxies, compression."""
import gzip
import http.client
import http.server
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import urllib.request

from harness import PROGRAM, Server, environment

try:
    import h2.config
    import h2.connection
    import h2.events
except ImportError:
    h2 = None

CALL = PROGRAM.parent / "drift-aws-call"
FIXTURE = PROGRAM.parent / "drift-fixture-server"
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


def certificate(test, name):
    """(server's context, path of the certificate)"""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-tls-"))
    test.addCleanup(shutil.rmtree, folder)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


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
        return certificate(self, name)

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


class Http2Proxy:
    """Speaks HTTP/2 over TLS and passes each stream on to an HTTP/1.1 server. With per_connection, a connection says goodbye after so many streams."""

    def __init__(self, context, target, per_connection=None):
        self.target, self.per_connection = urllib.parse.urlsplit(target).netloc, per_connection
        self.connections = self.streams = 0
        context.set_alpn_protocols(["h2"])
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        try:
            sock = self.context.wrap_socket(raw, server_side=True)
            assert sock.selected_alpn_protocol() == "h2"
        except (OSError, AssertionError):
            raw.close()
            return
        self.connections += 1
        with sock:
            try:
                self.talk(sock)
            except OSError:
                pass

    def talk(self, sock):
        conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        conn.initiate_connection()
        sock.sendall(conn.data_to_send())
        heads, bodies, served = {}, {}, 0
        while data := sock.recv(65536):
            for event in conn.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id], bodies[event.stream_id] = event.headers, b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self.streams += 1
                    served += 1
                    self.pass_on(conn, event.stream_id, heads.pop(event.stream_id), bodies.pop(event.stream_id))
                    if served == self.per_connection:
                        conn.close_connection(last_stream_id=event.stream_id)
                        sock.sendall(conn.data_to_send())
                        return
            sock.sendall(conn.data_to_send())

    def pass_on(self, conn, stream, headers, body):
        pseudo = {k: v for k, v in headers if k.startswith(":")}
        onward = http.client.HTTPConnection(self.target)
        onward.putrequest(pseudo[":method"], pseudo[":path"], skip_host=True, skip_accept_encoding=True)
        for name, value in [("host", pseudo[":authority"]), *((k, v) for k, v in headers if not k.startswith(":") and k != "content-length")]:
            onward.putheader(name, value)
        onward.putheader("content-length", str(len(body)))
        onward.endheaders(body)
        answer = onward.getresponse()
        out = answer.read()
        conn.send_headers(stream, [(":status", str(answer.status)), *((k.lower(), v) for k, v in answer.getheaders() if k.lower() != "connection")])
        assert len(out) <= conn.local_flow_control_window(stream), "this proxy does not wait for the window"
        for n in range(0, len(out), conn.max_outbound_frame_size):
            conn.send_data(stream, out[n:n + conn.max_outbound_frame_size])
        conn.end_stream(stream)
        onward.close()


@unittest.skipUnless(h2 and FIXTURE.exists(), "the Python package h2, or the fixture server, is not here")
class Http2(unittest.TestCase):
    def scan(self, **options):
        """(report, proxy, the fixture server's counts) of a whole scan over HTTP/2."""
        server = Server(FIXTURE, "--size", "40")
        self.addCleanup(server.stop)
        context, bundle = certificate(self, "localhost")
        proxy = Http2Proxy(context, server.url, **options)
        self.addCleanup(proxy.listener.close)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-h2-"))
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run([FIXTURE, "--size", "40", "--write-state", folder / "s.tfstate"], check=True)
        env = environment(f"https://localhost:{proxy.port}", AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", AWS_CA_BUNDLE=str(bundle))
        p = subprocess.run([PROGRAM, "--all", "--state", "s.tfstate", "-o", "json"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        self.assertIn(p.returncode, (0, 2), p.stderr)
        report = json.loads(p.stdout)
        self.assertTrue(report["scan"]["complete"])
        self.assertEqual(40, report["summary"]["in_sync"])
        return report, proxy, json.loads(urllib.request.urlopen(f"{server.url}/_control/stats").read())

    def test_a_scan_shares_connections(self):
        report, proxy, stats = self.scan()
        self.assertEqual(0, stats["bad_signatures"])
        self.assertEqual(report["scan"]["api_calls"], proxy.streams)
        self.assertLess(proxy.connections, proxy.streams / 2)

    def test_a_connection_that_says_goodbye_loses_nothing(self):
        _, proxy, _ = self.scan(per_connection=3)
        self.assertGreater(proxy.connections, 10)


@unittest.skipUnless(sys.platform == "linux", "libcurl is loaded late on Linux only")
class WithoutLibcurl(unittest.TestCase):
    """libcurl and the thirty libraries behind it are loaded for what asks AWS something, and for nothing else."""

    def run_without(self, *args):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-curl-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "libcurl.so.4").write_bytes(b"no library")
        return subprocess.run([PROGRAM, *args], cwd=folder, env=environment("http://127.0.0.1:9", LD_LIBRARY_PATH=str(folder)), capture_output=True, text=True)

    def test_what_asks_aws_nothing_needs_none(self):
        for args in (["--version"], ["types", "aws_vpc"], ["man"]):
            p = self.run_without(*args)
            self.assertEqual((0, ""), (p.returncode, p.stderr))

    def test_what_asks_says_that_it_is_not_there(self):
        p = self.run_without("--all", "--state", "s3://bucket/key?region=us-east-1")
        self.assertEqual((1, ""), (p.returncode, p.stdout))
        self.assertIn("libcurl: could not be loaded: ", p.stderr)
        self.assertIn("install libcurl", p.stderr)


if __name__ == "__main__":
    unittest.main()

"""What lies between us and AWS: certificates, proxies, compression."""
import collections
import concurrent.futures
import ctypes
import gzip
import http.client
import http.server
import json
import pathlib
import queue
import re
import select
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

from harness import PROGRAM, Server, environment

try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
    import hyperframe.frame
except ImportError:
    h2 = None

CALL = PROGRAM.parent / "drift-aws-call"
FIXTURE = PROGRAM.parent / "drift-fixture-server"
IDENTITY = (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn><UserId>u</UserId>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>")


class Sts(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen, packed, answers, first = [], False, [200], None

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.first and not self.seen:
            type(self).first()
        self.seen.append((self.path, dict(self.headers)))
        body = gzip.compress(IDENTITY) if self.packed else IDENTITY
        self.send_response(self.answers[min(len(self.seen), len(self.answers)) - 1])
        if len(self.answers) > 1:
            self.send_header("Connection", "close")
        if self.packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def curl_version():
    try:
        curl = ctypes.CDLL("libcurl.so.4")
    except OSError:
        return ()
    curl.curl_version.restype = ctypes.c_char_p
    return tuple(int(n) for n in re.search(rb"libcurl/(\d+)\.(\d+)", curl.curl_version()).groups())


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
        handler = type("H", (Sts,), {"seen": [], **{k: staticmethod(v) if callable(v) else v for k, v in attributes.items()}})
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
        full = environment(url, **{"AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1", **env})
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

    @unittest.skipUnless(curl_version() >= (7, 87), "this libcurl keeps no certificates")
    def test_the_certificates_are_read_once(self):
        context, bundle = self.certificate("localhost")
        port, seen = self.serve(context, answers=[503, 200], first=bundle.unlink)
        run = self.call(f"https://localhost:{port}", AWS_CA_BUNDLE=str(bundle), AWS_MAX_ATTEMPTS="2")
        self.assertEqual((0, 2), (run.returncode, len(seen)), run.stderr)

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

    def test_a_tunnel_through_a_proxy(self):
        context, bundle = self.certificate("service.invalid")
        port, seen = self.serve(context)
        asked = []

        class Tunnel(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                asked.append((self.path, self.headers.get("Proxy-Authorization")))
                if not asked[-1][1]:
                    self.send_error(407)
                    return
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", port)) as onward:
                    ends = {self.connection: onward, onward: self.connection}
                    while all(ends[e].sendall(data) is None and data for e in select.select(ends, [], [])[0] for data in [e.recv(65536)]):
                        pass
                self.close_connection = True

            def log_message(self, *_):
                pass

        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tunnel)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        run = self.call("https://service.invalid", HTTPS_PROXY=f"http://127.0.0.1:{proxy.server_port}", AWS_CA_BUNDLE=str(bundle))
        self.assertIn("407", run.stderr)
        self.assertIn("HTTPS_PROXY", run.stderr)
        run = self.call("https://service.invalid", HTTPS_PROXY=f"http://me:p%40ss@127.0.0.1:{proxy.server_port}", AWS_CA_BUNDLE=str(bundle))
        self.assertEqual((0, 1), (run.returncode, len(seen)), run.stderr)
        self.assertEqual(("service.invalid:443", "Basic bWU6cEBzcw=="), asked[-1])
        self.assertNotIn("p@ss", run.stderr)

    def test_a_proxy_with_a_certificate(self):
        context, bundle = self.certificate("localhost")
        proxy, through = self.serve(context)
        settings = {"HTTP_PROXY": f"https://localhost:{proxy}", "AWS_CA_BUNDLE": str(bundle)}
        self.assertEqual(0, self.call("http://service.invalid", **settings).returncode)
        self.assertEqual("http://service.invalid/", through[-1][0])
        del settings["AWS_CA_BUNDLE"]
        run = self.call("http://service.invalid", **settings)
        self.assertIn("TLS:", run.stderr)
        self.assertEqual(1, len(through))

    def test_forms_of_no_proxy(self):
        proxy, through = self.serve()
        direct, straight = self.serve()
        for host, lists in (("127.0.0.1", {"*": True, "127.0.0.0/8": curl_version() >= (7, 86), "10.0.0.0/8": False, "a.example,127.0.0.1": True, f"127.0.0.1:{direct}": True,
                                           "127.0.0": False, "": False}),
                            ("localhost", {"LOCALHOST": True, ".localhost": True, "*.localhost": True, "a.example localhost , b.example": True,
                                           f"a.example:80,localhost:{direct}": True, "ocalhost": False, "a.localhost": False, "::1": False})):
            for text, passes in lists.items():
                before = len(through), len(straight)
                run = self.call(f"http://{host}:{direct}", HTTP_PROXY=f"http://127.0.0.1:{proxy}", NO_PROXY=text)
                self.assertEqual(0, run.returncode, run.stderr)
                self.assertEqual((before[0] + (not passes), before[1] + passes), (len(through), len(straight)), (host, text))

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
    """Speaks HTTP/2 over TLS and passes each stream on to an HTTP/1.1 server, all at once. trouble(proxy, n-th stream) says what becomes of it:
    None, "refused" (REFUSED_STREAM), "reset" (in the middle of its body), "goodbye" (GOAWAY before it: this one and what comes after is not
    answered) or "gone" (the connection breaks)."""

    def __init__(self, context, target, trouble=lambda proxy, n: None):
        self.target, self.trouble = urllib.parse.urlsplit(target).netloc, trouble
        self.connections = self.streams = self.most_at_once = 0
        self.happened = collections.Counter()
        context.set_alpn_protocols(["h2"])
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.workers = concurrent.futures.ThreadPoolExecutor(32)
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # what waits in accept() would take a connection of the next listener
        self.acceptor.join()
        self.listener.close()
        self.workers.shutdown(wait=False)

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
            connection = Http2Connection(self, sock)
            try:
                connection.talk()
            except OSError:
                pass
            connection.bell.close()
            connection.bell_end.close()

    def ask(self, headers, body):
        """(status, headers, body) of the server behind."""
        pseudo = {k: v for k, v in headers if k.startswith(":")}
        onward = http.client.HTTPConnection(self.target)
        onward.putrequest(pseudo[":method"], pseudo[":path"], skip_host=True, skip_accept_encoding=True)
        for name, value in [("host", pseudo[":authority"]), *((k, v) for k, v in headers if not k.startswith(":") and k != "content-length")]:
            onward.putheader(name, value)
        onward.putheader("content-length", str(len(body)))
        onward.endheaders(body)
        answer = onward.getresponse()
        out = answer.read()
        onward.close()
        time.sleep(0.02)  # so that streams meet
        return answer.status, [(k.lower(), v) for k, v in answer.getheaders() if k.lower() != "connection"], out


class Http2Connection:
    def __init__(self, proxy, sock):
        self.proxy, self.sock = proxy, sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.heads, self.bodies, self.asked = {}, {}, {}
        self.answers, (self.bell, self.bell_end) = queue.SimpleQueue(), socket.socketpair()
        self.last = None  # of the streams that are answered, when goodbye was said

    def talk(self):
        self.h2.initiate_connection()
        while self.last is None or self.asked:
            self.sock.sendall(self.h2.data_to_send())
            ready = [self.sock] if self.sock.pending() else select.select([self.sock, self.bell], [], [])[0]
            if self.bell in ready:
                self.bell.recv(1)
                self.answer(*self.answers.get())
            if self.sock in ready:
                data = self.sock.recv(65536)
                if not data or not all([self.take(event) for event in self.h2.receive_data(data)]):
                    return
        self.sock.sendall(self.h2.data_to_send())

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.heads[event.stream_id], self.bodies[event.stream_id] = event.headers, b""
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.asked.pop(event.stream_id, None)
        elif isinstance(event, h2.events.StreamEnded) and (self.last is None or event.stream_id <= self.last):
            return self.ask(event.stream_id)
        return True

    def ask(self, stream):
        self.proxy.streams += 1
        trouble = self.proxy.trouble(self.proxy, self.proxy.streams)
        self.proxy.happened[trouble] += 1
        if trouble == "gone":
            return False
        if trouble == "refused":
            self.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
            return True
        if trouble == "goodbye":
            self.last = stream - 2
            self.sock.sendall(self.h2.data_to_send() + hyperframe.frame.GoAwayFrame(0, last_stream_id=self.last).serialize())
            return True
        self.asked[stream] = trouble
        self.proxy.most_at_once = max(self.proxy.most_at_once, len(self.asked))
        done = self.proxy.workers.submit(self.proxy.ask, self.heads.pop(stream), self.bodies.pop(stream))
        done.add_done_callback(lambda d: self.ring((stream, *d.result())))
        return True

    def ring(self, answer):
        self.answers.put(answer)
        try:
            self.bell_end.send(b"!")
        except OSError:  # the connection has ended meanwhile
            pass

    def answer(self, stream, status, headers, body):
        if stream not in self.asked:
            return
        trouble = self.asked.pop(stream)
        self.h2.send_headers(stream, [(":status", str(status)), *headers])
        if trouble == "reset":
            self.h2.send_data(stream, body[:len(body) // 2])
            self.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
            return
        assert len(body) <= self.h2.local_flow_control_window(stream), "this proxy does not wait for the window"
        for n in range(0, len(body), self.h2.max_outbound_frame_size):
            self.h2.send_data(stream, body[n:n + self.h2.max_outbound_frame_size])
        self.h2.end_stream(stream)


@unittest.skipUnless(h2 and FIXTURE.exists(), "the Python package h2, or the fixture server, is not here")
class Http2(unittest.TestCase):
    SIZE = 150

    def scan(self, *trouble):
        """(report, proxy, the fixture server's counts) of a whole scan over HTTP/2."""
        server = Server(FIXTURE, "--size", str(self.SIZE))
        self.addCleanup(server.stop)
        context, bundle = certificate(self, "localhost")
        proxy = Http2Proxy(context, server.url, *trouble)
        self.addCleanup(proxy.close)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-h2-"))
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run([FIXTURE, "--size", str(self.SIZE), "--write-state", folder / "s.tfstate"], check=True)
        env = environment(f"https://localhost:{proxy.port}", AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1", AWS_CA_BUNDLE=str(bundle))
        p = subprocess.run([PROGRAM, "--all", "--state", "s.tfstate", "-o", "json"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        self.assertEqual(0, p.returncode, p.stderr)
        report = json.loads(p.stdout)
        self.assertTrue(report["scan"]["complete"])
        self.assertEqual(self.SIZE, report["summary"]["in_sync"])
        return report, proxy, json.loads(urllib.request.urlopen(f"{server.url}/_control/stats").read())

    def test_a_scan_shares_connections(self):
        report, proxy, stats = self.scan()
        self.assertEqual(0, stats["bad_signatures"])
        self.assertEqual(report["scan"]["api_calls"], proxy.streams)
        self.assertLess(proxy.connections, proxy.streams / 2)
        self.assertGreater(proxy.most_at_once, 3)

    def trouble(self, kind, of):
        report, proxy, _ = self.scan(lambda proxy, n: kind if n % of == 0 else None)
        self.assertGreater(proxy.happened[kind], 5)
        return report, proxy

    def test_a_connection_that_says_goodbye_loses_nothing(self):
        _, proxy = self.trouble("goodbye", 25)
        self.assertGreater(proxy.connections, 10)

    def test_refused_streams_are_sent_again(self):
        self.trouble("refused", 7)

    def test_streams_that_break_off_are_sent_again(self):
        report, proxy = self.trouble("reset", 7)
        self.assertEqual(proxy.happened["reset"], report["scan"]["retries"])

    def test_a_connection_that_breaks_loses_nothing(self):
        _, proxy, _ = self.scan(lambda proxy, n: "gone" if n in (60, 120, 180) else None)
        self.assertEqual(3, proxy.happened["gone"])


@unittest.skipUnless(FIXTURE.exists(), "the fixture server is not here")
class FewFiles(unittest.TestCase):
    def test_a_process_that_may_open_few_files_scans_all(self):
        server = Server(FIXTURE, "--size", "300", "--latency-ms", "30")
        self.addCleanup(server.stop)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([FIXTURE, "--size", "300", "--write-state", f"{folder}/s.tfstate"], check=True)
            env = environment(server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1")
            for files in ("-n 96", "-Sn 96"):
                p = subprocess.run(["bash", "-c", f'ulimit {files}; exec "$0" --all --state s.tfstate -o json', PROGRAM], cwd=folder, env=env,
                                   capture_output=True, text=True, timeout=120)
                self.assertEqual((0, ""), (p.returncode, p.stderr))
                self.assertEqual(300, json.loads(p.stdout)["summary"]["in_sync"])


@unittest.skipUnless(CALL.exists() and sys.platform == "linux" and shutil.which("cc"), "a C compiler, or the program, is not here")
class HangsUp(unittest.TestCase):
    # Writes as OpenSSL does under libcurl before 7.87: without MSG_NOSIGNAL.
    SEND = """#include <sys/socket.h>
ssize_t send(int fd, const void *b, size_t n, int flags) { return sendto(fd, b, n, flags & ~MSG_NOSIGNAL, 0, 0); }
"""

    def test_who_hangs_up_does_not_end_us(self):
        context, bundle = certificate(self, "localhost")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            for _ in range(3):
                sock = context.wrap_socket(listener.accept()[0], server_side=True)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                socket.socket(fileno=sock.detach()).close()

        threading.Thread(target=serve, daemon=True).start()
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "send.c").write_text(self.SEND)
            subprocess.run(["cc", "-shared", "-fPIC", "send.c", "-o", "send.so"], cwd=folder, check=True)
            env = environment(f"https://localhost:{listener.getsockname()[1]}", AWS_REGION="eu-west-1", AWS_MAX_ATTEMPTS="3", AWS_CA_BUNDLE=str(bundle),
                              LD_PRELOAD=f"{folder}/send.so", ASAN_OPTIONS="verify_asan_link_order=0")
            run = subprocess.run([CALL, "sts", "GetCallerIdentity"], env=env, capture_output=True, text=True, timeout=60)
        self.assertEqual(1, run.returncode, run.stderr)
        self.assertIn("NETWORK:", run.stderr)


@unittest.skipUnless(FIXTURE.exists() and sys.platform == "linux", "the fixture server, or /proc, is not here")
class Children(unittest.TestCase):
    PROCESS = """#!/bin/sh
ls /proc/self/fd | wc -l >> "$0.files"
printf '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"fixture-secret","Expiration":"%s"}' $(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%SZ)
"""

    def test_a_credential_process_inherits_no_connections(self):
        server = Server(FIXTURE, "--size", "100", "--latency-ms", "900")
        self.addCleanup(server.stop)
        with tempfile.TemporaryDirectory() as folder:
            process, config = pathlib.Path(folder, "process"), pathlib.Path(folder, "config")
            process.write_text(self.PROCESS)
            process.chmod(0o700)
            config.write_text(f"[default]\ncredential_process = {process}\n")
            subprocess.run([FIXTURE, "--size", "100", "--write-state", f"{folder}/s.tfstate"], check=True)
            env = {**environment(server.url, AWS_REGION="us-east-1", AWS_CONFIG_FILE=str(config)), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
            p = subprocess.run([PROGRAM, "--all", "--state", "s.tfstate", "-o", "json"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
            self.assertEqual((0, ""), (p.returncode, p.stderr))
            files = [int(n) for n in pathlib.Path(folder, "process.files").read_text().split()]
            self.assertGreater(len(files), 1, "the keys were not renewed")
            self.assertLess(max(files), 10, files)


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

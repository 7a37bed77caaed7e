"""A recorded account, served again after a latency: what remains of a scan's time is the waiting for calls that depend on each other.

    replay.py FILE [--latency-ms N]      prints READY URL, serves until stdin closes

FILE is what Recording.save wrote. A request is known by method, path, target and body; signatures are not looked at.
"""
import argparse
import asyncio
import base64
import http.client
import http.server
import json
import sys
import threading
import urllib.parse


def key(method, path, target, body):
    return "\n".join((method, path, target or "", base64.b64encode(body).decode()))


class Recording:
    """Stands before a server, passes everything on and keeps the answers."""

    def __init__(self, url):
        self.answers = {}
        target, answers = urllib.parse.urlsplit(url).netloc, self.answers

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                conn = http.client.HTTPConnection(target)
                conn.request(self.command, self.path, body, dict(self.headers))
                answer = conn.getresponse()
                data = answer.read()
                headers = [(k, v) for k, v in answer.getheaders() if k.lower() not in ("content-length", "transfer-encoding", "connection")]
                conn.close()
                answers[key(self.command, self.path, self.headers.get("X-Amz-Target"), body)] = (answer.status, headers, data)
                self.send_response_only(answer.status)
                for k, v in [*headers, ("Content-Length", str(len(data)))]:
                    self.send_header(k, v)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = do_POST = do_PUT = pass_on

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128  # a scan opens its connections at once

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def save(self, path):
        self.server.shutdown()
        self.server.server_close()
        lines = {}
        for k, (status, headers, data) in self.answers.items():
            head = "".join(f"{n}: {v}\r\n" for n, v in headers)
            body = b"" if k.startswith("HEAD\n") else data
            lines[k] = base64.b64encode(f"HTTP/1.1 {status} X\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode() + body).decode()
        path.write_text(json.dumps(lines))


class Replay(asyncio.Protocol):
    answers, latency_s = {}, 0.0
    absent = b"HTTP/1.1 501 X\r\nContent-Length: 0\r\n\r\n"

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            lines = self.data[:end].decode("latin-1").split("\r\n")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
            length = int(headers.get("content-length", 0))
            if len(self.data) < end + 4 + length:
                return
            body, self.data = self.data[end + 4:end + 4 + length], self.data[end + 4 + length:]
            method, path, _ = lines[0].split(" ")
            answer = self.answers.get(key(method, path, headers.get("x-amz-target"), body), self.absent)
            asyncio.get_running_loop().call_later(self.latency_s, self.transport.write, answer)


async def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("file")
    ap.add_argument("--latency-ms", type=float, default=0)
    a = ap.parse_args()
    with open(a.file, encoding="utf-8") as f:
        Replay.answers = {k: base64.b64decode(v) for k, v in json.load(f).items()}
    Replay.latency_s = a.latency_ms / 1000
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Replay, "127.0.0.1", 0, backlog=1000)
    print(f"READY http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

"""Servers for states on loopback: S3 with versions and a lock table, the HTTP backend, GitLab, Terraform Cloud over TLS.

They answer what a test puts into them, remember every request, and change their answers between requests when a test says so.
"""
import base64
import hashlib
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import tempfile
import threading
import urllib.parse
from email.utils import formatdate


def state(serial=1, resources=(), lineage="11111111-2222-3333-4444-555555555555", **more):
    """A small state of buckets: resources are names."""
    blocks = [{"mode": "managed", "type": "aws_s3_bucket", "name": n, "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
               "instances": [{"schema_version": 0, "attributes": {"id": n, "bucket": n, "arn": f"arn:aws:s3:::{n}", "tags": {"Name": n}}}]} for n in resources]
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage, "outputs": {}, "resources": blocks, **more}).encode()


class Server:
    def __init__(self, tls=False):
        self.seen = []  # (method, path with query, headers)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k.lower(): v for k, v in self.headers.items()}
                outer.seen.append((self.command, self.path, headers))
                split = urllib.parse.urlsplit(self.path)
                status, extra, data = outer.reply(self.command, urllib.parse.unquote(split.path), dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True)),
                                                  headers, body)
                self.send_response(status)
                for k, v in extra.items():
                    self.send_header(k, v)
                if status != 204:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD" and status != 204:
                    self.wfile.write(data)

            do_GET = do_HEAD = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.scheme = "http"
        if tls:
            self.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{self.scheme}://{self.host}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, method, path, query, headers, body):
        raise NotImplementedError

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def error(code, status, message="m", request_id="REQ123"):
    return status, {"x-amz-request-id": request_id, "Content-Type": "application/xml"}, (
        f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>").encode()


class Aws(Server):
    """S3 in path style and DynamoDB. objects[(bucket, key)] is a list of versions, newest last: {id, data, time (s), deleted}."""

    def __init__(self):
        super().__init__()
        self.objects, self.items, self.tables = {}, {}, {"locks"}
        self.faults = {}      # path, path?versionId=… or "GetItem" -> (code, status)
        self.kms = False      # an ETag is no MD5 then
        self.assumed = []     # what AssumeRole and AssumeRoleWithWebIdentity were asked
        self.before = None    # called with (method, path) before each answer
        self.sse_key = None   # base64: objects are encrypted with it

    def put(self, bucket, key, data, time=1_700_000_000, version=None, deleted=False):
        versions = self.objects.setdefault((bucket, key), [])
        versions.append({"id": version or f"v{len(versions) + 1}", "data": data, "time": time, "deleted": deleted})

    def lock_item(self, path, info, table="locks"):
        self.items[(table, path)] = {"LockID": {"S": path}, "Info": {"S": info}}

    def digest_item(self, path, digest, table="locks"):
        self.items[(table, path + "-md5")] = {"LockID": {"S": path + "-md5"}, "Digest": {"S": digest}}

    def reply(self, method, path, query, headers, body):
        if self.before:
            self.before(method, path)
        target = headers.get("x-amz-target", "")
        if target.startswith("DynamoDB_"):
            return self.dynamodb(target.split(".")[1], json.loads(body))
        form = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
        if form.get("Action", "").startswith("AssumeRole"):
            self.assumed.append(form)
            return 200, {"Content-Type": "text/xml"}, (
                "<{0}Response><{0}Result><Credentials><AccessKeyId>ASIA{1}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{0}Result></{0}Response>").format(form["Action"], form["RoleArn"].rpartition("/")[2].upper()).encode()
        if b"Action=GetCallerIdentity" in body:
            return 200, {"Content-Type": "text/xml"}, (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/t</Arn>"
                                                       b"<UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>")
        if target:  # an account without anything
            return 200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"
        for place in (path, f"{path}?versionId={query.get('versionId')}"):
            if place in self.faults:
                return error(*self.faults[place])
        bucket, _, key = path.lstrip("/").partition("/")
        if "versions" in query:
            return self.versions(bucket, query.get("prefix", ""))
        return self.object(bucket, key, query, headers)

    def dynamodb(self, operation, request):
        kind = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "REQ123"}
        if operation in self.faults:
            code, status = self.faults[operation]
            return status, kind, json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": "m"}).encode()
        if request["TableName"] not in self.tables:
            return 400, kind, json.dumps({"__type": "x#ResourceNotFoundException", "message": "Requested resource not found"}).encode()
        item = self.items.get((request["TableName"], request["Key"]["LockID"]["S"]))
        return 200, kind, json.dumps({"Item": item} if item else {}).encode()

    def object(self, bucket, key, query, headers):
        versions = self.objects.get((bucket, key), [])
        if "versionId" in query:
            versions = [v for v in versions if v["id"] == query["versionId"]]
        if not versions or versions[-1]["deleted"]:
            extra = {"x-amz-delete-marker": "true"} if versions else {}
            status, more, data = error("NoSuchVersion" if "versionId" in query else "NoSuchKey", 404)
            return status, {**more, **extra}, data
        if self.sse_key:
            raw = base64.b64decode(self.sse_key)
            if headers.get("x-amz-server-side-encryption-customer-key") != self.sse_key or \
                    headers.get("x-amz-server-side-encryption-customer-key-md5") != base64.b64encode(hashlib.md5(raw).digest()).decode():
                return error("InvalidRequest", 400, "The object was stored using a form of Server Side Encryption.")
        v = versions[-1]
        return 200, {"ETag": f'"{self.etag(v)}"', "Last-Modified": formatdate(v["time"], usegmt=True), "x-amz-version-id": v["id"],
                     "Content-Type": "application/json"}, v["data"]

    def etag(self, v):
        return hashlib.md5(v["data"] + (v["id"].encode() if self.kms else b"")).hexdigest()

    def versions(self, bucket, prefix):
        rows = []
        for (b, key), versions in sorted(self.objects.items()):
            if b != bucket or not key.startswith(prefix):
                continue
            for v in reversed(versions):
                latest = "true" if v is versions[-1] else "false"
                time = re.sub(r"^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$", lambda m: "%s-%02d-%02dT%s.000Z" % (
                    m.group(3), "JanFebMarAprMayJunJulAugSepOctNovDec".index(m.group(2)) // 3 + 1, int(m.group(1)), m.group(4)), formatdate(v["time"], usegmt=True))
                common = f"<Key>{key}</Key><VersionId>{v['id']}</VersionId><IsLatest>{latest}</IsLatest><LastModified>{time}</LastModified>"
                rows.append(f"<DeleteMarker>{common}</DeleteMarker>" if v["deleted"] else
                            f"<Version>{common}<ETag>&quot;{self.etag(v)}&quot;</ETag><Size>{len(v['data'])}</Size></Version>")
        return 200, {"Content-Type": "application/xml"}, (f"<ListVersionsResult><Name>{bucket}</Name><Prefix>{prefix}</Prefix><IsTruncated>false</IsTruncated>"
                                                          f"{''.join(rows)}</ListVersionsResult>").encode()


class Routes(Server):
    """Whatever a test lays under a path: (status, headers, body) or a function of the request that gives such."""

    def __init__(self, tls=False):
        super().__init__(tls)
        self.routes = {}

    def reply(self, method, path, query, headers, body):
        route = self.routes.get(path, (404, {}, b"no such thing"))
        return route(query, headers) if callable(route) else route


def certificate():
    """A key and a self-signed certificate for 127.0.0.1, in one file."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-tls-"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both, folder / "cert.pem"

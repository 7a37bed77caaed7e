#!/usr/bin/env python3
"""Writes tests/vectors/sigv4/botocore.json: requests as botocore signs them, stage by stage.

The cases are drawn from a fixed seed, so that a new botocore that signs as before changes nothing.
usage: tests/vectors/make_sigv4_vectors.py > tests/vectors/sigv4/botocore.json   (needs botocore)
"""
import datetime
import json
import random
import sys
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
TEXTS = ["a", "Zz", "with space", "a+b", "a=b&c", "100%", "%2F", "ä", "日本語", "*", "'(!)'", "key:1", "x/y", "~", ".", "@,;", "é-\u0301", "\U0001f600"]
SERVICES = [("ec2", "eu-west-1"), ("iam", "us-east-1"), ("dynamodb", "us-gov-west-1"), ("elasticloadbalancing", "cn-north-1"), ("s3", "eu-central-1")]


def path_of(rng, s3):
    # none ends in a dot segment: botocore then drops the slash that RFC 3986 (and AWS) keep
    kinds = ["/", "/2015-03-31/functions/", "/v20180820//x", "/a/./b/../c", "//double//", "/.hidden/..x/",
             "/%sx" % urllib.parse.quote(rng.choice(TEXTS), safe="~"), "/bucket/%s/%sx" % tuple(urllib.parse.quote(rng.choice(TEXTS), safe="~") for _ in "ab")]
    return rng.choice(kinds)


def case(rng, i):
    service, region = rng.choice(SERVICES)
    s3 = service == "s3"
    method = rng.choice(["GET", "POST", "HEAD", "PUT"])
    query = [[rng.choice(TEXTS) + rng.choice(["", "-3", "2"]), rng.choice(TEXTS + [""])] for _ in range(rng.randrange(5))]
    headers = [["Host", rng.choice(["example.com", "service.eu-west-1.amazonaws.com", "127.0.0.1:5000", "localhost:4566"])]]
    for name in rng.sample(["Content-Type", "X-Amz-Target", "x-amz-meta-Note", "If-None-Match", "User-Agent", "Range", "x-amz-a", "x-amz-a-b"], rng.randrange(5)):
        headers.append([name, rng.choice(["plain", "  spaces   inside  ", "application/x-amz-json-1.1", "a=b; c=\"d\"", ""])])
    body = rng.choice(["", "", "{}", "Action=DescribeVpcs&Version=2016-11-15", "\x00ä" + "x" * rng.randrange(200)])
    token = rng.choice([None, "FwoGZXIvYXdzE//+==" + "t" * rng.randrange(90)])
    when = datetime.datetime(2000 + rng.randrange(80), 1 + rng.randrange(12), 1 + rng.randrange(28), rng.randrange(24), rng.randrange(60), rng.randrange(60))
    return {"name": f"case-{i:03}", "method": method, "path": path_of(rng, s3), "query": query, "headers": headers, "body": body,
            "service": service, "region": region, "s3": s3, "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "access_key": "AKIA" + "".join(rng.choices("ABCDEFGH234567", k=16)), "secret_key": "".join(rng.choices(SAFE + "/+", k=rng.choice([40, 40, 70]))),
            "token": token}


def signed(c, presign):
    when = datetime.datetime.strptime(c["timestamp"], "%Y-%m-%dT%H:%M:%SZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: when
    keys = Credentials(c["access_key"], c["secret_key"], c["token"])
    quote = lambda s: urllib.parse.quote(s, safe="~")
    url = "https://example.com" + c["path"]
    if c["query"]:
        url += "?" + "&".join(f"{quote(k)}={quote(v)}" for k, v in c["query"])
    request = AWSRequest(method=c["method"], url=url, data=c["body"].encode("utf-8"))
    for k, v in c["headers"]:
        request.headers[k] = v
    names = ("S3SigV4QueryAuth" if c["s3"] else "SigV4QueryAuth") if presign else ("S3SigV4Auth" if c["s3"] else "SigV4Auth")
    auth = getattr(botocore.auth, names)(keys, c["service"], c["region"])
    seen = {}
    canonical, to_sign, signature = auth.canonical_request, auth.string_to_sign, auth.signature
    auth.canonical_request = lambda r: seen.setdefault("canonical_request", canonical(r))
    auth.string_to_sign = lambda r, t: seen.setdefault("string_to_sign", to_sign(r, t))
    auth.signature = lambda t, r: seen.setdefault("signature", signature(t, r))
    auth.add_auth(request)
    if not presign:
        seen["authorization"] = request.headers["Authorization"]
    return seen


def main():
    rng = random.Random(20260101)
    cases = []
    for i in range(160):
        c = case(rng, i)
        # botocore moves a presigned request's body into its query, and parses the query anew: such cases tell nothing
        c["header"] = signed(c, False)
        if c["body"] == "" and len({k for k, _ in c["query"]}) == len(c["query"]):
            c["presigned"] = signed(c, True)
        cases.append(c)
    json.dump(cases, sys.stdout, indent=1, ensure_ascii=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Requests and replies as botocore writes and reads them, for tests/unit/test_aws_codec.c.

    python tests/tools/make_codec_vectors.py               rewrites tests/golden/codec/*.jsonl (a chosen sample)
    python tests/tools/make_codec_vectors.py --all FILE    every operation of every service, as one file; replay it with
                                                           DRIFT_CODEC_VECTORS=FILE test_aws_codec

botocore is the judge: an input made up along the model goes through its serializer, a body made up along the model (or written by
hand below) goes through its parser, and what comes out is what our codecs must give. One case a line:

    {"kind": "request", service, operation, input, method, path, query [[name, value]], headers {}, body}
    {"kind": "reply", service, operation, status, headers {}, body | body64, output}
    {"kind": "error", service, status, headers {}, body, code, message, request_id}

body of a form is a sorted list of pairs, of JSON the value itself, else text.
"""
import argparse
import base64
import json
import pathlib
import random
import sys
import urllib.parse
from xml.sax.saxutils import escape, quoteattr

import botocore.compat
import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ROOT / "libdrift" / "catalogue" / "services"
OUT = ROOT / "tests" / "golden" / "codec"

SAMPLE = {
    "ec2": ["ec2:DescribeVpcs", "ec2:DescribeInstances", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute",
            "ec2:DescribeNetworkAcls", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeFlowLogs"],
    "query": ["iam:ListRoles", "iam:GetRole", "iam:GetAccountAuthorizationDetails", "iam:SimulatePrincipalPolicy", "sns:GetTopicAttributes",
              "rds:DescribeDBInstances", "elbv2:DescribeLoadBalancers", "autoscaling:DescribeAutoScalingGroups", "sts:GetCallerIdentity",
              "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "elasticache:DescribeCacheClusters", "elb:DescribeLoadBalancers"],
    "json": ["ecs:DescribeServices", "dynamodb:GetItem", "sqs:GetQueueAttributes", "kms:DescribeKey", "logs:DescribeLogGroups",
             "wafv2:GetWebACL", "resourcegroupstaggingapi:GetResources", "cloudwatch:DescribeAlarms", "secretsmanager:ListSecrets"],
    "rest-json": ["apigatewayv2:GetApis", "apigatewayv2:GetRoutes", "apigateway:GetRestApis", "apigateway:GetTags", "apigateway:GetExport",
                  "lambda:GetFunction", "lambda:ListFunctions", "lambda:GetPolicy", "eks:DescribeCluster", "eks:ListTagsForResource",
                  "efs:DescribeFileSystems", "backup:ListBackupPlans", "opensearch:DescribeDomains", "kafka:ListClustersV2",
                  "scheduler:ListSchedules", "batch:DescribeJobQueues"],
    "rest-xml": ["s3:ListBuckets", "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:GetBucketTagging", "s3:ListObjectsV2", "s3:HeadObject",
                 "s3:GetObject", "s3:GetBucketLifecycleConfiguration", "s3:GetBucketReplication", "s3:GetBucketNotificationConfiguration",
                 "s3:ListObjectVersions", "s3:GetPublicAccessBlock", "s3:GetObjectAttributes", "s3control:GetPublicAccessBlock",
                 "route53:ListResourceRecordSets", "route53:ListTagsForResources", "route53:GetHostedZone", "cloudfront:ListDistributions",
                 "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"],
}


# ---- values along a shape ----

def text(rng, name):
    return f"{name}-{rng.randrange(1000)}" + rng.choice(["", " & <b>", "é", "/a b", "+%7E~", ' "q"'])


def when(shape, place, wire):
    form = shape.serialization.get("timestampFormat", {"header": "rfc822", "querystring": "iso8601"}.get(place, wire))
    return {"iso8601": "2026-01-02T03:04:05Z", "rfc822": "Fri, 02 Jan 2026 03:04:05 GMT", "unixtimestamp": 1767323045}[form.lower()]


def made_up(rng, shape, depth=0, streaming=False):
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return {"any": [1, "x"]}
    if kind == "structure":
        names = sorted(shape.members)
        simple = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
        if depth > 4 and not shape.is_tagged_union:
            names = simple
        elif shape.is_tagged_union:
            names = (simple or names)[:1]
        return {n: made_up(rng, shape.members[n], depth + 1) for n in names if not shape.members[n].serialization.get("eventstream")}
    if kind == "list":
        return [made_up(rng, shape.member, depth + 1) for _ in range(rng.choice([1, 2, 2] if depth < 4 else [1]))] if depth < 7 else []
    if kind == "map":
        return {made_up(rng, shape.key, depth + 1) if shape.key.enum else f"k{i} {rng.randrange(9)}": made_up(rng, shape.value, depth + 1)
                for i in range(2 if depth < 3 else 1)} if depth < 7 else {}
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("integer", "long"):
        return rng.randrange(-5, 10**6)
    if kind in ("float", "double"):
        return rng.choice([0.5, 1.25, 3.0, 1e-7])
    if kind == "timestamp":
        return "2026-01-02T03:04:05Z"
    if kind == "blob":
        return base64.b64encode(b"blob \x00\xff").decode()
    return rng.choice(shape.enum) if shape.enum else text(rng, shape.name[:12])


# ---- requests ----

class Case:
    def __init__(self, model, op, protocol):
        self.service, self.name = model.service_name, op.name
        self.model, self.op, self.protocol = model, op, protocol

    def request_input(self, rng):
        shape = self.op.input_shape
        if shape is None:
            return {}
        value = made_up(rng, shape)
        for name, member in shape.members.items():
            place = member.serialization.get("location")
            if member.serialization.get("hostLabel"):
                value[name] = "123456789012"
            elif place in ("uri", "querystring") and member.type_name == "string" and self.service == "route53":
                value[name] = "Z1"  # botocore takes the path off ids before it serializes, we while we do
            elif place == "uri" and member.type_name == "string":
                value[name] = rng.choice(["abc", "a b/c", "zoné:1", "a+b~c"])
            elif place == "header" and member.type_name == "list":
                value[name] = member.member.enum[:2] or ["a", "b"]
            elif place == "header" and member.type_name == "string":
                value[name] = f"v{rng.randrange(9)}"
            elif place == "headers":
                value[name] = {"k": "v"}
        return value

    def request(self, rng):
        value = self.request_input(rng)
        shape = self.op.input_shape
        for_botocore = blobs_as_bytes(value, shape) if shape else {}
        # the endpoint rules take the bucket out of the path; the model's path is what we are after
        r = botocore.serialize.create_serializer(self.protocol, include_validation=False).serialize_to_request(for_botocore, self.op)
        path, _, query = r["url_path"].partition("?")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        for k, v in (r["query_string"] or {}).items() if isinstance(r["query_string"], dict) else []:
            pairs += [[k, as_text(x)] for x in (v if isinstance(v, list) else [v])]
        body = r["body"]
        if isinstance(body, dict):
            body = sorted([k, as_text(v)] for k, v in body.items())
        elif isinstance(body, bytes):
            body = body.decode()
            if self.protocol in ("json", "rest-json") and body.startswith("{"):
                body = json.loads(body)
        headers = {k.lower(): as_text(v) for k, v in r["headers"].items() if k.lower() != "content-type"}
        return {"kind": "request", "service": self.service, "operation": self.name, "input": for_json(value, shape, self.protocol), "method": r["method"],
                "path": path, "query": sorted([list(p) for p in pairs]), "headers": headers, "body": body}

    # ---- replies ----

    def reply(self, rng):
        shape = self.op.output_shape
        value = made_up(rng, shape) if shape else {}
        headers, body = {"x-amzn-requestid": "req-1"}, b""
        members = shape.members if shape else {}
        for name, member in members.items():
            place, wire = member.serialization.get("location"), member.serialization.get("name", name)
            if place == "header":
                given = value.pop(name)
                if member.type_name == "timestamp":
                    given = when(member, "header", "")
                elif member.type_name == "list":
                    given = ", ".join(as_text(v).replace(",", "") for v in given)
                elif member.type_name == "string":
                    given = "".join(c for c in given if " " < c < "\x7f")
                headers[wire.lower()] = as_text(given)
            elif place == "headers":
                value.pop(name)
                headers[wire.lower() + "k"] = "v"
            elif place == "statusCode":
                value.pop(name)
        payload = shape.serialization.get("payload") if shape else None
        if payload and members[payload].type_name in ("blob", "string"):
            body = "raw é body".encode()
        elif payload:
            body = self.write(members[payload], value[payload], True)
        elif shape or self.protocol in ("query", "ec2"):
            body = self.write(shape, value, False) if shape else b"<R/>"
        if self.op.http.get("method") == "HEAD":
            body = b""
        return self.parsed(200, headers, body)

    def write(self, shape, value, payload):
        if self.protocol in ("json", "rest-json"):
            return json.dumps(to_json(shape, value), ensure_ascii=False).encode()
        root = {"rest-xml": shape.serialization.get("name", shape.name)}.get(self.protocol, f"{self.name}Response")
        inner = "".join(members_xml(shape, value))
        attributes = attributes_xml(shape, value)
        wrapper = shape.serialization.get("resultWrapper")
        if wrapper and self.protocol == "query":
            inner = f"<{wrapper}>{inner}</{wrapper}><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata>"
        elif self.protocol == "ec2":
            inner = f"<requestId>req-1</requestId>{inner}"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://x.amazonaws.com/doc/"{attributes}>\n  {inner}</{root}>'.encode()

    def parsed(self, status, headers, body):
        factory = botocore.parsers.ResponseParserFactory()
        factory.set_parser_defaults(timestamp_parser=our_time(self.protocol), blob_parser=lambda b: b)
        low = botocore.compat.HTTPHeaders()
        for k, v in headers.items():
            low[k] = v
        out = factory.create_parser(self.protocol).parse({"status_code": status, "headers": low, "body": body}, self.op.output_shape)
        out.pop("ResponseMetadata", None)
        case = {"kind": "reply", "service": self.service, "operation": self.name, "status": status, "headers": headers}
        return {**case, "body": body.decode(), "output": out}


def as_text(v):
    return ("true" if v else "false") if isinstance(v, bool) else str(v)


def our_time(protocol):
    def parse(v):
        if isinstance(v, str) and v.endswith("GMT"):
            return "2026-01-02T03:04:05Z"
        return v
    return parse


def blobs_as_bytes(value, shape):
    """botocore encodes blobs, we are given them encoded."""
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure":
        return {k: blobs_as_bytes(v, shape.members[k]) for k, v in value.items()}
    if shape.type_name == "list":
        return [blobs_as_bytes(v, shape.member) for v in value]
    if shape.type_name == "map":
        return {k: blobs_as_bytes(v, shape.value) for k, v in value.items()}
    return value


def for_json(value, shape, protocol, place=None):
    """The input as our callers write it: JSON protocols take times as the service wants them."""
    if shape is None or getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "timestamp" and protocol in ("json", "rest-json") and shape.serialization.get("location") is None:
        return when(shape, None, "unixtimestamp")
    if shape.type_name == "structure":
        return {k: for_json(v, shape.members[k], protocol) for k, v in value.items()}
    if shape.type_name == "list":
        return [for_json(v, shape.member, protocol) for v in value]
    if shape.type_name == "map":
        return {k: for_json(v, shape.value, protocol) for k, v in value.items()}
    return value


def to_json(shape, value):
    if getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure":
        return {shape.members[k].serialization.get("name", k): to_json(shape.members[k], v) for k, v in value.items()}
    if shape.type_name == "list":
        return [to_json(shape.member, v) for v in value]
    if shape.type_name == "map":
        return {k: to_json(shape.value, v) for k, v in value.items()}
    if shape.type_name == "timestamp":
        return when(shape, None, "unixtimestamp")
    return value


def is_attribute(member):
    return member.serialization.get("xmlAttribute")


def attributes_xml(shape, value):
    out = ""
    for name, member in getattr(shape, "members", {}).items():
        if is_attribute(member) and name in value:
            out += ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' + f" {member.serialization['name']}={quoteattr(value[name])}"
    return out


def members_xml(shape, value):
    for name, v in value.items():
        member = shape.members[name]
        if is_attribute(member) or member.serialization.get("location"):
            continue
        yield element_xml(member.serialization.get("name", name), member, v)


def element_xml(tag, shape, value):
    flat = shape.serialization.get("flattened")
    if shape.type_name == "list":
        if flat:
            tag = shape.member.serialization.get("name", tag)
            return "".join(element_xml(tag, shape.member, v) for v in value)
        inner = shape.member.serialization.get("name", "member")
        return f"<{tag}>" + "".join(element_xml(inner, shape.member, v) for v in value) + f"</{tag}>"
    if shape.type_name == "map":
        key, val = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        pairs = [f"<{key}>{escape(k)}</{key}>" + element_xml(val, shape.value, v) for k, v in value.items()]
        if flat:
            return "".join(f"<{tag}>{p}</{tag}>" for p in pairs)
        return f"<{tag}>" + "".join(f"<entry>{p}</entry>" for p in pairs) + f"</{tag}>"
    if shape.type_name == "structure":
        return f"<{tag}{attributes_xml(shape, value)}>" + "".join(members_xml(shape, value)) + f"</{tag}>"
    if shape.type_name == "timestamp":
        return f"<{tag}>{when(shape, None, 'iso8601')}</{tag}>"
    return f"<{tag}>{escape(as_text(value))}</{tag}>"


# ---- errors: shapes of section 5 of the facts, parsed by botocore ----

ERRORS = [
    ("iam", "query", 403, {}, '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code>'
     "<Message>User: arn:aws:iam::1:user/x is not authorized &amp; so on</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"),
    ("ec2", "ec2", 400, {}, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>The vpc "
     "ID 'vpc-1' does not exist</Message></Error></Errors><RequestID>r-2</RequestID></Response>"),
    ("ec2", "ec2", 503, {}, "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors>"
     "<RequestID>r-3</RequestID></Response>"),
    ("s3", "rest-xml", 404, {"x-amz-request-id": "r-4"}, "<?xml version=\"1.0\"?><Error><Code>NoSuchBucketPolicy</Code><Message>The bucket policy does "
     "not exist</Message><BucketName>b</BucketName><RequestId>r-4</RequestId><HostId>h</HostId></Error>"),
    ("s3", "rest-xml", 404, {"x-amz-request-id": "r-5"}, ""),
    ("s3", "rest-xml", 503, {"x-amz-request-id": "r-5"}, "<html><body><b>Http/1.1 Service Unavailable</b></body></html>"),
    ("route53", "rest-xml", 400, {}, '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>Throttling'
     "</Code><Message>Rate exceeded</Message></Error><RequestId>r-6</RequestId></ErrorResponse>"),
    ("dynamodb", "json", 400, {"x-amzn-requestid": "r-7"}, '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}'),
    ("ecs", "json", 400, {"x-amzn-requestid": "r-8"}, '{"__type":"ClusterNotFoundException","Message":"Cluster not found."}'),
    ("sqs", "json", 400, {"x-amzn-requestid": "r-9", "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
     '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}'),
    ("lambda", "rest-json", 404, {"x-amzn-requestid": "r-10", "x-amzn-errortype": "ResourceNotFoundException:http://internal.amazon.com/x/"},
     '{"Type":"User","Message":"Function not found"}'),
    ("apigatewayv2", "rest-json", 403, {"x-amzn-requestid": "r-11"}, '{"message":"denied","code":"AccessDeniedException"}'),
    ("kms", "json", 500, {"x-amzn-requestid": "r-12"}, ""),
]


def error_case(model, protocol, status, headers, body):
    low = botocore.compat.HTTPHeaders()
    for k, v in headers.items():
        low[k] = v
    out = botocore.parsers.create_parser(protocol).parse({"status_code": status, "headers": low, "body": body.encode()}, None)
    request_id = out["ResponseMetadata"].get("RequestId", "") or next((v for k, v in headers.items() if "request" in k), "")
    own = body and not body.startswith("<html")
    return {"kind": "error", "service": model, "status": status, "headers": headers, "body": body, "code": out["Error"]["Code"],
            "message": out["Error"].get("Message", "") if own else "", "request_id": request_id}


def cases(loader, only=None):
    for path in sorted(SERVICES.glob("*.json")):
        doc = json.loads(path.read_text("utf-8"))
        name, protocol = doc["service"], doc["protocol"]
        if only and not any(s.split(":")[0] == name for s in only):
            continue
        data = loader.load_service_model(name, "service-2")
        data["metadata"]["protocol"] = protocol
        model = botocore.model.ServiceModel(data, name)
        for op in doc["operations"]:
            if only and f"{name}:{op}" not in only:
                continue
            case = Case(model, model.operation_model(op), protocol)
            rng = random.Random(f"{name}:{op}")
            yield protocol, case.request(rng)
            if f"{name}:{op}" != "s3:GetBucketLocation":  # botocore reads it outside of its parser; see the test's own cases
                yield protocol, case.reply(rng)


def line(case):
    return json.dumps(case, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--all", metavar="FILE", type=pathlib.Path)
    opt = ap.parse_args()
    loader = botocore.loaders.create_loader()
    if opt.all:
        with open(opt.all, "w", encoding="utf-8") as f:
            f.writelines(line(c) for _, c in cases(loader))
        return
    OUT.mkdir(parents=True, exist_ok=True)
    for protocol, only in SAMPLE.items():
        (OUT / f"{protocol}.jsonl").write_text("".join(line(c) for p, c in cases(loader, only)), "utf-8")
    (OUT / "errors.jsonl").write_text("".join(line(error_case(*e)) for e in ERRORS), "utf-8")


if __name__ == "__main__":
    sys.exit(main())

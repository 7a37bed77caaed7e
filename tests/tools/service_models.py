#!/usr/bin/env python3
"""AWS's service models, as botocore carries them, to libdrift/catalogue/services/NAME.json: read operations only, no prose.

    python tests/tools/service_models.py [--reference DIR] [--check] [SERVICE ...]

--reference   folder with services.tsv and enumerate.tsv (default ../shared/reference): protocol to use, pagers that botocore lacks
--check       writes nothing; exits 1 when a file would change

The form of a file (docs/catalogue.md tells what a service needs):

    operations  name -> {http {method, uri}, input, output, wrapper, root, body, in, out, iam, errors, unsigned, host_prefix, pager, secret}
                input, output: names of shapes; json services have `in` and `out`, the names of the top-level members, instead
                http is left out where it is POST /; wrapper: the element of a query reply that holds the output
                body {name, xmlns}: rest-xml: the root element of the request
                pager {input_token [], output_token [], more, limit, result_keys []}: tokens and keys are paths into the output
                secret: the output may hold passwords, keys, environment variables: never kept on disk
    shapes      name -> {members {name: field}, payload} | {list: field, flat} | {map: [key field, value field], flat}
    field       "shape" | ["shape", "wire name"] | ["shape", "wire name", {at, time, form, flat, tail, attribute}]
                scalars are any, blob, boolean, float, integer, string, timestamp; `any` passes as it is

Shapes of rest-json are kept only where the wire differs from the member's name or its place is not the body.
"""
import argparse
import csv
import json
import pathlib
import re
import sys

import botocore.endpoint_provider
import botocore.loaders

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "libdrift" / "catalogue" / "services"

READ = re.compile(r"(Get|List|Describe|Head|BatchGet|BatchDescribe|Search|Lookup)[A-Z]")
# Reads by name, yet they hand out credentials, take a job off a queue, make something, or return no configuration.
NOT_READ = re.compile(
    r"(AuthorizationToken|SessionToken|FederationToken|WebIdentityToken|DelegatedAccessToken|OpenIdToken|OpenIdTokenFor\w+|AuthToken"
    r"|Get\w*Credentials\w*|GetClientToken|GetDerivedToken|ListUserPoolClientSecrets|GetRandomPassword|GetPasswordData|GetActivityTask|JobDetails|ParametersForImport|SamplingTargets|GetDataAccess"
    r"|GetId|BatchGetItem|BatchGetSecretValue|GetVpnConnectionDeviceSampleConfiguration|GetConsole\w+|GetPackageVersionAsset"
    r"|GetDecryptedAPIKey|GetRecords|GetShardIterator|GetUserAuthFactors|GetTokensFromRefreshToken|GetAccessToken"
    r"|GetUserAttributeVerificationCode|GetDeployablePatchSnapshotForInstance)$")
ALSO = {
    "sts": {"AssumeRole", "AssumeRoleWithWebIdentity"},
    "iam": {"SimulatePrincipalPolicy", "SimulateCustomPolicy"},
    "config": {"SelectResourceConfig"},
}
# catalogue name -> botocore's, where they differ
BOTOCORE = {}
MORE = """sts resourcegroupstaggingapi cloudformation ses sesv2 athena batch glue redshift elasticbeanstalk transfer mq kafka guardduty config
    acm-pca globalaccelerator network-firewall ram pipes synthetics xray amplify appsync emr imagebuilder datasync fsx dms es codecommit
    codedeploy codepipeline codestar-connections codeartifact organizations""".split()
IAM_PREFIX = {
    "resourcegroupstaggingapi": "tag", "sesv2": "ses", "emr": "elasticmapreduce", "docdb": "rds", "neptune": "rds",
}
GLOBAL = {"iam", "route53", "cloudfront", "budgets", "organizations"}
# One region only, which their rule sets do not say.
PINNED = {"ecr-public": "us-east-1", "globalaccelerator": "us-west-2"}
# Outputs with secrets beside those whose members the model calls sensitive: plain settings that people put passwords into.
SECRET = {
    "apigateway": r"GetApiKeys?|GetStages?",
    "apigatewayv2": r"GetStages?",
    "appsync": r"ListApiKeys",
    "athena": r"GetQueryExecution|BatchGetQueryExecution",
    "autoscaling": r"DescribeLaunchConfigurations",
    "batch": r"DescribeJobDefinitions|DescribeJobs",
    "cloudformation": r"DescribeStacks|DescribeStackInstance|DescribeStackSet|DescribeChangeSet|GetTemplate|ListExports",
    "codebuild": r"BatchGet(Projects|Builds|BuildBatches)",
    "codepipeline": r"GetPipeline",
    "cognito-idp": r"DescribeIdentityProvider",
    "dynamodb": r"GetItem",
    "ec2": r"DescribeInstanceAttribute|DescribeLaunchTemplateVersions|DescribeSpotFleetRequests|DescribeSpotInstanceRequests|GetLaunchTemplateData",
    "elasticbeanstalk": r"DescribeConfiguration(Settings|Options)",
    "emr": r"DescribeCluster|DescribeStep|ListSteps|ListBootstrapActions|ListInstanceGroups",
    "glue": r"(Batch)?Get(Job|Jobs|JobRun|JobRuns|Connection|Connections|DevEndpoints?)|GetDatabases?|GetTables?",
    "kafka": r"GetBootstrapBrokers",
    "lambda": r"(Get|List)Function(s|Configuration)?|ListVersionsByFunction|GetLayerVersion",
    "s3": r"GetObject",
    "stepfunctions": r"DescribeExecution|GetExecutionHistory|DescribeStateMachineForExecution|DescribeMapRun",
    "sts": r"AssumeRole.*",
}
# What AWS publishes of its request limits (calls a second and burst); the rest is found out by being throttled.
THROTTLE = {
    "apigateway": {"per_second": 10, "burst": 40},
    "apigatewayv2": {"per_second": 10, "burst": 40},
    "ec2": {"per_second": 20, "burst": 100},
    "ecs": {"per_second": 20, "burst": 100},
    "lambda": {"per_second": 15, "burst": 15},
    "route53": {"per_second": 5, "burst": 5},
}
IAM = {
    "s3": {
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
        "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
        "GetBucketLifecycle": "GetLifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectAttributes": "GetObject",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
        "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
        "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
        "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
        "ListBuckets": "ListAllMyBuckets",
        "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
    },
    "s3control": {"GetPublicAccessBlock": "GetAccountPublicAccessBlock"},
    "budgets": {"*": "ViewBudget"},
    "apigateway": {"*": "GET"},
    "apigatewayv2": {"*": "GET"},
    "opensearch": {"ListDomainNames": "ListDomainNames"},
    "lambda": {"GetLayerVersionByArn": "GetLayerVersion"},
}
PAGER = {
    ("firehose", "ListDeliveryStreams"): {
        "input_token": ["ExclusiveStartDeliveryStreamName"], "output_token": ["DeliveryStreamNames[-1]"], "more": "HasMoreDeliveryStreams",
        "limit": "Limit", "result_keys": ["DeliveryStreamNames"]},
    ("route53", "ListReusableDelegationSets"): {
        "input_token": ["Marker"], "output_token": ["NextMarker"], "more": "IsTruncated", "limit": "MaxItems",
        "result_keys": ["DelegationSets"]},
    ("apigateway", "GetStages"): None,
}
# Answers whose root element is itself the value of a member.
ROOT_MEMBER = {("s3", "GetBucketLocation"): "LocationConstraint"}

SCALARS = {"string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "integer", "short": "integer",
           "bigInteger": "integer", "float": "float", "double": "float", "bigDecimal": "float", "timestamp": "timestamp", "blob": "blob"}
TIMES = {"iso8601": "iso8601", "rfc822": "rfc822", "unixTimestamp": "unix"}
PLACES = {"statusCode": "status"}


class Service:
    def __init__(self, loader, name, row, listed_pagers):
        self.name, self.row, self.listed, self.loader = name, row, listed_pagers, loader
        source = BOTOCORE.get(name, name)
        self.model = loader.load_service_model(source, "service-2")
        try:
            self.paginators = loader.load_service_model(source, "paginators-1")["pagination"]
        except botocore.exceptions.UnknownServiceError:
            self.paginators = {}
        except botocore.exceptions.DataNotFoundError:
            self.paginators = {}
        meta = self.model["metadata"]
        protocols = meta.get("protocols", [meta["protocol"]])
        self.protocol = (row and row["protocol"]) or next(p for p in ("json", "rest-json", "rest-xml", "query", "ec2") if p in protocols)
        self.shapes, self.used = self.model["shapes"], {}
        self.plain = {}

    # ---- shapes ----

    def kind(self, shape):
        return self.shapes[shape]["type"]

    def is_plain(self, shape, seen=()):
        """Nothing below differs between wire and tree: only asked for rest-json."""
        if shape in self.plain:
            return self.plain[shape]
        if shape in seen:
            return True
        s, seen = self.shapes[shape], (*seen, shape)
        if s.get("document") or s["type"] in SCALARS:
            return True
        if s["type"] == "structure":
            ok = all(self.traits(m).get("locationName", n) == n and "location" not in m and self.is_plain(m["shape"], seen)
                     for n, m in s["members"].items())
        elif s["type"] == "list":
            ok = self.is_plain(s["member"]["shape"], seen)
        else:
            ok = self.is_plain(s["value"]["shape"], seen)
        if len(seen) == 1:
            self.plain[shape] = ok
        return ok

    def type_of(self, shape):
        s = self.shapes[shape]
        if s["type"] in SCALARS:
            return SCALARS[s["type"]]
        if s.get("document") or self.protocol == "rest-json" and self.is_plain(shape):
            return "any"
        self.use(shape)
        return shape

    def traits(self, ref):
        return {**self.shapes[ref["shape"]], **ref}

    def field(self, name, ref, default=None):
        """name: the member's name, None for elements."""
        s = self.traits(ref)
        wire = s.get("locationName") or default or name
        at = ref.get("location")
        # XML: a flat list is found under the name of its elements
        if self.protocol in ("rest-xml", "query") and s["type"] == "list" and s.get("flattened") and not at:
            wire = self.traits(s["member"]).get("locationName") or wire
        extras = {}
        if at:
            extras["at"] = PLACES.get(at, at)
        time = s.get("timestampFormat")
        if s["type"] == "timestamp" and time:
            extras["time"] = TIMES[time]
        if self.protocol == "ec2" and name is not None:
            form = s.get("queryName") or (wire[0].upper() + wire[1:] if s.get("locationName") else name)
            if form != wire[0].upper() + wire[1:]:
                extras["form"] = form
        if self.name == "route53" and ref["shape"] in ("ResourceId", "DelegationSetId", "ChangeId") and at:
            extras["tail"] = True
        if ref.get("flattened"):
            extras["flat"] = True
        if s.get("xmlAttribute"):
            extras["attribute"] = True
        kind = self.type_of(ref["shape"])
        if extras:
            return [kind, wire, extras]
        return [kind, wire] if wire is not None and wire != name else kind

    def use(self, shape):
        if shape in self.used:
            return
        if shape in SCALARS.values() or shape == "any":
            raise SystemExit(f"{self.name}: the shape {shape} has the name of a scalar")
        s, self.used[shape] = self.shapes[shape], None
        if s["type"] == "structure":
            out = {"members": {n: self.field(n, m) for n, m in sorted(s["members"].items())
                               if not (self.shapes[m["shape"]].get("eventstream"))}}
            if s.get("payload"):
                out["payload"] = s["payload"]
        elif s["type"] == "list":
            out = {"list": self.field(None, s["member"], "item" if self.protocol == "ec2" else "member")}
        else:
            out = {"map": [self.field(None, s["key"], "key"), self.field(None, s["value"], "value")]}
        if s.get("flattened"):
            out["flat"] = True
        self.used[shape] = out

    def is_sensitive(self, shape, seen):
        """Does something below carry the model's mark?"""
        s = self.shapes[shape]
        if s.get("sensitive") or shape in seen:
            return bool(s.get("sensitive"))
        seen.add(shape)
        refs = [*s.get("members", {}).values(), *(s[k] for k in ("member", "key", "value") if k in s)]
        return any(r.get("sensitive") or self.is_sensitive(r["shape"], seen) for r in refs)

    def is_secret(self, name, op):
        return bool(re.fullmatch(SECRET.get(self.name, r"(?!)"), name)) or "output" in op and self.is_sensitive(op["output"]["shape"], set())

    # ---- endpoints ----

    def endpoints(self, prefix):
        """Where the host is not PREFIX[-fips].REGION.SUFFIX: "partition[/fips][/dualstack]" -> host, or [host, signing region]."""
        partitions = self.loader.load_data("partitions")
        provider = botocore.endpoint_provider.EndpointProvider(
            self.loader.load_service_model(BOTOCORE.get(self.name, self.name), "endpoint-rule-set-1"), partitions)
        out = {}
        for p in partitions["partitions"]:
            for fips, dual in ((False, False), (False, True), (True, False), (True, True)):
                found = {}
                for region in sorted(p["regions"]):
                    if not region.endswith("-global"):
                        found[region] = self.endpoint(provider, region, fips, dual)
                common = max(found.values(), key=list(found.values()).count)
                usual = [f"{prefix}{'-fips' if fips else ''}.{{region}}.{p['outputs']['dualStackDnsSuffix' if dual else 'dnsSuffix']}"]
                variant = ("/fips" if fips else "") + ("/dualstack" if dual else "")
                if self.name in GLOBAL:
                    common = max((e for e in found.values() if e and len(e) > 1), key=list(found.values()).count, default=common)
                if self.name in GLOBAL and common and len(common) == 1 and "{region}" not in common[0]:
                    common = [*common, sorted(found)[0]]
                if self.name in PINNED:
                    region = PINNED[self.name]
                    if p["id"] == "aws":
                        out["aws" + variant] = [common[0].replace("{region}", region), region]
                    continue
                if common and common != usual:
                    out[p["id"] + variant] = common if len(common) > 1 else common[0]
                if self.name not in GLOBAL:
                    out.update({region + variant: e if len(e) > 1 else e[0] for region, e in found.items() if e and e != common})
        return out

    @staticmethod
    def endpoint(provider, region, fips, dual):
        try:
            e = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
        except botocore.exceptions.EndpointProviderError:
            return None
        signing = ((e.properties.get("authSchemes") or [{}])[0]).get("signingRegion") or region
        host = e.url.removeprefix("https://").rstrip("/")
        return [host.replace(region, "{region}")] if signing == region and region in host else [host] if signing == region else [host, signing]

    # ---- operations ----

    def allowed(self, name, op):
        if op.get("deprecated") and self.name == "s3":
            return False
        if name in ALSO.get(self.name, ()):
            return True
        if not READ.match(name) or NOT_READ.search(name):
            return False
        for side in ("input", "output"):
            shape = self.shapes.get(op.get(side, {}).get("shape"), {})
            if any(self.shapes[m["shape"]].get("eventstream") for m in shape.get("members", {}).values()):
                return False
        return True

    def members(self, op, side):
        return self.shapes[op[side]["shape"]].get("members", {}) if op.get(side) else {}

    def has_body(self, op):
        return any("location" not in m for m in self.members(op, "input").values())

    def lists(self, op):
        return [n for n, m in sorted(self.members(op, "output").items()) if self.kind(m["shape"]) == "list"]

    def pager(self, name, op):
        if (self.name, name) in PAGER:
            return PAGER[self.name, name]
        p = self.paginators.get(name)
        as_list = lambda v: v if isinstance(v, list) else [v]
        if p:
            out = {"input_token": as_list(p["input_token"]), "output_token": as_list(p["output_token"])}
            if p.get("more_results"):
                out["more"] = p["more_results"]
            if p.get("limit_key"):
                out["limit"] = p["limit_key"]
            out["result_keys"] = as_list(p.get("result_key", []))
            # a page's other top-level lists grow as well
            return out
        listed = self.listed.get((self.name, name))
        inputs, outputs = self.members(op, "input"), self.members(op, "output")
        if listed:
            keys = listed.pop("keys", None) or self.lists(op)
            outer = listed["output_token"][0].split(".")[0]
            if "." in listed["output_token"][0]:
                keys = [f"{outer}.{n}" for n, m in sorted(self.shapes[outputs[outer]["shape"]]["members"].items()) if self.kind(m["shape"]) == "list"]
            return {**listed, "result_keys": keys}
        for asked, given in (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "NextMarker"), ("NextMarker", "NextMarker"),
                             ("Marker", "Marker"), ("marker", "nextMarker"), ("pageToken", "nextPageToken")):
            if asked in inputs and given in outputs and self.kind(inputs[asked]["shape"]) == "string":
                out = {"input_token": [asked], "output_token": [given]}
                for more in ("IsTruncated", "Truncated"):
                    if more in outputs:
                        out["more"] = more
                for limit in ("MaxResults", "maxResults", "MaxItems", "Limit", "limit", "MaxRecords", "PageSize"):
                    if limit in inputs:
                        out["limit"] = limit
                        break
                keys = self.lists(op)
                return {**out, "result_keys": keys} if keys else None
        return None

    def iam(self, name):
        table = IAM.get(self.name, {})
        action = table.get(name, table.get("*"))
        if action is None:
            return None
        return action if ":" in action else f"{self.iam_prefix()}:{action}"

    def iam_prefix(self):
        if self.row:
            return self.row["iam_prefix"]
        meta = self.model["metadata"]
        return IAM_PREFIX.get(self.name, meta.get("signingName", meta["endpointPrefix"]))

    def operation(self, name, op):
        out = {}
        http = op.get("http", {})
        if (http.get("method", "POST"), http.get("requestUri", "/")) != ("POST", "/") and self.protocol.startswith("rest"):
            out["http"] = {"method": http["method"], "uri": http["requestUri"]}
        if self.protocol == "json":
            out["in"] = sorted(self.members(op, "input"))
            out["out"] = sorted(self.members(op, "output"))
        else:
            for side in ("input", "output"):
                if self.members(op, side):
                    self.use(op[side]["shape"])
                    out[side] = op[side]["shape"]
        if self.protocol == "rest-xml" and self.has_body(op):
            given = op["input"]
            where = self.shapes[given["shape"]]
            out["body"] = {"name": given.get("locationName") or where.get("locationName") or given["shape"]}
            space = given.get("xmlNamespace") or where.get("xmlNamespace") or {}
            if space:
                out["body"]["xmlns"] = space["uri"]
        if op.get("output", {}).get("resultWrapper") and self.protocol == "query":
            out["wrapper"] = op["output"]["resultWrapper"]
        if (self.name, name) in ROOT_MEMBER:
            out["root"] = ROOT_MEMBER[self.name, name]
        if op.get("authtype") == "none" or op.get("auth") == ["smithy.api#noAuth"]:
            out["unsigned"] = True
        if op.get("endpoint", {}).get("hostPrefix"):
            out["host_prefix"] = op["endpoint"]["hostPrefix"]
        iam = self.iam(name)
        if iam and iam != f"{self.iam_prefix()}:{name}":
            out["iam"] = iam
        errors = sorted({self.shapes[e["shape"]].get("error", {}).get("code") or e["shape"] for e in op.get("errors", [])})
        if errors:
            out["errors"] = errors
        pager = self.pager(name, op)
        if pager:
            self.check_pager(name, op, pager)
            out["pager"] = pager
        if self.is_secret(name, op):
            out["secret"] = True
        return out

    def check_pager(self, name, op, pager):
        """The paths are those that aws/pager.c can follow, and the model has what they name."""
        known = {"input": self.members(op, "input"), "output": self.members(op, "output")}
        paths = [("input", p) for p in [*pager["input_token"], pager.get("limit")] if p]
        paths += [("output", part) for p in [*pager["output_token"], *pager["result_keys"], pager.get("more")] if p for part in p.split(" || ")]
        for side, path in paths:
            if not re.fullmatch(r"\w+(\[-1\])?(\.\w+(\[-1\])?)*", path) or re.split(r"[.\[]", path)[0] not in known[side]:
                raise SystemExit(f"{self.name}:{name}: the pager's {side} path {path} leads nowhere")

    def file(self):
        meta, row = self.model["metadata"], self.row or {}
        operations = {n: self.operation(n, op) for n, op in sorted(self.model["operations"].items()) if self.allowed(n, op)}
        out = {
            "service": self.name,
            "service_id": meta["serviceId"],
            "protocol": self.protocol,
            "endpoint_prefix": row.get("endpoint_prefix") or meta["endpointPrefix"],
            "signing_name": row.get("signing_name") or meta.get("signingName", meta["endpointPrefix"]),
            "iam_prefix": self.iam_prefix(),
            "api_version": row.get("api_version") or meta["apiVersion"],
        }
        if self.protocol == "json":
            out["target_prefix"] = row.get("target_prefix") or meta["targetPrefix"]
            out["json_version"] = row.get("json_version") or meta["jsonVersion"]
            if "awsQueryCompatible" in meta:
                out["query_compatible"] = True
        if self.name in GLOBAL or self.name in PINNED:
            out["global"] = True
        if out["signing_name"] == "s3":
            out["s3"] = True
        endpoints = self.endpoints(out["endpoint_prefix"])
        if endpoints:
            out["endpoints"] = endpoints
        if self.name in THROTTLE:
            out["throttle"] = THROTTLE[self.name]
        out["operations"] = operations
        if self.used:
            out["shapes"] = dict(sorted(self.used.items()))
        return out


def one_line_each(doc):
    """One line an operation and a shape: small, and a changed model is a readable diff."""
    lines = ["{"]
    for i, (key, value) in enumerate(doc.items()):
        end = "," if i + 1 < len(doc) else ""
        if key in ("operations", "shapes"):
            lines.append(f'"{key}": {{')
            lines += [f'{json.dumps(n)}: {json.dumps(v, separators=(",", ":"), ensure_ascii=False)}{"," if j + 1 < len(value) else ""}'
                      for j, (n, v) in enumerate(value.items())]
            lines.append("}" + end)
        else:
            lines.append(f'"{key}": {json.dumps(value)}{end}')
    return "\n".join(lines) + "\n}\n"


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def listed_pagers(rows):
    """`Op: input<-output limit size more flag` of enumerate.tsv."""
    found = {}
    for row in rows:
        for part in row["pagination"].split(";"):
            m = re.match(r"\s*(\w+): ([\w+]+)<-([\w.+]+)(?: limit (\w+))?(?: more ([\w.]+))?", part)
            if not m:
                continue
            pager = {"input_token": m[2].split("+"), "output_token": m[3].split("+")}
            if m[5]:
                pager["more"] = m[5]
            if m[4]:
                pager["limit"] = m[4]
            if len(pager["input_token"]) == len(pager["output_token"]):
                found[row["service"], m[1]] = pager
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--reference", type=pathlib.Path, default=ROOT / ".." / "shared" / "reference")
    ap.add_argument("--check", action="store_true")
    ap.add_argument("services", nargs="*")
    opt = ap.parse_args()

    loader = botocore.loaders.create_loader()
    rows = {r["service"]: r for r in table(opt.reference / "services.tsv")}
    pagers = listed_pagers(table(opt.reference / "enumerate.tsv"))
    names = opt.services or sorted({*rows, *MORE})
    changed = total = 0
    OUT.mkdir(exist_ok=True)
    for name in names:
        text = one_line_each(Service(loader, name, rows.get(name), pagers).file())
        json.loads(text)
        total += len(text)
        path = OUT / f"{name}.json"
        if not path.exists() or path.read_text("utf-8") != text:
            changed += 1
            print(f"{path.relative_to(ROOT)}: {len(text)} bytes")
            if not opt.check:
                path.write_text(text, "utf-8")
    print(f"{len(names)} services, {total} bytes, {changed} changed")
    return 1 if opt.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

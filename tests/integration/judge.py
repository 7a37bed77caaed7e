"""Policies put before an independent IAM simulator (npm), and the calls that a program sends as IAM sees them (botocore's service models)."""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import ACCOUNT, ROOT

BUILD = pathlib.Path(os.environ.get("DRIFT_BUILD", ROOT / "build"))
MODULES = pathlib.Path(os.environ.get("DRIFT_JUDGES", BUILD / "judges"))
ID = "123456789012"
# the emulator leaves the account out of the ARNs of DHCP options, which AWS does not
STATE_TEXT = (ACCOUNT / "prod.tfstate").read_text(encoding="utf-8").replace("::dhcp-options/", f":{ID}:dhcp-options/")
CALLS = [line.split("\t")[:4] for line in (ACCOUNT / "calls.tsv").read_text(encoding="utf-8").splitlines()[1:]]
# operations that the recording does not hold, and that IAM knows under another name
RENAMED = {"s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock", "s3control:ListAccessPoints": "s3:ListAccessPoints",
           "s3control:GetAccessPoint": "s3:GetAccessPoint", "budgets:DescribeBudgets": "budgets:ViewBudget", "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration", "s3:HeadObject": "s3:GetObject", "s3:HeadBucket": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket", "s3:ListObjects": "s3:ListBucket",
           "s3:ListBuckets": "s3:ListAllMyBuckets", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
           "s3:GetBucketReplication": "s3:GetReplicationConfiguration", "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
           "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration", "s3:GetBucketCors": "s3:GetBucketCORS",
           "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration", "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
           "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification", "s3:ListObjectVersions": "s3:ListBucketVersions",
           "s3:GetBucketIntelligentTieringConfiguration": "s3:GetIntelligentTieringConfiguration",
           "s3:GetBucketInventoryConfiguration": "s3:GetInventoryConfiguration", "s3:GetBucketMetricsConfiguration": "s3:GetMetricsConfiguration",
           "s3:GetBucketAnalyticsConfiguration": "s3:GetAnalyticsConfiguration"}
NEEDS_NOTHING = {"sts:GetCallerIdentity"}


def missing():
    """Why there is no simulator; None when there is one."""
    if not shutil.which("node"):
        return "node is not installed, so there is no IAM simulator"
    if not (MODULES / "node_modules/@cloud-copilot/iam-simulate").is_dir():
        return f"the IAM simulator is not in {MODULES} (npm was not there, or had no network: ./dev test installs it)"
    return None


def judge(policies, **spec):
    reason = missing()
    if reason:
        raise unittest.SkipTest(reason)
    spec = {"policies": policies, "state": {"resources": []}, "plan": {"resource_changes": []}, "calls": [], "phases": [], **spec}
    r = subprocess.run(["node", ROOT / "tests/integration/policy_proof.mjs", MODULES], input=json.dumps(spec), capture_output=True, text=True, timeout=500)
    if r.returncode:
        raise AssertionError(r.stderr[-3000:])
    return json.loads(r.stdout)


def judge_recorded(policies, phases, probes=(), **more):
    """The verdict over what the real provider was recorded to call in these phases. alone=True: in an account that the same run fills."""
    plan = json.loads((ACCOUNT / "plan.json").read_text(encoding="utf-8"))
    return judge(policies, state=json.loads(STATE_TEXT), plan=plan, calls=CALLS, phases=phases, probes=list(probes), **more)


# ---- requests as IAM sees them ----

@functools.cache
def models():
    """(signing name, protocol kind) → [(IAM prefix, botocore service model)]."""
    import botocore.loaders
    import botocore.model
    loader, out = botocore.loaders.Loader(), {}
    for name in loader.list_available_services("service-2"):
        try:
            model = botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
        except botocore.exceptions.BotoCoreError:
            continue
        out.setdefault(model.signing_name, []).append(model)
    return out


PREFIX = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag", "s3control": "s3"}


@functools.cache
def routes(model):
    """[(method, path pattern, query that must be there, operation name)], the most definite first."""
    out = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = "".join("(?:.+)" if p.startswith("{") and p.endswith("+}") else "(?:[^/]+)" if p.startswith("{") else re.escape(p)
                          for p in re.split(r"(\{[^}]*\})", path))
        out.append((http["method"], re.compile(pattern + "/?"), [q.split("=")[0] for q in query.split("&") if q and "{" not in q], name, path.count("{")))
    return sorted(out, key=lambda r: (-len(r[2]), r[4]))


def operation_of(signing, method, path, named):
    """(service prefix of IAM, operation) of a request."""
    import urllib.parse
    where, _, query = path.partition("?")
    where, keys = urllib.parse.unquote(where), [q.split("=")[0] for q in query.split("&")]
    for model in models().get(signing, ()):
        if (model.service_name == "s3control") != where.startswith("/v20180820/"):
            continue
        if named:
            if named in model.operation_names:
                return PREFIX.get(signing, signing), named
            continue
        for m, pattern, need, name, _ in routes(model):
            if m == method and pattern.fullmatch(where) and all(k in keys for k in need):
                return (model.service_name if model.service_name == "s3control" else PREFIX.get(signing, signing)), name
    raise AssertionError(f"no operation of {signing} is {method} {path} {named or ''}")


@functools.cache
def recorded_actions():
    return {operation: re.split(r"[ ,|]+", actions) for _, _, operation, actions in CALLS}


def actions_of(prefix, operation):
    name = f"{prefix}:{operation}"
    if name in NEEDS_NOTHING:
        return []
    if prefix == "apigateway":
        return ["apigateway:GET"]
    return [RENAMED.get(name)] if name in RENAMED else recorded_actions().get(name, [name])

"""libdrift for Python: what is in Terraform's state against what is in the AWS account.

    import libdrift

    catalogue = libdrift.Catalogue()
    state = libdrift.State(catalogue)                       # the backend of this folder
    live = libdrift.Session(catalogue, profile="prod").inventory(tags=["Project=shop"], state=state)
    report = libdrift.scan(catalogue, state, live)
    print(report.document["summary"], report.render("markdown"))

One file over the C library, which is found as libdrift.so.0 or named by LIBDRIFT. Documents come as plain Python values. Everything that
fails raises libdrift.Error with status, where, what and hint. An object keeps alive what it was made from; close() frees it early, and so
does leaving a with block. The headers in libdrift/include/drift say what each option means.
"""
import ctypes
import ctypes.util
import json
import os

_lib = ctypes.CDLL(os.environ.get("LIBDRIFT") or ctypes.util.find_library("drift") or "libdrift.so.0")

_text, _pointer, _bool, _int, _int64, _size = (
    ctypes.c_char_p, ctypes.c_void_p, ctypes.c_bool, ctypes.c_int, ctypes.c_int64, ctypes.c_size_t)


class _Error(ctypes.Structure):
    _fields_ = [("status", _int), ("where", ctypes.c_char * 256), ("what", ctypes.c_char * 512), ("hint", ctypes.c_char * 512),
                ("request_id", ctypes.c_char * 128)]


class Error(Exception):
    """What went wrong, where, and what to do."""

    def __init__(self, status, error):
        self.status = _lib.drift_status_name(status).decode()
        self.where, self.what, self.hint, self.request_id = (
            getattr(error, name).decode("utf-8", "replace") for name in ("where", "what", "hint", "request_id"))
        super().__init__(": ".join(t for t in (self.where, self.what or _lib.drift_status_text(status).decode()) if t)
                         + (f" ({self.hint})" if self.hint else ""))


def _structure(name, *fields):
    """An options struct of the headers, in their order; `size` comes first in each."""
    return type(name, (ctypes.Structure,), {"_fields_": [("size", _size), *fields]})


_StateOptions = _structure(
    "drift_state_options", ("catalogue", _pointer), ("profile", _text), ("region", _text), ("role_arn", _text), ("external_id", _text),
    ("workspace", _text), ("version", _text), ("cancel", _pointer), ("log", _pointer), ("log_ctx", _pointer), ("mfa", _pointer),
    ("mfa_ctx", _pointer), ("keyring", _pointer))
_SessionOptions = _structure(
    "drift_session_options", ("profile", _text), ("region", _text), ("role_arn", _text), ("external_id", _text), ("max_attempts", _int),
    ("deadline_ms", _int64), ("cancel", _pointer), ("log", _pointer), ("log_ctx", _pointer), ("mfa", _pointer), ("mfa_ctx", _pointer),
    ("call_timeout_ms", _int64), ("cache_dir", _text), ("cache_ttl_ms", _int64), ("keyring", _pointer))
_InventoryOptions = _structure(
    "drift_inventory_options", ("tags", _pointer), ("names", _pointer), ("all", _bool), ("regions", _pointer), ("types", _pointer),
    ("include_defaults", _bool), ("state", _pointer), ("backend_bucket", _text), ("backend_table", _text), ("progress", _pointer),
    ("progress_ctx", _pointer), ("record", _pointer), ("record_ctx", _pointer), ("native_tags", _bool),
    ("account", _text), ("sought", _pointer))
_ScanOptions = _structure(
    "drift_scan_options", ("plan", _pointer), ("ignore_text", _text), ("ignore_bytes", _size), ("types", _pointer), ("defaults", _bool),
    ("other_managers", _bool), ("env", _text), ("duration_ms", _int64), ("incomplete", _text), ("locks", _pointer))
_ImportOptions = _structure(
    "drift_import_options", ("plan", _pointer), ("map_text", _text), ("map_bytes", _size), ("map_name", _text), ("history", _pointer),
    ("region", _text), ("account", _text), ("unmanaged", _pointer), ("defaults", _bool), ("configuration", _pointer),
    ("new_blocks", _bool))
_PolicyOptions = _structure(
    "drift_policy_options", ("mode", _int), ("fold", _int), ("state", _pointer), ("live", _pointer), ("plan", _pointer), ("backend", _pointer),
    ("calls", _pointer), ("account", _text), ("partition", _text), ("region", _text), ("regions", _pointer), ("max_policies", _int),
    ("inline_policy", _bool), ("compact", _bool))
_GuardOptions = _structure(
    "drift_guard_options", ("allow_changes", _pointer), ("protect", _pointer), ("allow_create", _bool), ("live", _pointer),
    ("catalogue", _pointer), ("state", _pointer), ("configuration", _pointer))
_ExplainOptions = _structure(
    "drift_explain_options", ("live", _pointer), ("plan", _pointer), ("catalogue", _pointer), ("now_ms", ctypes.c_longlong))
STRUCTURES = [_StateOptions, _SessionOptions, _InventoryOptions, _ScanOptions, _ImportOptions, _PolicyOptions, _GuardOptions, _ExplainOptions]

for _name, _result in {
        "status_name": _text, "status_text": _text, "document_root": _pointer, "value_to_json": _pointer, "snapshot_size": _size,
        "state_snapshot": _pointer, "state_info": _pointer, "state_backend": _pointer, "imports_root": _pointer, "policy_root": _pointer}.items():
    getattr(_lib, "drift_" + _name).restype = _result
for _name, _argument in {
        "document_free": _pointer, "text_free": _pointer, "catalogue_free": _pointer, "state_free": _pointer, "session_close": _pointer,
        "snapshot_free": _pointer, "imports_free": _pointer, "policy_free": _pointer, "document_root": _pointer, "snapshot_size": _pointer,
        "state_snapshot": _pointer, "state_info": _pointer, "state_backend": _pointer, "imports_root": _pointer, "policy_root": _pointer,
        "report_exit_code": _pointer, "status_name": _int, "status_text": _int}.items():
    getattr(_lib, "drift_" + _name).argtypes = [_argument]
_lib.drift_value_to_json.argtypes = [_pointer, _int]
for _name in ("document_free", "text_free", "catalogue_free", "state_free", "session_close", "snapshot_free", "imports_free", "policy_free"):
    getattr(_lib, "drift_" + _name).restype = None


def _call(name, *arguments, out=_pointer):
    """Calls drift_NAME(arguments…, out, err); gives what it wrote."""
    error, result = _Error(), out()
    status = getattr(_lib, "drift_" + name)(*arguments, ctypes.byref(result), ctypes.byref(error))
    if status:
        raise Error(status, error)
    return result


def _plain(value):
    """A lent value as Python has it."""
    text = _lib.drift_value_to_json(value, 0) if value else None
    if not value:
        return None
    if not text:
        raise MemoryError
    try:
        return json.loads(ctypes.string_at(text))
    finally:
        _lib.drift_text_free(text)


def _taken(text):
    """A given text as str."""
    try:
        return ctypes.string_at(text.value).decode()
    finally:
        _lib.drift_text_free(text)


class _Handle:
    """Owns one C object; `needs` are those that must outlive it."""

    def __init__(self, handle, free, *needs):
        self._as_parameter_, self._free, self._needs = handle, free, needs

    def close(self):
        handle, self._as_parameter_ = getattr(self, "_as_parameter_", None), None
        if handle:
            self._free(handle)
        self._needs = ()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    __del__ = close


class _Document(_Handle):
    def __init__(self, handle):
        super().__init__(handle, _lib.drift_document_free)

    @classmethod
    def of(cls, value, name="document"):
        """From Python values, or from JSON text as it stands."""
        text = value if isinstance(value, (str, bytes)) else json.dumps(value)
        text = text.encode() if isinstance(text, str) else text
        return cls(_call("document_parse", text, _size(len(text)), name.encode()))

    @property
    def root(self):
        return ctypes.c_void_p(_lib.drift_document_root(self))

    def plain(self):
        return _plain(self.root)


def _options(structure, **given):
    """A filled struct by reference; what it points to lives as long as the struct."""
    made, keep = structure(size=ctypes.sizeof(structure)), []
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            value = (_text * (len(value) + 1))(*[v.encode() for v in value], None)
            keep.append(value)
            value = ctypes.cast(value, _pointer)
        elif isinstance(value, str):
            value = value.encode()
        elif isinstance(value, _Handle):
            keep.append(value)
            value = value._as_parameter_
        setattr(made, name, value)
    made.keep = keep
    return ctypes.byref(made)


def _document(value, name):
    return None if value is None else _Document.of(value, name)


class Catalogue(_Handle):
    """The resource types that are known; a folder may add to or replace them."""

    def __init__(self, folder=None):
        super().__init__(_call("catalogue_open", folder and os.fsencode(folder)), _lib.drift_catalogue_free)

    def types(self, pattern=None):
        """What `driftscan types -o json` shows."""
        with _Document(_call("catalogue_describe", self, pattern and pattern.encode())) as document:
            return document.plain()


class Snapshot(_Handle):
    """Resources of one side, sorted."""

    def __init__(self, handle, *needs, owned=True):
        super().__init__(handle, _lib.drift_snapshot_free if owned else lambda _: None, *needs)

    @classmethod
    def from_json(cls, text, name="snapshot"):
        text = text.encode() if isinstance(text, str) else text
        return cls(_call("snapshot_from_json", text, _size(len(text)), name.encode()))

    def to_json(self, with_secrets=False):
        return _taken(_call("snapshot_to_json", self, _bool(with_secrets)))

    def __len__(self):
        return _lib.drift_snapshot_size(self)


class State(_Handle):
    """Terraform states as one union. sources: paths, globs, s3://bucket/key, …; None = the backend of this folder. Options: profile, region,
    role_arn, external_id, workspace, version."""

    def __init__(self, catalogue, sources=None, **options):
        sources = [sources] if isinstance(sources, str) else sources
        array = (_text * (len(sources) + 1))(*[os.fsencode(s) for s in sources], None) if sources else None
        handle = _call("state_load", array, _options(_StateOptions, catalogue=catalogue, **options))
        super().__init__(handle, _lib.drift_state_free, catalogue)

    @property
    def snapshot(self):
        return Snapshot(_lib.drift_state_snapshot(self), self, owned=False)

    @property
    def info(self):
        return _plain(_lib.drift_state_info(self))


class Session(_Handle):
    """Credentials and region of one caller. Options: profile, region, role_arn, external_id, max_attempts, deadline_ms."""

    def __init__(self, catalogue, **options):
        super().__init__(_call("session_open", catalogue, _options(_SessionOptions, **options)), _lib.drift_session_close, catalogue)

    def inventory(self, state=None, **options):
        """What is live. Options: tags, names, all, regions, types, include_defaults."""
        snapshot = state.snapshot if isinstance(state, State) else state
        return Snapshot(_call("inventory_scan", self, _options(_InventoryOptions, state=snapshot, **options)), self)


class Report(_Document):
    """document is the JSON contract of docs/report.schema.json."""

    @property
    def document(self):
        return self.plain()

    @property
    def exit_code(self):
        return _lib.drift_report_exit_code(self)

    def render(self, format="text"):
        return _taken(_call("report_render", self, format.encode(), None))


def scan(catalogue, state, live, plan=None, ignore=None, **options):
    """Compares. plan: `terraform show -json tfplan` as text or values; ignore: a .driftignore as text. Options: types, defaults,
    other_managers, env, incomplete."""
    plan = _document(plan, "plan")
    ignore = ignore and ignore.encode()
    made = _options(_ScanOptions, plan=plan, ignore_text=ignore, ignore_bytes=len(ignore or b""), **options)
    return Report(_call("scan_report", catalogue, state, live, made))


class Imports(_Handle):
    """What brings in what is live and in no state. Options: map_text, history, region, account, defaults."""

    def __init__(self, catalogue, state, live, plan=None, **options):
        plan = _document(plan, "plan")
        snapshot = state.snapshot if isinstance(state, State) else state
        made = _options(_ImportOptions, plan=plan, map_bytes=len((options.get("map_text") or "").encode()), **options)
        super().__init__(_call("imports_make", catalogue, snapshot, live, made), _lib.drift_imports_free, catalogue, snapshot, live, plan)

    @property
    def mapping(self):
        return _plain(_lib.drift_imports_root(self))

    def write(self, format="blocks"):
        return _taken(_call("imports_write", self, format.encode(), None))


class Policy(_Handle):
    """The least-privilege policy. mode: plan, apply, scan, import, state; fold: auto, none, prefix, service; backend: {"bucket", "key", …} or a
    list of them; types: what a scan is limited to. Options: account, partition, region, regions, max_policies, inline_policy, compact."""

    def __init__(self, catalogue, mode="plan", fold="auto", state=None, live=None, plan=None, backend=None, types=None, **options):
        plan, backend, calls = _document(plan, "plan"), _document(backend, "backend"), None
        snapshot = state.snapshot if isinstance(state, State) else state
        if mode == "scan":
            calls = _Document(_call("inventory_plan", catalogue, _options(_InventoryOptions, types=types)))
        made = _options(_PolicyOptions, mode=("plan", "apply", "scan", "import", "state").index(mode),
                        fold=("auto", "none", "prefix", "service").index(fold), state=snapshot, live=live, plan=plan,
                        backend=backend and backend.root.value, calls=calls and calls.root.value, **options)
        super().__init__(_call("policy_make", catalogue, made), _lib.drift_policy_free, catalogue, snapshot, live, plan, backend, calls)

    @property
    def document(self):
        return _plain(_lib.drift_policy_root(self))

    def write(self, format="json"):
        return _taken(_call("policy_write", self, format.encode(), None))


def guard(plan, live=None, catalogue=None, **options):
    """May this saved plan be applied? Options: allow_changes, protect, allow_create."""
    error, ok, out = _Error(), _bool(), _pointer()
    with _Document.of(plan, "plan") as document:
        status = _lib.drift_guard_plan(document.root, _options(_GuardOptions, live=live, catalogue=catalogue, **options),
                                       ctypes.byref(ok), ctypes.byref(out), ctypes.byref(error))
    if status:
        raise Error(status, error)
    with _Document(out) as judgement:
        return judgement.plain()


def explain(log, live=None, plan=None, catalogue=None, now_ms=0):
    """What the errors of a failed plan, apply or import mean, and what to do."""
    log = log.encode() if isinstance(log, str) else log
    made = _options(_ExplainOptions, live=live, plan=_document(plan, "plan"), catalogue=catalogue, now_ms=now_ms)
    with _Document(_call("explain_log", log, _size(len(log)), made)) as document:
        return document.plain()


def lock(catalogue, source=None, now_ms=0, **options):
    """Who holds the lock of a state; options as for State."""
    with _Document(_call("lock_inspect", source and os.fsencode(source), _options(_StateOptions, catalogue=catalogue, **options),
                         _int64(now_ms))) as document:
        return document.plain()


def query(expression, value):
    """Runs a JMESPath expression."""
    with _Document.of(value, "value") as document, _Document(_call("query", expression.encode(), document.root)) as result:
        return result.plain()

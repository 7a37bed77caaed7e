#!/usr/bin/env python3
"""Every expression of the catalogue against AWS's own models, as botocore carries them: a name that no reply has is a mistake.

    python tests/tools/catalogue_paths.py [TYPE ...]

Expressions are run on what the models say of the replies instead of on replies. Told are members that the reply has not, a text where
there is a list, members of blocks that the provider's schema has not, and leaves of a block that are compared and that no member gives.
"""
import json
import pathlib
import re
import sys

try:
    import botocore.loaders
    import jmespath.parser
except ImportError:  # the tests then say that they skip
    botocore = jmespath = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = ROOT / "libdrift" / "catalogue" / "types"

# What a thing is: ("any",) ("null",) ("text",) ("obj", {name: thing}) ("list", thing) ("map", thing) ("tuple", [things])
# ("json", thing): the text of it; ("shape", service, name): a structure, looked into when it is asked for
ANY, NULL, TEXT, TIME = ("any",), ("null",), ("text",), ("time",)
ITEM = {"_account": TEXT, "_region": TEXT, "_partition": TEXT, "_type_managed": TEXT, "_parent_managed": TEXT, "_managed": TEXT, "_scope": TEXT}


class Models:
    def __init__(self):
        self.loader, self.models = botocore.loaders.create_loader() if botocore else None, {}

    def shapes(self, service):
        if service not in self.models:
            self.models[service] = self.loader.load_service_model(service, "service-2")
        return self.models[service]

    def thing(self, service, name):
        s = self.shapes(service)["shapes"][name]
        if s.get("document"):
            return ANY
        if s["type"] == "structure":
            return ("shape", service, name)
        if s["type"] == "list":
            return ("list", self.thing(service, s["member"]["shape"])) if s["member"]["shape"] != name else ANY
        if s["type"] == "map":
            return ("map", self.thing(service, s["value"]["shape"]))
        return TIME if s["type"] == "timestamp" else TEXT

    def members(self, thing):
        if thing[0] == "obj":
            return thing[1]
        shape = self.shapes(thing[1])["shapes"][thing[2]]
        return {n: self.thing(thing[1], m["shape"]) for n, m in shape["members"].items()}

    def output(self, service, operation):
        op = self.shapes(service)["operations"][operation]
        return self.thing(service, op["output"]["shape"]) if op.get("output") else ("obj", {})


MODELS = Models()


def is_map(t):
    return t[0] in ("obj", "shape")


def join(a, b):
    """What is one or the other."""
    if a == b or b == NULL:
        return a
    if a == NULL:
        return b
    if a in (TEXT, TIME) and b in (TEXT, TIME):
        return TEXT
    if is_map(a) and is_map(b):
        x, y = MODELS.members(a), MODELS.members(b)
        return ("obj", {n: join(x.get(n, NULL), y.get(n, NULL)) for n in {**x, **y}})
    if a[0] == b[0] and a[0] in ("list", "map"):
        return (a[0], join(a[1], b[1]))
    if a[0] == b[0] == "tuple" and len(a[1]) == len(b[1]):
        return ("tuple", [join(x, y) for x, y in zip(a[1], b[1])])
    if {a[0], b[0]} == {"tuple", "list"}:
        return ("list", join(element(a), element(b)))
    if {a[0], b[0]} <= {"obj", "shape", "map"}:
        o, m = (a, b) if is_map(a) else (b, a)
        return m if not MODELS.members(o) else ANY
    return ANY


def element(t):
    if t[0] == "list":
        return t[1]
    if t[0] == "tuple":
        out = NULL
        for x in t[1]:
            out = join(out, x)
        return out
    return t if t in (ANY, NULL) else None


def snake_name(s):
    out = ""
    up = lambda i: i < len(s) and "A" <= s[i] <= "Z"
    for i, c in enumerate(s):
        behind = i > 0 and s[i - 1] != "_" and not up(i - 1)
        plural = i + 2 == len(s) and s[i + 1:] == "s"
        run = i > 0 and up(i - 1) and i + 1 < len(s) and "a" <= s[i + 1] <= "z" and not plural
        unit = i > 1 and c == "B" and s[i - 1] == "i" and s[i - 2] in "KMGT" or i > 0 and s[i - 1] == "V" and s[i:i + 3] == "Cpu" and i + 2 < len(s)
        out += ("_" if up(i) and (behind or run) and not unit else "") + (c.lower() if up(i) else c)
    return out


def snake(t, depth=0):
    if depth > 12:
        return ANY
    if is_map(t):
        return ("obj", {snake_name(n): snake(v, depth + 1) for n, v in MODELS.members(t).items()})
    if t[0] in ("list", "map"):
        return (t[0], snake(t[1], depth + 1))
    return t


def renamed(t, old, new, depth=0):
    """What the JSON of a thing becomes when a part of its text is replaced: its keys are of interest."""
    if is_map(t) and depth <= 12:
        return ("obj", {json.loads("{" + f'"{n}":'.replace(old, new) + "0}").popitem()[0]: renamed(v, old, new, depth + 1) for n, v in MODELS.members(t).items()})
    return (t[0], renamed(t[1], old, new, depth + 1)) if t[0] in ("list", "map") else t


def of_json(v):
    if v is None:
        return NULL
    if isinstance(v, dict):
        return ("obj", {k: of_json(x) for k, x in v.items()})
    if isinstance(v, list):
        out = NULL
        for x in v:
            out = join(out, of_json(x))
        return ("list", out if v else NULL)
    return TEXT


def root_names(text):
    """$ is the root of the doc: a name that the Python parser takes."""
    out, quote, i = "", None, 0
    while i < len(text):
        c = text[i]
        if quote:
            if c == "\\":
                out, i = out + c, i + 1
                c = text[i]
            elif c == quote:
                quote = None
        elif c in "'`\"":
            quote = c
        elif c == "$":
            c = "__root__"
        out += c
        i += 1
    return out


PARSER = jmespath.parser.Parser() if jmespath else None


class Run:
    """One expression on one thing."""

    def __init__(self, text, root, complain):
        self.text, self.root, self.complain = text, root, complain

    def value(self):
        return self.eval(PARSER.parse(root_names(self.text)).parsed, self.root)

    def wrong(self, what):
        self.complain(f"{what}, in {self.text}")

    def field(self, name, t):
        if name == "__root__":
            return self.root
        if name == "null":  # x == null: a name that nothing has
            return NULL
        if is_map(t):
            members = MODELS.members(t)
            if name not in members:
                near = [n for n in members if n.lower() == name.lower()]
                self.wrong(f"there is no {name}" + (f" ({near[0]}?)" if near else f" among {', '.join(sorted(members))[:120]}"))
                return NULL
            return members[name]
        if t[0] == "map":
            return t[1]
        if t in (ANY, NULL):
            return t
        self.wrong(f".{name} of a {t[0]}")
        return NULL

    def eval(self, node, t):
        return getattr(self, "on_" + node["type"])(node, node["children"], t)

    def on_field(self, node, kids, t):
        return self.field(node["value"], t)

    def on_identity(self, node, kids, t):
        return t

    on_current = on_identity

    def chain(self, node, kids, t):
        for k in kids:
            t = self.eval(k, t)
        return t

    on_subexpression = on_index_expression = on_pipe = chain

    def on_index(self, node, kids, t):
        if t[0] == "tuple" and -len(t[1]) <= node["value"] < len(t[1]):
            return t[1][node["value"]]
        out = element(t)
        if out is None:
            self.wrong(f"[{node['value']}] of a {t[0]}")
        return out or NULL

    def on_slice(self, node, kids, t):
        out = element(t)
        if out is None and t != TEXT:
            self.wrong(f"a slice of a {t[0]}")
        return TEXT if t == TEXT else ("list", out or NULL)

    def on_projection(self, node, kids, t):
        left = self.eval(kids[0], t)
        e = element(left)
        if e is None:
            if left != TEXT:  # text[a:b] is a projection to the parser
                self.wrong(f"[] of a {left[0]}")
            return left if left == TEXT else ("list", NULL)
        return ("list", self.eval(kids[1], e))

    def on_value_projection(self, node, kids, t):
        left = self.eval(kids[0], t)
        if is_map(left):
            e = element(("tuple", list(MODELS.members(left).values())))
        else:
            e = left[1] if left[0] == "map" else ANY
        return ("list", self.eval(kids[1], e))

    def on_filter_projection(self, node, kids, t):
        left = self.eval(kids[0], t)
        e = element(left)
        if e is None:
            self.wrong(f"a filter on a {left[0]}")
            return ("list", NULL)
        self.eval(kids[2], e)
        return ("list", self.eval(kids[1], e))

    def on_flatten(self, node, kids, t):
        t = self.eval(kids[0], t)
        e = element(t)
        if e is None:
            self.wrong(f"[] of a {t[0]}")
            return ("list", NULL)
        if t[0] == "tuple":
            out = NULL
            for x in t[1]:
                out = join(out, element(x) if x[0] in ("list", "tuple") else x)
            return ("list", out)
        return ("list", element(e) if e[0] in ("list", "tuple") else e)

    def on_comparator(self, node, kids, t):
        for k in kids:
            self.eval(k, t)
        return TEXT

    on_not_expression = on_comparator

    def on_or_expression(self, node, kids, t):
        return join(self.eval(kids[0], t), self.eval(kids[1], t))

    def on_and_expression(self, node, kids, t):
        a, b = self.eval(kids[0], t), self.eval(kids[1], t)
        return b

    def on_multi_select_list(self, node, kids, t):
        return NULL if t == NULL else ("tuple", [self.eval(k, t) for k in kids])

    def on_multi_select_dict(self, node, kids, t):
        return NULL if t == NULL else ("obj", {k["value"]: self.eval(k["children"][0], t) for k in kids})

    def on_key_val_pair(self, node, kids, t):
        return self.eval(kids[0], t)

    def on_literal(self, node, kids, t):
        return of_json(node["value"])

    def on_expref(self, node, kids, t):
        return ("expref", kids[0])

    def on_function_expression(self, node, kids, t):
        args = [self.eval(k, t) for k in kids]
        name, a = node["value"], args[0] if args else NULL
        inner = lambda ref, on: self.eval(ref[1], on)
        if name == "if":
            return join(args[1], args[2])
        if name == "not_null":
            return self.joined(args)
        if name == "map":
            return ("list", inner(a, element(args[1]) or NULL))
        if name in ("sort_by", "group_by", "max_by", "min_by"):
            e = element(a)
            if e is None:
                self.wrong(f"{name}() of a {a[0]}")
                return NULL
            inner(args[1], e)
            return a if name == "sort_by" else e if name != "group_by" else ("map", ("list", e))
        if name in ("sort", "reverse", "unique"):
            return ("list", element(a) or NULL) if a != TEXT else TEXT
        if name == "from_items":
            e = element(a) or NULL
            if is_map(e):
                return ("map", self.field("value", e))
            return ("map", e[1][1] if e[0] == "tuple" else ANY)
        if name in ("items", "values"):
            v = a[1] if a[0] == "map" else self.joined(MODELS.members(a).values()) if is_map(a) else ANY if a in (ANY, NULL) else None
            if v is None:
                self.wrong(f"{name}() of a {a[0]}")
                v = NULL
            return ("list", ("obj", {"key": TEXT, "value": v}) if name == "items" else v)
        if name == "snake":
            return snake(a)
        if name == "spread":
            return ("list", ("tuple", [element(a) or NULL, element(inner(args[1], element(a) or NULL)) or NULL]))
        if name == "zip":
            return ("list", ("tuple", [element(x) or NULL for x in args]))
        if name == "merge":
            return self.joined(args)
        if name in ("keys", "split"):
            return ("list", TEXT)
        if name == "from_json":
            return a[1] if a[0] == "json" else ANY
        if name == "to_string" and a[0] in ("obj", "shape", "list", "map"):
            return ("json", a)
        if name == "replace" and a[0] == "json" and all(k["type"] == "literal" for k in kids[1:]):
            return ("json", renamed(a[1], kids[1]["value"], kids[2]["value"]))
        if name == "arn":
            return ("obj", {k: TEXT for k in ("partition", "service", "region", "account", "resource")})
        if name == "to_array":
            return a if a[0] in ("list", "tuple") else ("list", a)
        if name in ("contains", "length", "to_string", "type", "join"):
            return TEXT
        if a[0] not in ("text", "time", "json", "any", "null"):
            self.wrong(f"{name}() of a {a[0]}")
        return TEXT

    def joined(self, things):
        out = NULL
        for x in things:
            out = join(out, x)
        return out


def holes(template):
    """The expressions of a template."""
    out, depth, start, quote, i = [], 0, 0, None, 0
    while i < len(template):
        c = template[i]
        if depth == 0 and template[i:i + 2] in ("{{", "}}"):
            i += 1
        elif depth > 0 and quote:
            quote = None if c == quote else quote
        elif depth > 0 and c in "'`\"":
            quote = c
        elif c == "{":
            depth += 1
            start = i + 1 if depth == 1 else start
        elif c == "}" and depth > 0:
            depth -= 1
            if depth == 0:
                out.append(template[start:i])
        i += 1
    return out


def load():
    entries = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(TYPES.glob("*/*.json"))}
    for name, e in entries.items():
        while "extends" in e:
            base = entries[e["extends"]]
            e = {**base, **{k: v for k, v in e.items() if k != "extends"}}
        entries[name] = e
    return entries


class Entry:
    def __init__(self, entry, entries, docs):
        self.e, self.entries, self.docs, self.found = entry, entries, docs, []

    def tell(self, where):
        return lambda what: self.found.append(f"{self.e['type']}: {where}: {what}") if f"{self.e['type']}: {where}: {what}" not in self.found else None

    def run(self, text, root, where):
        try:
            return Run(text, root, self.tell(where)).value()
        except Exception as err:  # a parser that does not know a form of ours
            self.tell(where)(f"{type(err).__name__}: {err}"[:200])
            return ANY

    def template(self, text, root, where):
        parts = holes(text)
        values = [self.run(p, root, where) for p in parts]
        return values[0] if len(parts) == 1 and text == "{" + parts[0] + "}" else TEXT

    def inputs(self, v, root, where):
        if isinstance(v, str):
            self.template(v, root, where)
        elif isinstance(v, (dict, list)):
            for x in v.values() if isinstance(v, dict) else v:
                self.inputs(x, root, where)

    def state(self):
        """The state's attributes, as the schema has them."""
        return ("obj", {**{n: schema_thing(v) for n, v in self.e["schema"].items()}})

    def item(self, call, where):
        """What one item of a list is."""
        out = MODELS.output(call.get("service", self.e["service"]), call["op"])
        given = call.get("items", "@")
        root = ("obj", {**MODELS.members(out), **ITEM, "_parent": self.docs(call["for_each"]) if "for_each" in call else NULL}) if is_map(out) else out
        for i, text in enumerate(given if isinstance(given, list) else [given]):
            t = self.run(text, root, f"{where} {call['op']} items")
            t = element(t) if t[0] in ("list", "tuple") else t
            outer, root = root, t
        item = {"_item": TEXT} if t == TEXT else dict(MODELS.members(t)) if is_map(t) else None
        if item is None:
            return None
        if isinstance(given, list):
            item["_outer"] = outer
        if "for_each" in call:
            parent = self.docs(call["for_each"])
            item["_parent"] = parent
            item["_each"] = NULL
            if "each" in call:
                e = self.run(call["each"], parent, f"{where} each")
                item["_each"] = element(e) or NULL
            self.inputs(call.get("input"), ("obj", {**MODELS.members(parent), "_parent": parent, "_each": item["_each"], "_state": ANY}) if is_map(parent) else ANY, f"{where} {call['op']} input")
        return ("obj", item)

    def doc(self):
        e, doc = self.e, None
        for field in ("list", "lookup"):
            calls = e.get(field) or []
            for call in calls if isinstance(calls, list) else [calls]:
                item = self.item(call, field)
                if item is None:
                    return ANY
                doc = item if doc is None else join(doc, item)
        if doc is None:
            return ANY
        doc = ("obj", {**ITEM, **doc[1], "_state": self.state()})
        for call in e.get("read", []) if isinstance(e.get("read", []), list) else [e["read"]]:
            if doc != ANY:
                doc = self.read(call, doc)
        return doc

    def read(self, call, doc):
        where = f"read {call['op']}"
        with_batch = ("obj", {**doc[1], "_batch": ANY})
        self.inputs(call.get("input"), with_batch, where + " input")
        if "when" in call:
            self.run(call["when"], doc, where + " when")
        answer = MODELS.output(call.get("service", self.e["service"]), call["op"])
        if "items" in call:
            answer = self.run(call["items"], answer, where + " items")
            if "batch" in call and "match" not in call["batch"]:
                answer = answer[1] if answer[0] == "map" else ANY
            else:
                answer = element(answer) or answer
        batch = call.get("batch")
        if batch:
            self.run(batch["of"], doc, where + " of")
            if "match" in batch:
                self.run(batch["match"], answer, where + " match")
        kept = self.run(call.get("keep", "@"), answer, where + " keep")
        if "into" in call:
            return ("obj", {**doc[1], call["into"]: kept})
        if is_map(kept):
            kept = {n: join(v, doc[1].get(n, NULL)) for n, v in MODELS.members(kept).items()}
            return ("obj", {**doc[1], **kept})
        return doc if kept in (NULL, TEXT) else ("obj", {**doc[1]}) if kept[0] != "any" and kept[0] != "map" else ANY

    def check(self):
        e, doc = self.e, self.docs(self.e["type"])
        for field in ("id", "arn", "import_id", "physical"):
            if isinstance(e.get(field), str):
                self.template(e[field], doc, field)
        for field in ("name", "tags", "skip", "default", "region", "prefer"):
            if isinstance(e.get(field), str):
                self.run(e[field], doc, field)
        for name, v in e["attributes"].items():
            v = v if isinstance(v, dict) else {"live": v}
            node = find(e["schema"], name)
            if "live" in v and node is not None:
                self.shape(name, node, self.run(v["live"], doc, name))
        return self.found

    def rule(self, path):
        v = self.e["attributes"].get(path)
        return {} if v is None or isinstance(v, str) else v

    def shape(self, path, node, t):
        """Does it fit the schema?"""
        kind = node[0]
        if t == ANY or kind == "any" or self.rule(path).get("ignore"):
            return
        if t == NULL:
            self.tell(path)("is always null")
        elif kind == "text":
            if t == TIME and self.rule(path).get("as") != "timestamp":
                self.tell(path)("is a time, and not compared as one")
            if t not in (TEXT, TIME) and t[0] != "json" and not (t[0] in ("list", "tuple", "map", "obj", "shape") and self.rule(path).get("as") in ("json", "iam_policy", "container_definitions")):
                self.tell(path)(f"is a {t[0]}, the schema has a scalar")
        elif kind == "map":
            e = element(t) if t[0] in ("list", "tuple") else NULL
            tags = is_map(e) and {"Key", "Value"} <= set(MODELS.members(e))
            if t[0] not in ("map", "obj", "shape") and not tags and self.rule(path).get("as") != "tags":
                self.tell(path)(f"is a {t[0]}, the schema has a map")
        elif kind == "list":
            e = element(t) if t[0] in ("list", "tuple") else t
            if node[1] == TEXT and t[0] not in ("list", "tuple"):
                self.tell(path)(f"is a {t[0]}, the schema has a list")
            elif e != NULL or t[0] not in ("list", "tuple"):
                self.shape(path, node[1], e)
        elif kind == "obj" and t[0] == "map":
            for v in node[1].values():
                self.shape(f"{path}.*", v, t[1])
        elif kind == "obj":
            if not is_map(t):
                return self.tell(path)(f"is a {t[0]}, the schema has a block")
            members = MODELS.members(t)
            snaked = "snake(" in json.dumps(self.rule(path.split(".")[0])) or "snake(" in str(self.e["attributes"].get(path.split(".")[0], ""))
            for n, v in members.items():
                if n in node[1]:
                    own = self.e["attributes"].get(f"{path}.{n}")
                    if own is None or isinstance(own, dict) and "live" not in own:
                        self.shape(f"{path}.{n}", node[1][n], v)
                elif not snaked:
                    self.tell(path)(f"the schema's block has no {n}")
            for n, v in node[1].items():
                own = self.e["attributes"].get(f"{path}.{n}")
                if n not in members and own is None and v[0] != "computed":
                    near = [m for m in members if m.replace("_", "") == n.replace("_", "") or m not in node[1]]
                    self.tell(f"{path}.{n}")("nothing gives it" + (f" ({', '.join(near[:6])}?)" if near and snaked else ""))


def schema_thing(v):
    if isinstance(v, dict):
        block = ("obj", {n: schema_thing(x) for n, x in v["block"].items()}) if isinstance(v.get("block"), dict) else ANY
        return block if v["nesting"] == "single" else ("list", block)
    return cty(v[0])


def schema_node(v):
    if isinstance(v, dict):
        block = ("obj", {n: schema_node(x) for n, x in v["block"].items()}) if isinstance(v.get("block"), dict) else ("any",)
        return block if v["nesting"] == "single" else ("list", block)
    return ("computed",) if v[1].strip("S") == "C" else cty(v[0])


def cty(t):
    if isinstance(t, str):
        return TEXT if t != "dynamic" else ANY
    if t[0] in ("list", "set"):
        return ("list", cty(t[1]))
    if t[0] == "map":
        return ("map", cty(t[1]))
    return ("obj", {n: cty(x) for n, x in t[1].items()})


def find(schema, dotted):
    node = ("obj", {n: schema_node(v) for n, v in schema.items()})
    for step in dotted.split("."):
        while node[0] == "list":
            node = node[1]
        if node[0] != "obj" or step not in node[1]:
            return None
        node = node[1][step]
    return node if node[0] != "computed" else ("any",)


def check(names=None):
    entries, docs = load(), {}

    def doc_of(name):
        if name not in docs:
            docs[name] = ANY
            made[name] = Entry(entries[name], entries, doc_of)
            docs[name] = made[name].doc()
        return docs[name]

    made, found = {}, []
    for name in names or entries:
        doc_of(name)
        found += made[name].check()
    return found


def main():
    found = check(sys.argv[1:])
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

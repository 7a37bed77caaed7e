#!/usr/bin/env python3
"""Makes tests/vectors/jmespath/spec.json: our own expressions over our own documents, with the results of the jmespath package (PyPI).

The public compliance suite is not part of this repository: these cases are for everyone who does not have it. Left out is what the package does
otherwise than the specification says: merge() without arguments, literals that are not JSON, ordering strings with <, &expression as a value.
Run it in a Python with jmespath installed: tests/vectors/make_jmespath_vectors.py >tests/vectors/jmespath/spec.json
"""
import json
import sys

import jmespath
from jmespath import exceptions

VPC = {
    "Vpcs": [
        {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False, "Tags": [{"Key": "Name", "Value": "prod"}, {"Key": "Env", "Value": "prod"}]},
        {"VpcId": "vpc-2", "CidrBlock": "172.31.0.0/16", "IsDefault": True, "Tags": []},
        {"VpcId": "vpc-3", "CidrBlock": "10.1.0.0/16", "IsDefault": False},
    ],
    "NextToken": None,
}
GROUPS = {
    "Reservations": [
        {"Instances": [{"Id": "i-1", "Cpu": {"Cores": 2, "Threads": [1, 2]}}, {"Id": "i-2", "Cpu": {"Cores": 4, "Threads": [2]}}]},
        {"Instances": []},
        {"Instances": [{"Id": "i-3", "Cpu": None}]},
        {},
    ],
    "Limits": {"cpu": 10, "disk": 20, "net": {"in": 1, "out": 2}},
    "strange key": {"a.b": 1, "": 2, "q\"uote": 3, "back\\slash": 4, "new\nline": 5, "\u00fc\u4e2d\U0001f600": 6},
    "empty": {"list": [], "map": {}, "string": "", "null": None, "false": False, "zero": 0},
}
PLAIN = {
    "n": [5, -1, 3.5, 0, 1e3, -2.25], "s": ["pear", "apple", "\u00e4pfel", "Zebra", "a", ""], "mixed": [1, "a", None, True, [2], {"b": 3}],
    "deep": [[1, [2, [3]]], [], [[4]], 5], "people": [{"n": "a", "age": 30}, {"n": "b", "age": 20}, {"n": "c", "age": 30}, {"n": "d", "age": 25}],
    "texts": [{"n": "x", "t": "b"}, {"n": "y", "t": "a"}, {"n": "z", "t": "b"}], "t": "h\u00e9llo w\u00f6rld", "five": 5, "yes": True,
    "same": {"a": 1, "b": [1, 2]}, "turned": {"b": [1, 2], "a": 1.0}, "digits": "-12.50", "obj": {"z": 1, "y": 2, "x": 3},
}

CASES = [
    (VPC, """
Vpcs
Vpcs[0].VpcId
Vpcs[-1].VpcId
Vpcs[3].VpcId
Vpcs[-4]
Vpcs[*].VpcId
Vpcs[].VpcId
Vpcs[*].Tags
Vpcs[*].Tags[*].Key
Vpcs[].Tags[].Key
Vpcs[*].Tags[].Key
Vpcs[].Tags[0].Key
Vpcs[*].Tags[0]
Vpcs[*].Tags | [0]
Vpcs[*].Tags | [0][0].Value
Vpcs[?IsDefault].VpcId
Vpcs[?!IsDefault].VpcId
Vpcs[?IsDefault == `false`].VpcId
Vpcs[?IsDefault != `true`] | [1].VpcId
Vpcs[?Tags].VpcId
Vpcs[?!Tags].VpcId
Vpcs[?Tags[?Key == 'Name' && Value == 'prod']].VpcId
Vpcs[?Tags[?Key=='Name'].Value | [0] == 'prod'].VpcId
Vpcs[?starts_with(CidrBlock, '10.')].VpcId
Vpcs[?contains(CidrBlock, '.31.') || VpcId == 'vpc-3'].VpcId
Vpcs[?not_null(Tags, `[]`) == `[]`].VpcId
Vpcs[?length(not_null(Tags, `[]`)) > `0`].VpcId
Vpcs[:2].VpcId
Vpcs[::-1].VpcId
Vpcs[1:].VpcId
Vpcs[-2:].VpcId
Vpcs[::2].VpcId
Vpcs[10:].VpcId
Vpcs[:-10].VpcId
Vpcs[5::-2].VpcId
Vpcs[2:0:-1].VpcId
Vpcs[0:3:0]
Vpcs[*].[VpcId, CidrBlock]
Vpcs[*].{id: VpcId, cidr: CidrBlock, name: Tags[?Key=='Name'].Value | [0]}
Vpcs[].{id: VpcId, "the default": IsDefault}
Vpcs[0].{a: @, b: VpcId}.b
[Vpcs[0].VpcId, NextToken, missing]
{a: NextToken, b: missing.more}
NextToken
NextToken.foo
NextToken || 'none'
NextToken && 'some'
Vpcs && 'some'
missing[0].b[*].c
missing[*].b
missing.*.b
missing[?a]
missing[].b
Vpcs.foo
Vpcs.*
Vpcs[0].*
Vpcs[0].Tags[0].* | sort(@)
map(&VpcId, Vpcs)
map(&Tags, Vpcs)
map(&Tags[0].Key, Vpcs)
sort_by(Vpcs, &CidrBlock)[*].VpcId
max_by(Vpcs, &VpcId).VpcId
min_by(Vpcs, &CidrBlock).VpcId
reverse(Vpcs)[0].VpcId
join(', ', Vpcs[].VpcId)
join(', ', Vpcs[].IsDefault)
sort_by(Vpcs, &IsDefault)
sort_by(Vpcs, &Tags)
length(Vpcs)
length(Vpcs[0])
length(NextToken)
keys(Vpcs[0]) | sort(@)
type(Vpcs[0].Tags)
to_string(Vpcs[1].Tags)
@.Vpcs[0].VpcId
Vpcs | @ | [0] | VpcId
(Vpcs)[0].VpcId
(Vpcs[*].Tags)[0][0].Key
(Vpcs[*].VpcId)[0]
Vpcs[*].VpcId[0]
!Vpcs
!missing
!!missing
!(Vpcs && missing)
"""),
    (GROUPS, """
Reservations[*].Instances
Reservations[*].Instances[]
Reservations[].Instances[]
Reservations[].Instances[].Id
Reservations[*].Instances[*].Id
Reservations[*].Instances[*].Id[]
Reservations[].Instances[].Cpu.Threads
Reservations[].Instances[].Cpu.Threads[]
Reservations[].Instances[].Cpu.Threads[0]
Reservations[].Instances[].Cpu.Threads | [0]
Reservations[].Instances[?Cpu.Cores > `2`].Id
Reservations[].Instances[?Cpu.Cores > `2`].Id[]
Reservations[].Instances[] | [?Cpu.Cores > `2`].Id
Reservations[].Instances[] | [?Cpu.Cores >= `2` && Cpu.Cores < `4`].Id
Reservations[].Instances[] | [?Cpu.Cores <= `2` || Id == 'i-3'].Id
Reservations[].Instances[] | [?!Cpu].Id
Reservations[0].Instances[*].Cpu.[Cores, Threads[0]]
Reservations[0].Instances[*].Cpu.{c: Cores, t: Threads}
sum(Reservations[].Instances[].Cpu.Cores)
avg(Reservations[].Instances[].Cpu.Cores)
Limits.*
Limits.* | length(@)
Limits.*.in
Limits.net.*
*.net
*.*
*.*.in
*.cpu
[*]
[0]
[]
Limits[0]
Limits[*]
Limits[]
values(Limits.net) | sort(@)
values(Limits) | length(@)
merge(Limits, {cpu: `1`, more: 'x'})
merge(Limits.net, Limits.net)
"strange key"."a.b"
"strange key".""
"strange key"."q\\"uote"
"strange key"."back\\\\slash"
"strange key"."new\\nline"
"strange key"."\u00fc\u4e2d\U0001f600"
"strange key"."\\u00fc\\u4e2d\\ud83d\\ude00"
"strange key"."\\u00FC\\u4E2D\\uD83D\\uDE00"
'strange key'
'it\\'s'
'back\\slash'
'back\\\\slash'
'"double"'
`"json"`
`"tick \\` tick"`
` {"a" : [ 1 , 2.50 , null ] } `
`[]`
`""`
`{"a"}`
'unclosed
"unclosed
`unclosed
empty.list || 'x'
empty.map || 'x'
empty.string || 'x'
empty.null || 'x'
empty.false || 'x'
empty.zero || 'x'
empty.list && 'x'
empty.zero && 'x'
empty.zero == `0`
empty.null == missing
empty.list == `[]`
empty.map == `{}`
empty.list == empty.map
empty.false == `false`
empty.false == empty.zero
empty.*
empty | values(@) | length(@)
not_null(empty.null, missing, empty.false)
not_null(empty.null)
not_null()
length(empty.list)
length(empty.string)
length(empty.zero)
max(empty.list)
min(empty.list)
sum(empty.list)
avg(empty.list)
sort(empty.list)
reverse(empty.list)
reverse(empty.string)
join(',', empty.list)
keys(empty.map)
values(empty.map)
max_by(empty.list, &a)
sort_by(empty.list, &a)
map(&a, empty.list)
"""),
    (PLAIN, """
sort(n)
max(n)
min(n)
sum(n)
avg(n)
n[*].abs(@)
map(&abs(@), n)
map(&ceil(@), n)
map(&floor(@), n)
n[?@ > `0`]
n[?@ < `0`]
n[?@ == `1000`]
n[?@ == `0.0`]
sort(s)
max(s)
min(s)
reverse(s)
s[?@ == 'a']
s[?length(@) > `4`]
s[?starts_with(@, 'a')]
s[?ends_with(@, 'a')]
s[?contains(@, 'e')]
map(&length(@), s)
map(&reverse(@), s)
map(&type(@), mixed)
map(&to_array(@), mixed)
map(&to_string(@), mixed)
map(&to_number(@), mixed)
contains(mixed, 'a')
contains(mixed, `1`)
contains(mixed, `[2]`)
contains(mixed, `{"b": 3}`)
contains(mixed, `null`)
contains(mixed, 'b')
contains(t, 'w\u00f6')
contains(five, 'a')
sort(mixed)
max(mixed)
sum(mixed)
join('', mixed)
deep[]
deep[][]
deep[][][]
deep[][][][]
deep[*][0]
deep[0][1][0]
deep[*][]
people[?age > `20`].n
people[?age == max(people[].age)].n
sort_by(people, &age)[*].n
sort_by(people, &n)[*].age
sort_by(people, &age) | reverse(@) | [0].n
max_by(people, &age).n
min_by(people, &age).n
max_by(people, &missing)
max_by(people, &to_string(age)).n
people[*].age | sum(@)
people[*].[n, age][]
people[?n == 'a' || n == 'b' && age > `25`].n
people[?(n == 'a' || n == 'b') && age > `25`].n
people[?!(n == 'a')].n
people[?age]
people[?missing]
people[?n != 'a'] | length(@)
sort_by(texts, &t)[*].n
max_by(texts, &t).n
min_by(texts, &t).n
length(t)
reverse(t)
t[0]
t[*]
t.*
same == turned
same != turned
same == `{"a": 1}`
same.b == turned.b
same.b == `[2, 1]`
five == `5`
five == '5'
five == `5.0`
five > `4`
five >= `5`
yes == `true`
yes && five
yes && five || t
missing || five && yes
missing && five || yes
to_number(digits)
to_number('12')
to_number('1e2')
to_number('abc')
to_number('')
to_number(`"0x10"`)
to_number(yes)
to_number(n)
to_string(five)
to_string('a')
to_string(obj)
to_string(`"\u00e4\\n"`)
to_array(five)
to_array(n) == n
keys(obj) | sort(@)
values(obj) | sort(@)
obj.[x, y]
obj.{a: x, b: y, a2: missing}
obj.{}
obj.[]
obj{a: x}
obj.x.y
obj["x"]
obj.'x'
obj[x]
people[?]
people[*
people[
people.
.people
people..n
people[*]n
people n
n[1.5]
n[a]
n[1:2:3:4]
n[:]
n[::]
n[-1]
n[ -1 ]
n[--1]
n[1 : 3]
n[2:-1]
n[-2:-5:-1]
n[9223372036854775807]
n[-9223372036854775807]
n[::9223372036854775807]
n[::-9223372036854775807]
a b
nosuch(n)
"length"(n)
length (n)
length(n
length n)
length()
length(n, n)
length(&n)
sort_by(people, age)
sort_by(people, &age, &n)
map(people, &age)
abs('a')
ceil(`"1.2"`)
floor(missing)
starts_with(t, `1`)
ends_with(five, 'a')
keys(n)
values(t)
merge(n)
reverse(five)
avg(s)
join(five, s)
to_array()
type()
@
@.five
five | @
[five, [five]]
{a: {b: {c: five}}}.a.b.c
*
[@, five]|[1]
five||t
!five
! missing
!yes == `false`
five == five == `true`
#
five = five
five & yes
five | | yes
{a: five, a: yes}
[five,]
{a: five,}
(five
five)
((five))
"""),
]


def case(given, expression):
    try:
        return {"expression": expression, "result": jmespath.search(expression, given)}
    except exceptions.UnknownFunctionError:
        error = "unknown-function"
    except exceptions.ArityError:
        error = "invalid-arity"
    except exceptions.JMESPathTypeError:
        error = "invalid-type"
    except (exceptions.ParseError, exceptions.LexerError):
        error = "syntax"
    except ValueError:
        error = "invalid-value"
    return {"expression": expression, "error": error}


def main():
    out = []
    for given, text in CASES:
        cases = []
        for expression in text.strip("\n").split("\n"):
            cases.append(case(given, expression))
        out.append({"given": given, "cases": cases})
    sys.stdout.write("[\n")
    for i, group in enumerate(out):
        sys.stdout.write(f'{{"given": {json.dumps(group["given"])},\n "cases": [\n')
        sys.stdout.write(",\n".join("  " + json.dumps(c) for c in group["cases"]))
        sys.stdout.write("\n]}" + ("," if i + 1 < len(out) else "") + "\n")
    sys.stdout.write("]\n")


if __name__ == "__main__":
    main()

"""Writes libdrift/base/unicode.def: which code points print as themselves (categories L, M, N, P and S, as Go's strconv.IsPrint and so
Terraform have it), and which may stand in a name of HCL (ID_Continue; a hyphen is added where it is used). ASCII is left out.

    python3 tests/tools/unicode_ranges.py >libdrift/base/unicode.def
"""
import sys
import unicodedata


def ranges(test):
    out, start = [], None
    for cp in range(0x80, sys.maxunicode + 2):
        good = cp <= sys.maxunicode and not 0xD800 <= cp <= 0xDFFF and test(chr(cp))
        if good and start is None:
            start = cp
        elif not good and start is not None:
            out.append((start, cp - 1))
            start = None
    return out


def write(name, table):
    line = ""
    for lo, hi in table:
        word = f"{name}({lo:#x}, {hi:#x})"
        if len(line) + len(word) > 118:
            print(line.rstrip())
            line = ""
        line += word + " "
    print(line.rstrip())


print(f"/* Unicode {unicodedata.unidata_version}; written by tests/tools/unicode_ranges.py. */")
write("PRINT", ranges(lambda c: unicodedata.category(c)[0] in "LMNPS"))
write("NAME", ranges(lambda c: ("a" + c).isidentifier()))

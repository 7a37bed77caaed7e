"""What C code may not contain."""
import re
import unittest

from sources import bare_c, hits, name, tracked

BANNED = {
    "strcpy": "drift__buf or memcpy with a checked length", "strcat": "drift__buf", "sprintf": "snprintf or drift__buf",
    "vsprintf": "vsnprintf", "gets": "fgets", "strtok": "strcspn; strtok keeps a hidden global", "alloca": "the arena",
    "system": "nothing: no shell is ever started", "popen": "posix_spawn, without a shell", "tmpnam": "mkstemp",
    "mktemp": "mkstemp", "atoi": "a parser that reports what is wrong", "asctime": "drift__clock", "ctime": "drift__clock",
    "gmtime": "gmtime_r", "localtime": "localtime_r", "rand": "the random source that was given",
    "setenv": "nothing: it changes the process of our caller", "putenv": "nothing",
}
SILENT = ("printf", "puts", "putchar", "perror", "exit", "abort", "_exit", "quick_exit")
LONGEST_FILE = 700


class Code(unittest.TestCase):
    def test_banned_calls(self):
        pattern = r"\b(" + "|".join(BANNED) + r")\s*\("
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h", "cli/*.c", "fixtures/*.c", "tests/*.c"):
            for line, m in hits(pattern, bare_c(path.read_text("utf-8"))):
                wrong.append(f"{name(path)}:{line}: {m.group(1)}: use {BANNED[m.group(1)]}")
        self.assertEqual([], wrong)

    def test_the_library_never_prints_or_exits(self):
        pattern = r"\b(" + "|".join(SILENT) + r")\s*\(|\b(stdout|stderr)\b"
        wrong = []
        for path in tracked("libdrift/*.c"):
            if path.name == "compile.c" and path.parent.name == "catalogue":
                continue  # the build-time compiler is a program
            for line, m in hits(pattern, bare_c(path.read_text("utf-8"))):
                wrong.append(f"{name(path)}:{line}: {m.group(0)}")
        self.assertEqual([], wrong)

    def test_no_mutable_globals(self):
        """A file-scope object is const. (Function-scope statics are looked for as well.)"""
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h"):
            if name(path) == "libdrift/aws/late_curl.h":
                continue  # compiled into the command line tool only, never into the library
            text = bare_c(path.read_text("utf-8"))
            for line, m in hits(r"(?m)^[ \t]*static (?!inline|const|_Thread_local|_Noreturn)[^(){};=]*?(=|;|\[)", text):
                declaration = m.group(0)
                if "const" not in declaration and "_Static_assert" not in declaration:
                    wrong.append(f"{name(path)}:{line}: {declaration.strip()}")
        self.assertEqual([], wrong)

    def test_files_stay_readable(self):
        long = [(name(p), n) for p in tracked("libdrift/*.c", "libdrift/*.h", "cli/*", "fixtures/server/*.c", "tests/*.c", "tests/*.py")
                if (n := p.read_text("utf-8").count("\n")) > LONGEST_FILE]
        self.assertEqual([], long)

    def test_no_unfinished_work(self):
        words = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "not imple" + "mented", "place" + "holder"))
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h", "cli/*", "tests/*.py", "tests/*.c", "tests/*.sh", "fixtures/*.c", "fixtures/*.py",
                            "dev", "CMakeLists.txt"):
            for line, m in hits(r"\b(" + words + r")\b", path.read_text("utf-8")):
                wrong.append(f"{name(path)}:{line}: {m.group(0)}")
        self.assertEqual([], wrong)

    def test_tabs_indent_c(self):
        wrong = []
        for path in tracked("libdrift/*.c", "libdrift/*.h", "cli/*.c", "cli/*.h", "fixtures/server/*.c", "tests/*.c"):
            for line, text in enumerate(path.read_text("utf-8").split("\n"), 1):
                if re.match(r" {2,}\S", text) and not re.match(r" +\*", text) or text.endswith((" ", "\t")):
                    wrong.append(f"{name(path)}:{line}")
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()

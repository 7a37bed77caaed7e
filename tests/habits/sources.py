"""What the habit tests share."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DRIFT_BUILD", ROOT / "build"))
MODULES = "base model jmespath catalogue aws state live diff imports policy report scan".split()


def tracked(*patterns):
    """The files that a commit would hold now: tracked ones and new ones that are not ignored."""
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns], cwd=ROOT,
                         check=True, capture_output=True).stdout.decode()
    return [ROOT / p for p in sorted(set(out.split("\0"))) if p and (ROOT / p).is_file()]


def name(path):
    return str(path.relative_to(ROOT))


def bare_c(text):
    """C source with comments, strings and character constants blanked out; line numbers stay."""
    def blank(m):
        keep = m.group(0)
        return '""' if keep[0] == '"' else "' '" if keep[0] == "'" else re.sub(r"[^\n]", " ", keep)
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def without_comments(text):
    def blank(m):
        return m.group(0) if m.group(0)[0] in "\"'" else re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def hits(pattern, text):
    """(line number, match) of every hit."""
    return [(text.count("\n", 0, m.start()) + 1, m) for m in re.finditer(pattern, text)]

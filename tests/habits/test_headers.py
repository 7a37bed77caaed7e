"""Every header compiles alone: as C11, and the public ones as C++ as well."""
import concurrent.futures
import os
import subprocess
import unittest

from sources import BUILD, ROOT, name, tracked

FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT}/libdrift/include", f"-I{ROOT}/libdrift",
         f"-I{BUILD}/dev/generated", "-x"]


def compile_alone(job):
    compiler, language, path, more = job
    p = subprocess.run([compiler, *FLAGS, language, *more, "-"], cwd=ROOT, capture_output=True, text=True,
                       input=f'#include "{path}"\n#include "{path}"\nextern int drift_alone;\n')
    return "" if p.returncode == 0 else f"{name(path)} as {language}:\n{p.stderr[:800]}"


class Headers(unittest.TestCase):
    def check(self, jobs):
        self.assertTrue(jobs)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.assertEqual([], [r for r in pool.map(compile_alone, jobs) if r])

    def test_every_header_as_c11(self):
        self.check([("gcc", "c", p, ["-std=c11"]) for p in tracked("libdrift/*.h")])

    def test_public_headers_as_cxx(self):
        self.check([("g++", "c++", p, ["-std=c++11"]) for p in tracked("libdrift/include/drift/*.h")])


if __name__ == "__main__":
    unittest.main()

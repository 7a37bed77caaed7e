"""An outside project finds the installed library, with pkg-config and with CMake, and links it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from sources import BUILD

PROGRAM = """
#include <drift/status.h>
#include <stdio.h>
int main(void) { struct drift_error e = {0}; (void)e; puts(drift_status_name(DRIFT_OK)); return 0; }
"""
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(outside C)
find_package(libdrift REQUIRED)
add_executable(a main.c)
target_link_libraries(a PRIVATE drift::drift)
add_executable(b main.c)
target_link_libraries(b PRIVATE drift::drift_shared)
"""


def run(*command, **more):
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)
    if p.returncode:
        raise AssertionError(f"{command}\n{p.stdout}{p.stderr}")
    return p.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        run("cmake", "--install", BUILD / "dev", "--prefix", cls.scratch / "prefix")
        (cls.scratch / "main.c").write_text(PROGRAM)
        (cls.scratch / "CMakeLists.txt").write_text(PROJECT)
        cls.libdir = next((cls.scratch / "prefix").rglob("libdrift.a")).parent

    def test_nothing_but_the_promise_is_installed(self):
        allowed = (".h", ".a", ".so", ".pc", ".cmake", "driftscan", "driftscan.1", "driftscan.fish")
        names = [str(p.relative_to(self.scratch / "prefix")) for p in (self.scratch / "prefix").rglob("*") if p.is_file() or p.is_symlink()]
        self.assertEqual([], [n for n in names if not n.endswith(allowed) and ".so." not in n])
        self.assertTrue(any(n.endswith("bin/driftscan") for n in names))

    def test_pkg_config(self):
        env = dict(os.environ, PKG_CONFIG_PATH=str(self.libdir / "pkgconfig"))
        flags = run("pkg-config", "--define-variable=prefix=" + str(self.scratch / "prefix"), "--cflags", "--libs", "libdrift", env=env).split()
        run("gcc", "-std=c11", self.scratch / "main.c", "-o", self.scratch / "c", *flags, f"-Wl,-rpath,{self.libdir}")
        self.assertTrue(run(self.scratch / "c").strip())

    def test_cmake_package(self):
        run("cmake", "-S", self.scratch, "-B", self.scratch / "b", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.scratch / 'prefix'}")
        run("cmake", "--build", self.scratch / "b")
        for program in ("a", "b"):
            self.assertTrue(run(self.scratch / "b" / program).strip())


if __name__ == "__main__":
    unittest.main()

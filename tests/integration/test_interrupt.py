"""A scan that is ended early, by a signal or its deadline, gives a partial report that says so."""
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import PROGRAM, Run, Server, environment

SERVER = PROGRAM.parent / "drift-fixture-server"
SIZE = "200"


class Interrupt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # each reply takes a while, and lists have many pages: the whole would take minutes
        cls.server = Server(SERVER, "--size", SIZE, "--page-size", "1", "--latency-ms", "400")
        cls.addClassCleanup(cls.server.stop)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="drift-interrupt-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([SERVER, "--size", SIZE, "--write-state", cls.folder / "whole.tfstate"], check=True)
        cls.env = environment(cls.server.url, AWS_SECRET_ACCESS_KEY="fixture-secret", AWS_REGION="us-east-1")

    def start(self, *args):
        return subprocess.Popen([PROGRAM, *args], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process, within=30):
        start = time.monotonic()
        out, err = process.communicate(timeout=120)
        self.assertLess(time.monotonic() - start, within)
        return Run(process.returncode, out.decode(), err.decode())

    def partial(self, run):
        self.assertIn(run.code, (2, 3), str(run))
        report = run.report
        self.assertFalse(report["scan"]["complete"])
        self.assertEqual([], report["missing"])
        self.assertGreater(len(report["unknown"]), 10)
        return report

    def test_signals_end_a_scan_with_a_partial_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.start("--all", "--state", "whole.tfstate", "-o", "json")
                time.sleep(2.5)
                self.assertIsNone(process.poll(), "the scan was over too soon")
                process.send_signal(number)
                report = self.partial(self.finish(process, 10))
                self.assertIn("CANCELLED", {u["status"] for u in report["unknown"]})

    def test_a_second_signal_ends_at_once(self):
        process = self.start("--all", "--state", "whole.tfstate", "-o", "json")
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertIn(self.finish(process, 10).code, (-signal.SIGINT, 2, 3))

    def test_a_deadline_ends_a_scan_with_a_partial_report(self):
        run = self.finish(self.start("--all", "--state", "whole.tfstate", "-o", "json", "--deadline", "2s"))
        report = self.partial(run)
        self.assertIn("TIMEOUT", {u["status"] for u in report["unknown"]})

    def test_the_text_says_it(self):
        run = self.finish(self.start("--all", "--state", "whole.tfstate", "--deadline", "1500ms"))
        self.assertIn(run.code, (2, 3), str(run))
        self.assertRegex(run.out.lower(), "incomplete|could not be read|not complete")

    def test_an_inventory_says_it(self):
        run = self.finish(self.start("inventory", "--all", "--deadline", "1500ms", "-o", f"json://{self.folder}/live.json"))
        self.assertEqual(3, run.code, str(run))
        live = json.loads((self.folder / "live.json").read_text())
        self.assertTrue(live["gaps"])

    def test_signals_during_state_loading(self):
        process = self.start("--all", "--state", "s3://fx-bucket-000000/x?region=us-east-1", "-o", "json")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        run = self.finish(process, 10)
        self.assertIn(run.code, (1, 3), str(run))


if __name__ == "__main__":
    unittest.main()

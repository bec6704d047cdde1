"""Starts `barid demo` on a free port in a folder of its own, and stops it again.

The demo prints a line with its address when it answers requests, and by then has written the file named by
`--handover`: `url`, `token` (of an officer who may search, open and write), `administrator_token` (of
another organisation's administrator), and `path_parameters`: for each name of a
path parameter in the API, values that exist.
"""

import contextlib
import json
import os
import queue
import subprocess
import threading
from dataclasses import dataclass

from conftest import ROOT

START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True)
class Demo:
    url: str
    token: str
    administrator_token: str
    path_parameters: dict[str, list[str]]


@contextlib.contextmanager
def running_demo(data_directory):
    """Yields a running demo."""
    program = os.environ.get("BARID", str(ROOT / "target/release/barid"))
    handover = data_directory.parent / "handover.json"
    process = subprocess.Popen(
        [program, "demo", "--data-dir", str(data_directory), "--port", "0", "--handover", str(handover)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_address(process)
        description = json.loads(handover.read_text())
        yield Demo(
            url=description["url"].rstrip("/"),
            token=description["token"],
            administrator_token=description["administrator_token"],
            path_parameters=description["path_parameters"],
        )
        assert process.poll() is None, f"the demo ended by itself with {process.returncode}"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def wait_for_address(process):
    """Reads what the demo prints (and goes on reading, so that it never blocks) until its address is there."""
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    printed = []
    while True:
        line = lines.get(timeout=START_SECONDS)
        assert line is not None, "the demo ended before it answered:\n" + "".join(printed)
        printed.append(line)
        if "http://127.0.0.1:" in line:
            return

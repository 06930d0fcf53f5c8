"""MiniStack, for as long as the process that started it lives. Run by embedded_aws.py alone."""

import os
import runpy
import shutil
import signal
import sys
import tempfile
import threading


def _end_with_the_starter() -> None:
    # Standard input is a pipe that only the starter holds: it ends when the starter does, however
    # that comes about. The group holds the Lambda functions' processes too.
    sys.stdin.buffer.read()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    # The environment forbids it, for the functions' sake. MiniStack itself starts faster with it.
    sys.dont_write_bytecode = False
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)

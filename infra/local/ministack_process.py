"""Run MiniStack for as long as the process that started it. Only embedded_aws.py runs this."""

import os
import runpy
import shutil
import signal
import sys
import tempfile
import threading


def _end_with_starter() -> None:
    # Standard input is a pipe that only the starter holds, so it ends with the starter even if that
    # is killed. The process group includes the Lambda functions' processes.
    sys.stdin.buffer.read()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_starter, daemon=True).start()
    # The environment forbids it, for the functions' sake. MiniStack itself starts faster with it.
    sys.dont_write_bytecode = False
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)

"""A process that has everything imported, and forks for each command: a run costs what it does, not its start.

A command that shall be struck stands still until somebody who has strace on it lets it go on.
"""

import ctypes
import json
import os
import signal
import sys
from importlib import import_module

from bot.cli.main import main
from core.operations.recovery import programs
from core.operations.things import ircd
from core.repository.packing import zstd_library

HURRIED = "hurried"  # a word for it: programs are not waited for as long as they should be
_VERBS = (
    "backup", "check", "forget", "freeze", "import_folder", "incident", "keys", "keys_rewrap", "promote", "prune",
    "recover", "restore", "snapshots", "status", "sync", "undo", "verify",
)  # fmt: skip
# What verbs import when they are at work.
_WORK = (
    "backup_tree", "carry_out", "extract", "forget", "import_folder", "plan_import", "plan_restore", "plan_undo",
    "promote", "proposal", "recovery.recovery", "retention", "rewrap", "things.ways",
)  # fmt: skip
_PR_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def serve() -> None:
    """A line of JSON for each command: its words, and where it runs. Back come its pid, and how it ended."""
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _settle(told)
            os._exit(_ended(told["words"]))
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _settle(told: dict[str, object]) -> None:
    """Files for what it says, the environment and the folder of who asks; and it stands, if it shall."""
    for number, path in ((1, told["out"]), (2, told["err"])):
        os.dup2(os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    environment = told["environment"]
    if isinstance(environment, dict):
        os.environ.clear()
        os.environ.update(environment)
    os.chdir(str(told["folder"]))
    if told["stands"]:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)  # who tests need not be root
        os.kill(os.getpid(), signal.SIGSTOP)


def _ended(words: list[str]) -> int:
    try:
        code = main(words)
    except SystemExit as ending:
        code = 2 if ending.code else 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    zstd_library()
    if HURRIED in sys.argv:
        ircd._WATCHED = programs._SOON = 0.3  # seconds: that programs are waited for is tested elsewhere
    for name in ("bot.config", "bot.wiring", "core.crypto.age", "core.operations.engine", "core.operations.retention"):
        import_module(name)
    for name in _WORK:
        import_module(f"core.operations.{name}")
    for name in _VERBS:
        import_module(f"bot.cli.{name}")
    serve()

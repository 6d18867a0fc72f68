"""Real servers: used where they are installed, named where they are not, demanded where that was promised."""

import os
import shutil

import pytest


def find_program(name: str) -> str | None:
    """Debian keeps daemons where a user's PATH does not look."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin")


def require(name: str) -> str:
    """The program's path. Without it: fail if BACKUPSERV_REQUIRE_REAL=1, else skip and say what is missing."""
    path = find_program(name)
    if path is not None:
        return path
    if os.environ.get("BACKUPSERV_REQUIRE_REAL") == "1":
        pytest.fail(f"{name} is not installed, and BACKUPSERV_REQUIRE_REAL=1 demands it")
    pytest.skip(f"{name} is not installed")

"""Who is at the keyboard: what the kernel says, not the environment, which anybody can set."""

import os
import pwd
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")  # who logged in; neither su nor sudo changes it
_NOBODY = (1 << 32) - 1  # nobody did: a container, a cron job, the bot


def who() -> str:
    """The user of the operating system, and who they were when they logged in: "root (alice)"."""
    uid, login = os.getuid(), _login_uid()
    name = _name(uid)
    return name if login in {None, uid} else f"{name} ({_name(login or 0)})"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _login_uid() -> int | None:
    try:
        uid = int(_LOGIN.read_text())
    except (OSError, ValueError):
        return None
    return uid if uid != _NOBODY else None

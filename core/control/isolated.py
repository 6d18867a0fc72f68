"""The real program in a network namespace of its own: as whom it runs, by which words, and why it would not."""

import os
import pwd
import re
import signal
import sys
from pathlib import Path

from core.control.rehearsal_settings import RehearsalSettings
from core.control.rehearsal_verdict import last_words
from core.domain.errors import ControlFailed, RehearsalFailed

VERSION = re.compile(r"atheme (\S+) is starting")
UNTOUCHED = "nothing was changed"
_LOG_LIMIT = 4 << 20
# How a program ends that somebody else ends: whoever stops the bot, or a machine without memory.
_ENDED = frozenset({0, -signal.SIGHUP, -signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM})
_LOOPBACK_UP = Path(__file__).parent / "inside" / "loopback_up.py"
_ASK = Path(__file__).parent / "inside" / "ask_services.py"


def program_user(settings: RehearsalSettings) -> pwd.struct_passwd | None:
    """Whom the program runs as; None: as we do.

    Raises:
        ControlFailed: there is no such user.
    """
    if os.geteuid() != 0:
        return None
    name = settings.user or "nobody"
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise ControlFailed(f"there is no user {name}", hint="look at rehearsal.user") from None


def isolated_words(settings: RehearsalSettings, folder: Path, owner: pwd.struct_passwd | None) -> list[str]:
    """No network for it but a loopback of its own, not our user, and no life beyond ours."""
    die = ["setpriv", "--pdeathsig", "KILL"]
    words = [*die, "unshare", "--net"]  # from its first moment on; who becomes somebody else must say it again
    words += ["--map-current-user", "--keep-caps"] if owner is None else []
    words += ["--", sys.executable, "-I", str(_LOOPBACK_UP), str(os.getpid()), *die]
    if owner is None:
        words += ["--ambient-caps", "-all", "--inh-caps", "-all"]  # what raised it is not the program's to have
    else:
        words += ["--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--clear-groups"]
    words += ["--", str(settings.binary), "-n", "-c", f"{folder}/atheme.conf", "-D", str(folder)]
    return [*words, "-p", f"{folder}/pid", "-l", f"{folder}/log"]


def asking_words(pid: int, owner: pwd.struct_passwd | None) -> list[str]:
    """Ask the program of that pid from within its network."""
    words = ["nsenter", "--net", "--target", str(pid)]
    words += ["--user", "--preserve-credentials"] if owner is None else []
    return [*words, "--", sys.executable, "-I", str(_ASK)]


def refusal(log: str, code: int) -> Exception:
    """Why it ended, by its own words."""
    if code in _ENDED:
        how = f"by {signal.Signals(-code).name}" if code else "with exit code 0"
        return ControlFailed(
            f"the program was ended {how} before it was done: that proves nothing",
            hint="try again; is there enough memory?",
        )
    if VERSION.search(log):
        return RehearsalFailed(f"the real program would not start: {last_words(log, code)}", hint=UNTOUCHED)
    # It never said its name: the fault lies before it.
    return ControlFailed(
        f"the rehearsal could not be started, cut off from the network: {last_words(log, code)}",
        hint="run as root, or allow user namespaces, or leave rehearsal out",
    )


def text_of(path: Path) -> str:
    """What a file says, as far as it can be read and within limits. Never through a link: it is another's to write."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return (file.read(_LOG_LIMIT) or b"").decode("utf-8", "replace")
    except OSError:
        return ""

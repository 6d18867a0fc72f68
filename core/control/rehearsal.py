"""Would services start on this file? Ask the real program, on a copy, with no network."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.disk import read_whole
from core.domain.errors import ControlFailed, RehearsalFailed
from core.formats.atheme import Row, parse
from core.ports import Progress

_READY = "running in foreground mode"
_VERSION = re.compile(r"atheme (\S+) is starting")
# What Atheme logs when it drops a row or stumbles over one (libathemecore, modules/backend).
_COMPLAINT = re.compile(
    r"skipping|non-?exist|confused|assertion|unknown|unable|duplicate|expected|needed|error", re.IGNORECASE
)
_HARMLESS = re.compile(r"uplink|connection_|httpd|listen", re.IGNORECASE)  # there is no network, on purpose
_LOGFILE = re.compile(r'^(\s*logfile\s+")[^"]*(")', re.MULTILINE)
_PAUSE = 0.02


class RehearsalSettings(BaseModel):
    """`rehearsal = { … }`: the real program loads the result before anything is replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["atheme"] = "atheme"
    binary: Path = Field(default=Path("/usr/bin/atheme-services"), strict=False, description="the program")
    config: Path = Field(strict=False, description="its atheme.conf")
    user: str | None = Field(default=None, description="the user that services run as; used when the bot is root")
    timeout_seconds: float = Field(default=60, gt=0, strict=False)


class AthemeRehearsal:
    """Runs the program in a network namespace of its own, in a folder of its own, and has it save back."""

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings

    def load(self, content: bytes, progress: Progress) -> str:
        """Load and save back; see the port."""
        with self._scratch(content) as folder:
            progress.step("loading the result in the real program, without a network")
            log = self._run(folder)
            complaint = next((line for line in log.splitlines() if _complains(line)), None)
            if complaint is not None:
                raise RehearsalFailed(f"the real program complains: {_plain(complaint)}", hint="nothing was changed")
            saved, _ = read_whole(folder / "services.db", limit=2 * len(content) + (1 << 20))
            _compare(content, saved)
        version = _VERSION.search(log)
        return f"loaded by atheme-services {version[1] if version else ''} and saved back unchanged".replace("  ", " ")

    @contextmanager
    def _scratch(self, content: bytes) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(prefix="backupserv-rehearsal-"))
        try:
            (folder / "services.db").write_bytes(content)
            conf, _ = read_whole(self._settings.config, limit=4 << 20)
            # The real configuration names the real log files: the copy must not write into them.
            text = _LOGFILE.sub(rf"\g<1>{folder}/extra.log\g<2>", conf.decode("utf-8", "surrogateescape"))
            (folder / "atheme.conf").write_bytes(text.encode("utf-8", "surrogateescape"))
            self._give_away(folder)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _give_away(self, folder: Path) -> None:
        for path in (folder, *folder.iterdir()):
            path.chmod(0o700 if path is folder else 0o600)
            if os.geteuid() == 0 and self._settings.user is not None:
                user = self._user(self._settings.user)
                os.chown(path, user.pw_uid, user.pw_gid)

    def _user(self, name: str) -> pwd.struct_passwd:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            raise ControlFailed(f"there is no user {name}", hint="look at rehearsal.user") from None

    def _words(self, folder: Path) -> list[str]:
        """No network for it, not our user, and no life beyond ours."""
        words = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-current-user"]
        words += ["setpriv", "--pdeathsig", "KILL"]
        if os.geteuid() == 0 and self._settings.user is not None:
            user = self._user(self._settings.user)
            words += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        words += [str(self._settings.binary), "-n", "-c", f"{folder}/atheme.conf", "-D", str(folder)]
        return [*words, "-p", f"{folder}/pid", "-l", f"{folder}/log"]

    def _run(self, folder: Path) -> str:
        """The program's whole log, from its start to its clean end."""
        said = folder / "said"
        with said.open("wb") as output:
            try:
                process = subprocess.Popen(
                    self._words(folder), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder
                )
            except OSError as error:
                raise ControlFailed(f"the rehearsal cannot run: {error.strerror}", hint="install util-linux") from None
            try:
                return self._watch(process, folder)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()

    def _watch(self, process: subprocess.Popen[bytes], folder: Path) -> str:
        deadline = time.monotonic() + self._settings.timeout_seconds
        stopping = False
        while process.poll() is None:
            if time.monotonic() >= deadline:
                raise ControlFailed(
                    f"the rehearsal did not end within {self._settings.timeout_seconds:.0f} s; it proves nothing"
                )
            if not stopping and _READY in _text(folder / "log"):
                process.send_signal(signal.SIGTERM)  # it saves when it is stopped
                stopping = True
            time.sleep(_PAUSE)
        log = _text(folder / "said") + _text(folder / "log")
        if process.returncode != 0 or not stopping:
            self._refused(log, process.returncode)
        return log

    def _refused(self, log: str, code: int) -> None:
        lines = [line for line in log.splitlines() if line.strip()]
        if not _VERSION.search(log) and any(line.startswith(("unshare:", "setpriv:")) for line in lines):
            raise ControlFailed(
                f"the rehearsal cannot be cut off from the network: {_plain(lines[-1])}",
                hint="run as root, or allow user namespaces, or leave rehearsal out",
            )
        reason = next((line for line in lines if _complains(line)), lines[-1] if lines else f"exit {code}")
        raise RehearsalFailed(f"the real program would not start: {_plain(reason)}", hint="nothing was changed")


def _complains(line: str) -> bool:
    return bool(_COMPLAINT.search(line)) and not _HARMLESS.search(line)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""


def _plain(line: str) -> str:
    """A log line that may be shown: no time, no path of ours, no addresses; short."""
    line = re.sub(r"^\[[^\]]*\]\s*", "", line)
    line = re.sub(r"/\S*/", "", line)
    line = re.sub(r"\S+@\S+", "…", line)
    return "".join(char if char.isprintable() else " " for char in line)[:160]


def _compare(given: bytes, saved: bytes) -> None:
    before, after = _kept(given), _kept(saved)
    if len(before) != len(after):
        raise RehearsalFailed(
            f"the real program saved {len(after)} rows of {len(before)}: it dropped some", hint="nothing was changed"
        )
    for one, other in zip(before, after, strict=True):
        if one.raw != other.raw and not _only_setter(one, other):
            kind = one.kind.decode("ascii", "replace")
            raise RehearsalFailed(f"the real program changed line {one.line} ({kind})", hint="nothing was changed")


def _kept(content: bytes) -> list[Row]:
    """All rows but those that every load rewrites: the form of LUID, the time of the save, the modules."""
    return [row for row in parse(content).rows if row.kind not in {b"LUID", b"TS", b"MDEP"}]


def _only_setter(one: Row, other: Row) -> bool:
    """A load turns the setter of an access entry into `*` when that account is gone (corestorage, h_ca)."""
    before, after = one.fields, other.fields
    return one.kind == b"CA" and before[:5] == after[:5] and after[5:] == [b"*", b""]

"""The real services program lives on a copy for a moment, cut off from the network: it is asked, and saves back."""

import json
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.control.isolated import VERSION, asking_words, isolated_words, program_user, refusal, text_of
from core.control.rehearsal_scratch import output_in, saved_back, scratch_folder, sweep_scratch
from core.control.rehearsal_settings import RehearsalSettings
from core.control.rehearsal_verdict import first_complaint, row_changes
from core.control.words import clean_environment
from core.disk import free_space
from core.domain.errors import ControlFailed, RehearsalFailed, SourceUnreadable
from core.domain.size import show_size
from core.ports import Progress
from core.program_ports import Booted, Question

_PAUSE = 0.02
_PORT = 7999  # of a network in which nobody else is
_ANSWER_SECONDS = 5.0
_SPARE = 64 << 20  # bytes: its log, and what everybody else writes meanwhile
_UNASKED = "nobody answered: misc/httpd, transport/jsonrpc, nickserv/info and chanserv/info are needed for that"
_ASKED_BY = ("misc/httpd", "transport/jsonrpc", "nickserv/info", "chanserv/info")


class AthemeBoot:
    """See the port. The folder and every process of it are gone when `boot` returns or raises."""

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings

    def sweep(self) -> int:
        """See the port."""
        try:
            return sweep_scratch(program_user(self._settings))
        except ControlFailed:  # whoever it was is no user any more
            return sweep_scratch(None)

    def with_program(self, program: Path) -> "AthemeBoot":
        """The same with another binary; see the port."""
        _must_run(program, hint="name the program itself, and not its folder")
        return AthemeBoot(self._settings.model_copy(update={"binary": program.absolute()}))  # it starts elsewhere

    def boot(self, content: bytes, questions: Sequence[Question], *, work: Path, progress: Progress) -> Booted:
        """Start, ask, end, compare; see the port."""
        _must_run(self._settings.binary, hint="look at rehearsal.binary")
        try:
            try:
                return self._lived(content, questions, work, progress, more=_asking)
            except RehearsalFailed:
                if not questions:
                    raise
                # Perhaps it is what makes it answer that it does not like.
                return self._lived(content, (), work, progress, more=lambda *_: "")
        except SourceUnreadable as error:
            raise ControlFailed(f"the drill cannot be done: {error.message}", hint=error.hint) from None

    def _lived(
        self,
        content: bytes,
        questions: Sequence[Question],
        work: Path,
        progress: Progress,
        *,
        more: Callable[[str, Path], str],
    ) -> Booted:
        owner = program_user(self._settings)
        with scratch_folder(content, self._settings.config, owner, work=work, more=more) as folder:
            _must_have_room(folder, len(content))
            life = _Life(self._settings, folder, owner)
            progress.step("booting the real program on it, without a network")
            life.live(questions, lambda: progress.step("asking it what it knows"))
            saved, saved_at = saved_back(folder, content)
        progress.step("comparing what it saved back")
        lost, added = row_changes(content, saved, saved_at=saved_at)
        return life.told(saved, dict(lost), dict(added))


def _must_have_room(folder: Path, size: int) -> None:
    """On a full disk services save half of it without a word, which would look as if they had lost the rest."""
    needed = 2 * size + _SPARE  # what they save, and what is half written beside it
    if (free := free_space(folder)) < needed:
        raise ControlFailed(
            f"a drill needs {show_size(needed)} where its program works, and {show_size(free)} are free",
            hint="free space there, or point TMPDIR elsewhere",
        )


def _must_run(program: Path, *, hint: str) -> None:
    if not program.is_file() or not os.access(program, os.X_OK):
        raise ControlFailed(f"{program} cannot be run", hint=hint)


def _asking(text: str, folder: Path) -> str:
    """What makes services answer on the loopback of their own network, whatever their configuration says."""
    tree = "modules/" if 'loadmodule "modules/' in text else ""  # 7.2 names the folder, newer ones do not
    modules = "".join(f'loadmodule "{tree}{name}";\n' for name in _ASKED_BY)
    return f'{modules}httpd {{ host = "127.0.0.1"; port = {_PORT}; www_root = "{folder}/nothing"; }};\n'


@dataclass(slots=True)
class _Life:
    """One start of the program, to its end."""

    settings: RehearsalSettings
    folder: Path
    owner: pwd.struct_passwd | None
    deadline: float = 0.0
    seconds: list[float] = field(default_factory=list)  # booted, asked, saved back
    answers: list[str] = field(default_factory=list)
    young: str = ""  # the log until the whole database was loaded
    log: str = ""

    def live(self, questions: Sequence[Question], on_asking: Callable[[], None]) -> None:
        """From its start to its clean end."""
        self.deadline = time.monotonic() + self.settings.timeout_seconds
        with output_in(self.folder) as output:
            process = self._start(output)
            try:
                self._timed(lambda: self._wait(process, until=self._is_loaded))
                if process.poll() is None:
                    self.young = self._text()
                    on_asking()
                    self._timed(lambda: self._ask(process.pid, questions))
                    process.send_signal(signal.SIGTERM)
                    self._timed(lambda: self._wait(process, until=lambda: False))
            finally:
                _kill_group(process)
        self.log = self._text()
        if process.returncode != 0 or not self.young:
            raise refusal(self.log, process.returncode)

    def _start(self, output: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                isolated_words(self.settings, self.folder, self.owner),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=clean_environment(),
                start_new_session=True,  # one group, which is killed as a whole
            )
        except OSError as error:
            raise ControlFailed(f"the drill cannot run: {error.strerror}", hint="install util-linux") from None

    def _timed(self, doing: Callable[[], None]) -> None:
        started = time.monotonic()
        doing()
        self.seconds.append(time.monotonic() - started)

    def _wait(self, process: subprocess.Popen[bytes], *, until: Callable[[], bool]) -> None:
        """Until that is so, or the program has ended."""
        while process.poll() is None and not until():
            if time.monotonic() >= self.deadline:
                raise ControlFailed(
                    f"the program did not come to an end within {self.settings.timeout_seconds:.0f} s, and was killed; "
                    "that proves nothing",
                    hint="give it more time: rehearsal.timeout_seconds",
                )
            time.sleep(_PAUSE)

    def _is_loaded(self) -> bool:
        """It writes its pid when the whole database is loaded, and not before."""
        return text_of(self.folder / "pid").endswith("\n")

    def _ask(self, pid: int, questions: Sequence[Question]) -> None:
        """Who cannot be asked is mute: that is told, and is no fault of the database."""
        if not questions:
            return
        asked = {"port": _PORT, "seconds": _ANSWER_SECONDS, "questions": questions}
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            ended = subprocess.run(
                asking_words(pid, self.owner),
                input=json.dumps(asked).encode(),
                capture_output=True,
                check=True,
                cwd="/",
                env=clean_environment(),
                timeout=min(2 * _ANSWER_SECONDS, max(1.0, self.deadline - time.monotonic())),
            )
            self.answers = [str(word) for word in json.loads(ended.stdout)]

    def _text(self) -> str:
        return "\n".join(text_of(self.folder / name) for name in ("said", "log", "everything.log"))

    def told(self, saved: bytes, lost: dict[str, int], added: dict[str, int]) -> Booted:
        """What came of it."""
        version = VERSION.search(self.log)
        is_mute = self.answers.count("mute") == len(self.answers)
        # When it is asked without a network, an assertion about itself fails in 7.2: no row is meant.
        later = "\n".join(line for line in self.log.splitlines() if "assertion" not in line)
        booted, asked, ended = self.seconds
        return Booted(
            program=f"{self.settings.binary.name}{f' {version[1]}' if version else ''}",
            booted_seconds=booted,
            asked_seconds=asked,
            saved_seconds=ended,
            saved=saved,
            asked=0 if is_mute else len(self.answers),
            unknown=self.answers.count("unknown"),
            unanswered=0 if is_mute else self.answers.count("mute"),
            mute=_UNASKED if is_mute else "",
            complaint=first_complaint(self.young) or first_complaint(later) or "",
            lost=lost,
            added=added,
        )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever it started, too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

"""Would services start on this file? Ask the real program, on a copy, with no network."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

from core.control.isolated import UNTOUCHED, VERSION, isolated_words, program_user, refusal, text_of
from core.control.rehearsal_scratch import output_in, saved_back, scratch_folder
from core.control.rehearsal_settings import RehearsalSettings
from core.control.rehearsal_verdict import first_complaint, first_difference
from core.control.words import clean_environment
from core.domain.errors import ControlFailed, RehearsalFailed, SourceUnreadable
from core.ports import Progress

_PAUSE = 0.02


class AthemeRehearsal:
    """Runs the program in a network namespace of its own, in a folder of its own, and has it save back."""

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings

    def load(self, content: bytes, progress: Progress) -> str:
        """Load and save back; see the port."""
        if not os.access(self._settings.binary, os.X_OK):
            raise ControlFailed(f"{self._settings.binary} cannot be run", hint="look at rehearsal.binary")
        owner = program_user(self._settings)
        try:
            with scratch_folder(content, self._settings.config, owner) as folder:
                progress.step("loading the result in the real program, without a network")
                log = self._run(folder, owner)
                saved, saved_at = saved_back(folder, content)
        except SourceUnreadable as error:
            raise ControlFailed(f"the rehearsal cannot be done: {error.message}", hint=error.hint) from None
        if (complaint := first_complaint(log)) is not None:
            raise RehearsalFailed(f"the real program complains: {complaint}", hint=UNTOUCHED)
        if (difference := first_difference(content, saved, saved_at=saved_at)) is not None:
            raise RehearsalFailed(f"the real program does not give the database back: {difference}", hint=UNTOUCHED)
        version = VERSION.search(log)
        return f"loaded by {self._settings.binary.name}{f' {version[1]}' if version else ''} and saved back unchanged"

    def _run(self, folder: Path, owner: pwd.struct_passwd | None) -> str:
        """The program's whole log, from its start to its clean end."""
        with output_in(folder) as output:
            try:
                process = subprocess.Popen(
                    isolated_words(self._settings, folder, owner),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=clean_environment(),
                    start_new_session=True,  # a Ctrl-C at our terminal is ours to answer
                )
            except OSError as error:
                raise ControlFailed(f"the rehearsal cannot run: {error.strerror}", hint="install util-linux") from None
            try:
                loaded = self._watch(process, folder)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
        log = "\n".join(text_of(folder / name) for name in ("said", "log", "everything.log"))
        if process.returncode != 0 or not loaded:
            raise refusal(log, process.returncode)
        return log

    def _watch(self, process: subprocess.Popen[bytes], folder: Path) -> bool:
        """Wait until it has loaded, end it, wait until it has saved. Returns whether it had loaded."""
        deadline = time.monotonic() + self._settings.timeout_seconds
        loaded = False
        while process.poll() is None:
            if time.monotonic() >= deadline:
                raise ControlFailed(
                    f"the rehearsal did not end within {self._settings.timeout_seconds:.0f} s; it proves nothing",
                    hint="give it more time: rehearsal.timeout_seconds",
                )
            # It writes its pid when the whole database is loaded, and not before; at SIGTERM it saves.
            if not loaded and text_of(folder / "pid").endswith("\n"):
                process.send_signal(signal.SIGTERM)
                loaded = True
            time.sleep(_PAUSE)
        return loaded

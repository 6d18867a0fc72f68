"""Configuration: what changes is shown without secrets, tested before the program is told, and read again by it."""

import difflib
from collections.abc import Iterator

from core.domain.errors import BackupServError, ControlFailed
from core.domain.masking import masked
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import Steps
from core.operations.site import TreeSite
from core.operations.things.ground import Ground
from core.operations.things.manner import Files, Judgement, Look, PlainManner

_LINES = 100  # of all differences together
_WIDTH = 300  # characters of a line that are shown
_LIMIT = 256 << 10  # bytes: what is larger is no text for people
_FILES = 50
_YOURSELF = "Have it read its configuration again (rehash) yourself"
_UNTOLD = "nobody is told: have the program read its configuration again (rehash) yourself"
_BY_FILES = "`restore files` puts the files in place and asks nobody"


class ConfigManner(PlainManner):
    """Tests, tells, and shows. What the program refuses goes back."""

    def __init__(self, site: TreeSite, ground: Ground) -> None:
        super().__init__(site, ground)
        self.restart = _UNTOLD if site.reload is None else "the program reads it again, nobody is disconnected"

    @property
    def _told(self) -> bool:
        """Whether anybody is asked: a program that is known to be down reads it when it starts."""
        control = self.site.control
        return self.site.reload is not None and not (control.can_act and not control.is_running())

    def judge(self, look: Look) -> Judgement:
        """The differences, and what is not done; see the port."""
        notes = []
        if self.site.reload is None:
            notes.append(_UNTOLD)
        elif not self._told:
            notes.append("the program is down: nothing is tested, and it reads the files when it starts")
        elif not self.site.reload.can_test:
            notes.append("it is not tested before the program reads it: no test is configured")
        return Judgement(notes=tuple(notes), details=difference(look))

    def prove(self, record: RestoreRecord, steps: Steps) -> None:
        """Ask the program whether it would live with it; see the port."""
        del record
        reload = self.site.reload
        if reload is None or not self._told or not reload.can_test:
            return
        steps.begin("testing the configuration")
        try:
            steps.end(reload.test())
        except ControlFailed as error:
            raise ControlFailed(error.message, hint=_BY_FILES) from error

    def after(self, record: RestoreRecord, steps: Steps) -> None:
        """Have it read; see the port."""
        del record
        reload = self.site.reload
        if reload is None or not self._told:
            steps.notes.append(_UNTOLD)
            return
        steps.begin("telling the program")
        try:
            steps.end(reload.reload("config"))
        except ControlFailed as error:
            raise ControlFailed(error.message, hint=_BY_FILES) from error

    def went_back(self, record: RestoreRecord, steps: Steps) -> None:
        """Have the old one read where the new one was; see the port."""
        reload = self.site.reload
        if reload is None or record.step != "starting":
            return
        try:
            steps.notes.append(f"The program was told to read the old configuration: {reload.reload('config')}.")
        except BackupServError as error:
            # Its files are back: nothing is gained by ending here.
            why = f"it may live on what went: {error.message}"
            steps.notes.append(f"BUT THE PROGRAM WAS NOT TOLD, and {why}. {_YOURSELF}.")


def difference(look: Look) -> tuple[str, ...]:
    """What changes in text files, line by line, without secrets."""
    lines: list[str] = []
    for path in look.replaced[:_FILES]:
        lines += _of_file(path, look)
    more = len(look.replaced) - _FILES
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"… and {len(lines) - _LINES} more lines"]
    return (*lines, *((f"… and {more} more files",) if more > 0 else ()))


def _of_file(path: str, look: Look) -> Iterator[str]:
    old, new = _text(path, look.living), _text(path, look.coming)
    if old is None or new is None:
        yield f"{path!a}: no text that could be shown"
        return
    shown_old, shown_new = list(masked(old)), list(masked(new))
    yield f"--- {path!a}"
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _LIMIT >> 6)
    for group in matcher.get_grouped_opcodes(1):
        first = group[0]
        yield f"@@ line {first[1] + 1} @@"
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (f"  {_fit(line)}" for line in shown_old[old_from:old_to])
                continue
            yield from (f"- {_fit(line)}" for line in shown_old[old_from:old_to])
            yield from (f"+ {_fit(line)}" for line in shown_new[new_from:new_to])


def _fit(line: str) -> str:
    printable = "".join(letter if letter.isprintable() or letter == "\t" else "?" for letter in line)
    return printable.replace("\t", "    ")[:_WIDTH]


def _text(path: str, files: Files) -> list[str] | None:
    try:
        content = files.read(path, _LIMIT)
    except BackupServError:
        return None
    if b"\0" in content:
        return None
    try:
        return content.decode().splitlines()
    except UnicodeDecodeError:
        return content.decode("latin-1").splitlines()

"""An audit trail to write in and to tamper with."""

from collections.abc import Sequence
from pathlib import Path

from core.domain.audit import Entry, Verdict, Wanted
from core.journal.file import FileJournal
from tests.fakes import FakeClock


class Trail:
    """A file, its journal, and its lines."""

    def __init__(self, folder: Path, lines: int = 0) -> None:
        self.path = folder / "audit.jsonl"
        self.clock = FakeClock()
        self.journal = FileJournal(self.path, clock=self.clock)
        for number in range(1, lines + 1):
            self.write(number)

    def write(self, number: int) -> None:
        self.clock.advance(60)
        self.journal.record("prune done", number=number, by="alice" if number % 2 else "carol", result="some")

    @property
    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    @lines.setter
    def lines(self, lines: Sequence[bytes]) -> None:
        self.path.write_bytes(b"".join(lines))

    def verdict(self, head: str = "") -> Verdict:
        return self.journal.verify(head)

    def told(self, **wanted: str) -> list[Entry]:
        return list(self.journal.entries(Wanted(**wanted)))  # type: ignore[arg-type]  # only texts are asked for

    def wrong(self, head: str = "") -> tuple[int, str]:
        """The line that is named, and what is wrong with it."""
        fault = self.verdict(head).fault
        return (fault.line, fault.wrong) if fault is not None else (0, "")

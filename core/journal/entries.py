"""What was written down, read as a stream."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from core.domain.audit import Entry, Wanted
from core.journal.files import all_files, open_file, unreadable
from core.journal.line import LIMIT
from core.jsonl import parse

_FRAME = frozenset({"seq", "at", "event", "prev"})


def entries(path: Path, wanted: Wanted) -> Iterator[Entry]:
    """The whole lines that fit, the oldest first, those from before the chain too.

    Raises:
        StorageUnavailable: a file cannot be read.
    """
    for item in all_files(path):
        try:
            with closing(open_file(item)) as stream:
                while line := stream.readline(LIMIT):
                    entry = _entry(parse(line.removesuffix(b"\n")) or {})
                    if entry is not None and wanted.fits(entry):
                        yield entry
        except (OSError, EOFError) as error:
            raise unreadable(item, error) from None


def _entry(fields: Mapping[str, Any]) -> Entry | None:
    at, event, seq = fields.get("at"), fields.get("event"), fields.get("seq", 0)
    if not isinstance(at, str) or not isinstance(event, str) or not isinstance(seq, int):
        return None
    rest = {name: value for name, value in fields.items() if name not in _FRAME}
    return Entry(seq=seq, at=at, event=event, fields=rest)

"""A review as a page of Markdown: what was measured is filled in, what only people know is left for them."""

import re

from core.domain.case import BEFORE
from core.domain.counted import tally
from core.domain.moment import show
from core.domain.review import Review

_MARKED = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_FOR_PEOPLE = ("What went well", "What went badly", "Where we were lucky", "Follow-ups: what, who, until when")


def markdown(review: Review, place: str) -> str:
    """The page. `place` is whose it is: "ExampleNet/services1"."""
    case, hours = review.case, BEFORE.total_seconds() / 3600
    closed = f"closed {show(case.closed_at)} by {_plain(case.closed_by)}" if case.closed_at else "still open"
    kept = f"kept of the {hours:.0f} hours before: {tally({'snapshots': len(case.pinned)}) or 'nothing'}"
    kept += f"; saved: {tally({'sources': len(case.saved)}) or 'nothing'}"
    parts = [
        f"# Incident {case.id}: {_plain(case.title)}",
        f"{_plain(place)}. Times are UTC.",
        "## Summary",
        _items(
            [
                f"opened {show(case.opened_at)} by {_plain(case.by)}, {closed}; open for {review.lasted}",
                kept,
                *map(_plain, case.troubles),
            ]
        ),
        "_What happened, in three sentences:_",
        "## Impact",
        _items([_plain(line) for item in review.counts for line in item.lines()], "nothing was counted"),
        "_Counts: first snapshot of the time told → when it was opened → at the end. Who noticed what:_",
        "## Loss and recovery time, measured",
        _items([_plain(item.line) for item in review.returns], "nothing was brought back"),
        "## What ran",
        _items([_plain(line) for line in review.runs], "nothing"),
        "## Notes",
        _items([f"{show(note.at)} {_plain(note.by)}: {_plain(note.text)}" for note in case.notes], "none"),
        "## Timeline",
        _items([_plain(event.line) for event in review.events], "nothing is known"),
        *([_items([f"not known: {_plain(text)}" for text in review.lacking])] if review.lacking else []),
        *(f"## {heading}\n\n_To be filled in._" for heading in _FOR_PEOPLE),
    ]
    return "\n\n".join(parts) + "\n"


def _items(lines: list[str], otherwise: str = "") -> str:
    return "\n".join(f"- {line}" for line in lines) or f"- {otherwise}"


def _plain(text: str) -> str:
    """As it is, whatever Markdown or a terminal would make of it: some of it was typed by whoever was refused."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return _MARKED.sub(r"\\\1", printable)

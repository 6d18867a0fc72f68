"""Snapshots along a line of time, as a picture: five thousand become a hundred bars, and no damage is lost. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.http.span import Span
from core.repository.ledger import Proof

State = Literal["unproven", "stored", "means", "booted", "unchecked", "held", "damaged"]
WORDS: dict[State, str] = {
    "booted": "booted in a drill",
    "means": "content proven",
    "stored": "stored bytes proven",
    "unproven": "not verified yet",
    "unchecked": "could not be checked",
    "held": "held back",
    "damaged": "damaged",
}
# What a bar tells where several snapshots share it: what is wrong always, else the best that is known of one of them.
_RISING: tuple[State, ...] = ("unproven", "unchecked", "stored", "means", "booted", "held", "damaged")
HEIGHT, STEP, _BAR = 48, 6, 4  # units of the picture: bars of 4, a gap of 2
# Each has a shape of its own, since colours alone tell some people nothing: (top, height) of its blocks.
_BLOCKS: dict[State, tuple[tuple[int, int], ...]] = {
    "booted": ((2, 6), (11, 35)),
    "means": ((11, 35),),
    "stored": ((26, 20),),
    "unproven": ((38, 8),),
    "unchecked": ((11, 7), (25, 7), (39, 7)),
    "held": ((11, 14), (32, 14)),
    "damaged": ((2, 31), (38, 8)),
}
_LEVELS = (3, 4)  # its content means what it should; a real program lived on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One snapshot on the line."""

    at: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One drawn line of time."""

    span: Span
    width: int
    height: int
    shapes: tuple[tuple[State, str], ...]  # the path of all bars of one state
    told: str  # the same in words


def state_of(proof: Proof | None, *, held: bool = False) -> State:
    """What a proof says, in one word. What is held may be read well, and not be trusted."""
    if held and (proof is None or proof.verdict != "damaged"):
        return "held"
    if proof is None or (proof.verdict == "proven" and proof.level < 1):
        return "unproven"
    if proof.verdict != "proven":
        return proof.verdict
    means, booted = _LEVELS
    return "booted" if proof.level >= booted else "means" if proof.level >= means else "stored"


def draw_strip(marks: Sequence[Mark], span: Span, now: datetime) -> Strip:
    """All that fits the span, in as many bars as it has cells."""
    cells: dict[int, State] = {}
    seen: list[State] = []
    for mark in marks:
        place = span.cell(mark.at, now)
        if place is not None:
            seen.append(mark.state)
            cells[place] = max(cells.get(place, mark.state), mark.state, key=_RISING.index)
    return Strip(
        span=span,
        width=span.cells * STEP,
        height=HEIGHT,
        shapes=tuple(
            (state, _path(state, sorted(place for place in cells if cells[place] == state)))
            for state in _RISING
            if state in cells.values()
        ),
        told=_told(seen, span),
    )


def _path(state: State, places: Iterable[int]) -> str:
    return "".join(_bar(place * STEP + 1, state) for place in places)


def _bar(left: int, state: State) -> str:
    return "".join(f"M{left} {top}h{_BAR}v{height}h-{_BAR}z" for top, height in _BLOCKS[state])


def _told(seen: Sequence[State], span: Span) -> str:
    if not seen:
        return f"No snapshot in the last {span.name}."
    many = f"{len(seen):,} snapshot{'' if len(seen) == 1 else 's'} in the last {span.name}"
    return f"{many}: {', '.join(_counted(seen))}."


def _counted(seen: Sequence[State]) -> Iterator[str]:
    counts = Counter(seen)
    for state, word in WORDS.items():
        if counts[state]:
            yield f"{counts[state]:,} {word}"

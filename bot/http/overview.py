"""What is known, as the page shows it: pictures, words, and the newest rows of long lists. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.timetable import Row
from bot.http.chart import Chart, Point, draw_chart
from bot.http.known import Known, Place
from bot.http.span import DAY, SPANS, fitting
from bot.http.timeline import WORDS, Mark, State, Strip, draw_strip, state_of
from core.domain.drill import DrillReport
from core.domain.notice import at_least
from core.domain.objective import Measured
from core.domain.run import Run
from core.domain.score import Score
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.notices.incident import Incident
from core.repository.ledger import Proof

NEWEST = 200  # rows of the list of a source
_LATELY, _FAILED, _FAILED_FOR = 8, 4, timedelta(days=7)
_COUNTED = ("accounts", "channels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One snapshot in a list."""

    snapshot: Snapshot
    state: State
    proof: Proof | None

    @property
    def word(self) -> str:
        """What was proven."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source with its pictures."""

    name: str
    kind: str
    number: int
    stored: int  # bytes of all its own sealed objects
    newest: Item | None
    strips: tuple[Strip, ...]  # the day, and all that there is
    longer: tuple[Strip, ...]  # every span that says more than the one before it
    charts: tuple[Chart, ...]
    damaged: tuple[Item, ...]  # the newest of them first
    rows: tuple[Item, ...]  # the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole page."""

    now: datetime
    ok: bool
    line: str
    troubles: tuple[str, ...]
    incidents: tuple[Incident, ...]
    sources: tuple[SourceView, ...]
    places: tuple[Place, ...]
    lately: tuple[Run, ...]  # the newest first, and failures for a week
    case: str
    objectives: tuple[Measured, ...]
    score: Score | None
    drills: tuple[DrillReport, ...]
    jobs: tuple[Row, ...]  # the next first
    uncovered: tuple[str, ...]

    @property
    def grave(self) -> int:
        """Incidents that somebody has to look at."""
        return sum(item.well_since is None and at_least(item.trouble.gravity, "warning") for item in self.incidents)

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return self.ok and not self.grave

    @property
    def headline(self) -> str:
        """It in a few words."""
        if self.well:
            return "OK: nothing to do"
        things, open_ones = len(self.troubles), self.grave
        said = ["people are at work on it"] if self.case else []
        said += [f"{things} thing{'' if things == 1 else 's'} to do"] if things else []
        said += [f"{open_ones} open incident{'' if open_ones == 1 else 's'}"] if open_ones else []
        return f"LOOK: {', '.join(said) or 'something is wrong'}"

    @property
    def parts(self) -> tuple[str, ...]:
        """The line, without the word that it begins with. Names of rules stay in one piece where the line is broken."""
        line = self.line.replace("3-2-1-1-0", "3-2-1-1-0".replace("-", "\N{NON-BREAKING HYPHEN}"))
        return tuple(line.removeprefix("OK").removeprefix("LOOK").strip().split(" · "))

    @property
    def number(self) -> int:
        """All snapshots of all sources."""
        return sum(source.number for source in self.sources)

    def source(self, name: str) -> SourceView | None:
        """That of this name."""
        return next((source for source in self.sources if source.name == name), None)


def draw(known: Known) -> Overview:
    """Everything that is shown."""
    by_source: dict[str, list[Snapshot]] = {name: [] for name, _ in known.sources}
    for snapshot in known.snapshots:
        by_source.setdefault(snapshot.source, []).append(snapshot)
    return Overview(
        now=known.now,
        ok=known.ok,
        line=known.line,
        troubles=known.troubles,
        incidents=known.incidents[::-1],
        sources=tuple(_draw_source(name, found, known) for name, found in by_source.items()),
        places=known.places,
        lately=tuple(_lately(known.runs, known.now)),
        case=known.case,
        objectives=known.objectives,
        score=known.score,
        drills=known.drills,
        jobs=tuple(sorted(known.jobs, key=lambda row: (row.next_at is None, row.next_at or known.now, row.job))),
        uncovered=known.uncovered,
    )


def _draw_source(name: str, snapshots: Sequence[Snapshot], known: Known) -> SourceView:
    proofs = ((item, known.proofs.get(item.id)) for item in reversed(snapshots))
    rows = [Item(snapshot=item, proof=proof, state=state_of(proof, held=bool(item.held))) for item, proof in proofs]
    runs = [run for run in known.runs if run.verb == "backup" and run.what == name]
    whole = fitting(min((item.taken_at for item in snapshots), default=None), known.now)
    marks = [Mark(at=row.snapshot.taken_at, state=row.state) for row in rows]
    return SourceView(
        name=name,
        kind=snapshots[-1].kind if snapshots else dict(known.sources)[name],
        number=len(snapshots),
        stored=sum(piece.size for item in snapshots for piece in item.pieces),
        newest=rows[0] if rows else None,
        strips=tuple(draw_strip(marks, span, known.now) for span in dict.fromkeys((DAY, whole))),
        longer=tuple(draw_strip(marks, span, known.now) for span in SPANS[: SPANS.index(whole) + 1]),
        charts=tuple(_draw_charts(snapshots, runs, known.now)),
        damaged=tuple(row for row in rows if row.state == "damaged")[:NEWEST],
        rows=tuple(rows[:NEWEST]),
    )


def _draw_charts(snapshots: Sequence[Snapshot], runs: Sequence[Run], now: datetime) -> Iterator[Chart]:
    took = [Point(at=run.at, value=run.seconds, failed=not run.good) for run in runs]
    charts = [
        draw_chart("size", [Point(at=item.taken_at, value=item.size) for item in snapshots], now, _size),
        draw_chart("time it took", took, now, show_seconds, zero=True),
    ]
    for kind in _COUNTED:
        counted = [Point(at=item.taken_at, value=item.counts[kind]) for item in snapshots if kind in item.counts]
        charts.append(draw_chart(kind, counted, now, _number))
    yield from (chart for chart in charts if chart is not None)


def _lately(runs: Sequence[Run], now: datetime) -> list[Run]:
    newest = runs[-_LATELY:]
    failed = [run for run in runs if not run.good and now - run.at < _FAILED_FOR and run not in newest]
    return sorted([*newest, *failed[-_FAILED:]], key=lambda run: run.at, reverse=True)


def _size(value: float) -> str:
    return show_size(round(value))


def _number(value: float) -> str:
    return f"{value:,.0f}"


def show_seconds(seconds: float) -> str:
    """As people read it: "0.8 s", "3m 20s", "2h 5m"."""
    if seconds < 60:  # noqa: PLR2004 — seconds in a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {rest}s"

"""What the repository promises against its peers, and a table that says where it keeps its word."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.programs import BORG, OURS, RESTIC
from benchmarks.record import Record

Unit = Literal["s", "MB", "bytes", "ms"]
_PEER_COLUMNS = (OURS, RESTIC, BORG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One promise: at most `most` times what `against` takes, or at most `most` of the unit where there is none."""

    what: str
    unit: Unit
    figures: dict[str, float | None]  # by program
    most: float
    against: str = ""

    @property
    def value(self) -> float | None:
        """What `most` is compared with. None: not measured."""
        ours, theirs = self.figures.get(OURS), self.figures.get(self.against)
        if not self.against or ours is None:
            return ours
        return ours / theirs if theirs else None

    @property
    def met(self) -> bool | None:
        """None: not measured."""
        return None if self.value is None else self.value <= self.most

    def as_dict(self) -> dict[str, object]:
        """For `results.json`."""
        return {
            "what": self.what,
            "unit": self.unit,
            "figures": {name: _rounded(value) for name, value in self.figures.items()},
            "against": self.against or None,
            "value": _rounded(self.value),
            "at_most": round(self.most, 5),
            "met": self.met,
        }


def goals(record: Record, *, accounts: int) -> list[Goal]:
    """All promises, in the order of the table. `accounts`: how many the day has."""
    return [*_day(record), *_logs(record), *_memory(record, accounts=accounts), *_lag(record)]


def _day(record: Record) -> Iterator[Goal]:
    stored = {name: _stored(record, "day", name) for name in _PEER_COLUMNS}
    for peer in (RESTIC, BORG):
        yield Goal(what="stored, a day of saves", unit="bytes", figures=stored, most=1 / 100, against=peer)
    save, newest = _seconds(record, "day/save"), _seconds(record, "day/restore")
    yield Goal(what="a save", unit="s", figures=save, most=1 / 3, against=RESTIC)
    yield Goal(what="a save", unit="s", figures=save, most=1, against=BORG)
    yield Goal(what="restore of the newest", unit="s", figures=newest, most=1, against=BORG)
    one = _seconds(record, "day/account")
    yield Goal(what="one account of an old one", unit="s", figures=one, most=1 / 2, against=RESTIC)
    verify = _seconds(record, "day/verify")
    stored_alone = _seconds(record, "day/verify bytes") | {RESTIC: verify[RESTIC]}
    yield Goal(what="verify all, rebuilt", unit="s", figures=verify, most=1 / 4, against=RESTIC)
    yield Goal(what="verify all, stored bytes", unit="s", figures=stored_alone, most=1 / 30, against=RESTIC)


def _logs(record: Record) -> Iterator[Goal]:
    first, same = _seconds(record, "logs/first"), _seconds(record, "logs/unchanged")
    yield Goal(what="logs, the first time", unit="s", figures=first, most=1, against=RESTIC)
    yield Goal(what="logs, unchanged", unit="s", figures=same, most=1 / 3, against=RESTIC)
    appended = {name: _stored(record, "logs/append", name) for name in _PEER_COLUMNS}
    yield Goal(what="logs, stored for an append", unit="bytes", figures=appended, most=1 / 20, against=RESTIC)


def _memory(record: Record, *, accounts: int) -> Iterator[Goal]:
    limits = {"day/": (f"peak memory, {accounts:,} accounts", 150.0), "logs/": ("peak memory, logs", 150.0)}
    if size := record.facts.get("large/database bytes"):
        limits["large/"] = ("peak memory, large database", 4 * size / 1e6)
    for about, (what, most) in limits.items():
        peaks = {name: record.peak(about, name) for name in _PEER_COLUMNS}
        yield Goal(what=what, unit="MB", figures=peaks, most=most)


def _lag(record: Record) -> Iterator[Goal]:
    yield _lag_of(record, "logs", "loop lag, 99th, logs")
    if "large/database bytes" in record.facts:
        yield _lag_of(record, "large", "loop lag, 99th, large database")


def _lag_of(record: Record, about: str, what: str) -> Goal:
    return Goal(what=what, unit="ms", figures={OURS: record.facts.get(f"lag {about}/99th_milliseconds")}, most=50)


def table(promised: list[Goal]) -> str:
    """For people: a line for each promise."""
    head = f"{'':<34}{'ours':>12}{'restic':>12}{'borg':>12}   {'goal':<26}{'it is':<12}"
    return "\n".join([head, *(_line(goal) for goal in promised)])


def _line(goal: Goal) -> str:
    columns = "".join(f"{_show(goal.figures.get(name), goal.unit):>12}" for name in _PEER_COLUMNS)
    if goal.against:
        asked = f"at most {_ratio(goal.most)} of {goal.against}"
        reached = "" if goal.value is None else _ratio(goal.value)
    else:
        asked, reached = f"at most {_show(goal.most, goal.unit)}", _show(goal.value, goal.unit)
    verdict = {True: "met", False: "NOT MET", None: "not measured"}[goal.met]
    return f"{goal.what:<34}{columns}   {asked:<26}{reached:<12}{verdict}".rstrip()


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.95 else f"1/{1 / value:.3g}"


def _show(value: float | None, unit: Unit) -> str:
    if value is None:
        return "-"
    if unit == "bytes":
        return f"{value / 1e6:,.1f} MB" if value >= 1e6 else f"{value / 1e3:,.1f} KB"
    return f"{value:,.{3 if value < 10 and unit == 's' else 1}f} {unit}"


def _seconds(record: Record, part: str) -> dict[str, float | None]:
    return {name: record.seconds(part, name) for name in _PEER_COLUMNS}


def _stored(record: Record, part: str, name: str) -> float | None:
    return record.stored.get((part, name))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)

"""What differs between two databases, as values with words for people. Never a password, an address or a host."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Happening = Literal["registered", "dropped", "replaced", "changed"]
Thing = Literal["operator", "account", "nick", "channel", "group", "ban", "kept name"]

_MIRROR: dict[Happening, Happening] = {"registered": "dropped", "dropped": "registered"}
_SETTING = {"operator": "made", "ban": "set", "nick": "grouped", "kept name": "kept"}
_ENDING = {"operator": "no longer", "ban": "gone", "nick": "ungrouped", "kept name": "no longer kept"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One thing about one thing: what it was and what it is. Without either it changed, and how is not told."""

    what: str  # "founder", "flags", "access of greta", "password"
    before: str = ""
    after: str = ""
    counted: bool = False  # `before` is how many went, `after` how many came
    power: bool = False  # it gives or takes power over others, or the account itself
    by: str = ""  # who set what it is now, where the database says so
    at: str = ""  # and when: "2026-11-22 20:58Z"

    def __str__(self) -> str:
        by = f", set by {self.by}" if self.by else ""
        return self._what + by + (f" {self.at}" if by and self.at else "")

    @property
    def _what(self) -> str:
        if self.counted:
            parts = ((self.after, "added"), (self.before, "gone"))
            return ", ".join(f"{number} {_one_or_more(self.what, number)} {word}" for number, word in parts if number)
        if not self.before and not self.after:
            return f"{self.what} changed"
        if not self.before:
            return f"{self.what} {self.after} (new)"
        return f"{self.what} {self.before} → {self.after}" if self.after else f"{self.what} {self.before} (gone)"

    def mirrored(self) -> "Detail":
        """The same, seen from the other side; who set what was there before is not in it."""
        return Detail(what=self.what, before=self.after, after=self.before, counted=self.counted, power=self.power)


def _one_or_more(what: str, number: str) -> str:
    if number != "1":
        return what
    return what.removesuffix("ies") + "y" if what.endswith("ies") else what.removesuffix("s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one registration."""

    thing: Thing
    name: str  # fit to be shown
    happening: Happening
    details: tuple[Detail, ...] = ()

    @property
    def rank(self) -> int:
        """What people must see first has the smallest."""
        if self.thing == "operator":
            return 0
        if self.happening == "changed":
            return 1 if any(detail.power for detail in self.details) else 6
        if self.thing in {"nick", "kept name", "ban"}:
            return 5
        return {"replaced": 2, "dropped": 3}.get(self.happening, 4)

    @property
    def title(self) -> str:
        """What happened to what: "account greta registered"."""
        return f"{self.thing} {self.name} {self.word}"

    @property
    def word(self) -> str:
        """What happened, as it is said of such a thing."""
        if self.happening == "registered":
            return _SETTING.get(self.thing, self.happening)
        if self.happening == "dropped":
            return _ENDING.get(self.thing, self.happening)
        return "is another now" if self.happening == "replaced" else "changed"

    def __str__(self) -> str:
        return self.title + (f": {'; '.join(map(str, self.details))}" if self.details else "")

    def mirrored(self) -> "Change":
        """The same, seen from the other side."""
        return Change(
            thing=self.thing,
            name=self.name,
            happening=_MIRROR.get(self.happening, self.happening),
            details=tuple(detail.mirrored() for detail in self.details),
        )

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        details = [
            {"what": item.what, "before": item.before, "after": item.after, "power": item.power, "text": str(item)}
            | ({"set_by": item.by, "set_at": item.at or None} if item.by else {})
            for item in self.details
        ]
        return {"kind": self.thing, "name": self.name, "what": self.happening, "details": details}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All changes, the weightiest first; what changes by itself all the time is only counted."""

    changes: tuple[Change, ...]
    volatile: Mapping[str, int] = field(default_factory=dict)  # "last used": how many
    others: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # what: rows that went, rows that came

    def tally(self) -> Counter[tuple[Thing, Happening]]:
        """How many changes there are of each sort."""
        return Counter((change.thing, change.happening) for change in self.changes)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        counts: dict[str, dict[str, int]] = {}
        for (thing, happening), number in self.tally().items():
            counts.setdefault(thing, {})[happening] = number
        return {
            "counts": counts,
            "changes": [change.as_dict() for change in self.changes],
            "volatile": dict(self.volatile),
            "others": {what: {"gone": gone, "new": new} for what, (gone, new) in self.others.items()},
        }

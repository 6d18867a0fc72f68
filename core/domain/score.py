"""3-2-1-1-0: three copies, on two media, one elsewhere, one that nobody can remove, and no error at the last proof."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_COPIES, _MEDIA = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A place where copies are kept, as the configuration says it is."""

    name: str
    medium: str  # "disk", "another disk", "ssh", "bucket"
    offsite: bool  # whether it lives on when this house burns
    immutable: bool  # whether what lies there can be removed by nobody, for a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One of the five."""

    name: str  # "copies", "media", "offsite", "immutable", "errors"
    wanted: int
    found: int
    told: str  # what there is: "the living data, disk, s3"
    missing: str = ""  # what to do about it; "" = it is met

    @property
    def met(self) -> bool:
        """Whether there is enough; of errors, whether there is none."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """All five, in their order."""

    rules: tuple[Rule, ...]

    @property
    def points(self) -> int:
        """How many of them are met."""
        return sum(rule.met for rule in self.rules)

    @property
    def missing(self) -> tuple[str, ...]:
        """What to do, a sentence for each that is not met."""
        return tuple(rule.missing for rule in self.rules if rule.missing)

    def __str__(self) -> str:
        lacks = ", ".join(rule.name for rule in self.rules if rule.missing)
        return f"3-2-1-1-0: {self.points} of {len(self.rules)}, not {lacks}" if lacks else "3-2-1-1-0 met"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "points": self.points,
            "of": len(self.rules),
            "rules": [
                {"name": rule.name, "wanted": rule.wanted, "found": rule.found, "met": rule.met, "told": rule.told}
                for rule in self.rules
            ],
            "missing": list(self.missing),
        }


def score(places: Iterable[Kept], *, errors: Sequence[str], proven: bool) -> Score:
    """Of the places that are no more than a day behind. The living data are the first copy, on a disk of this host.

    `errors`: what the last look found damaged, in words; `proven`: whether anybody has looked at the newest at all.
    """
    kept = tuple(places)
    media = dict.fromkeys(["disk", *(place.medium for place in kept)])
    away = [place.name for place in kept if place.offsite]
    locked = [place.name for place in kept if place.immutable]
    names = ["the living data", *(place.name for place in kept)]
    return Score(
        rules=(
            _least(
                "copies",
                _COPIES,
                names,
                "another [storage.NAME], or `sync` where one is behind: there should be three copies",
            ),
            _least("media", _MEDIA, media, 'a [storage.NAME] of another kind ("s3", "sftp") or on another disk'),
            _least(
                "offsite", 1, away, "a [storage.NAME] that is not on this host: a bucket, or an SSH server elsewhere"
            ),
            _least("immutable", 1, locked, "a lock: storage.NAME.lock of a bucket, or write_once of an SSH server"),
            _errors(errors, proven=proven),
        )
    )


def _least(name: str, wanted: int, there: Iterable[str], missing: str) -> Rule:
    found = list(there)
    return Rule(
        name=name,
        wanted=wanted,
        found=len(found),
        told=", ".join(found) or "none",
        missing="" if len(found) >= wanted else f"{name}: {missing}",
    )


def _errors(errors: Sequence[str], *, proven: bool) -> Rule:
    missing = ""
    if errors:
        missing = f"errors: {errors[0]}: `verify all` tells why"
    elif not proven:
        missing = "errors: the newest snapshot is not proven yet: `verify latest` or `drill`"
    told = "; ".join(errors[:3]) or ("none at the last proof" if proven else "nobody has looked yet")
    return Rule(name="errors", wanted=0, found=len(errors), told=told, missing=missing)

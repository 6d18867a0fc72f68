"""Two databases side by side: the rows that only one of them has, paired by the names that they are about."""

from collections import Counter
from collections.abc import Container, Iterable
from functools import lru_cache

from core.formats.atheme import Row, field
from core.registrations.change import Detail, Happening
from core.registrations.living import Living
from core.registrations.words import shown

Pair = tuple[Row | None, Row | None]
Key = tuple[bytes, ...]


class Sides:
    """Before and after. Rows that are byte-equal on both sides are no matter where they stand."""

    def __init__(self, before: Living, after: Living) -> None:
        self.before = before
        self.after = after
        self.volatile: Counter[str] = Counter()
        self._saved = tuple(next((field(row, 1) for row in side.rows(b"TS")), b"") for side in (before, after))

    def only(self, kind: bytes) -> tuple[list[Row], list[Row]]:
        """The rows of a kind that went, and those that came."""
        left = Counter(row.raw for row in self.before.rows(kind))
        came = [row for row in self.after.rows(kind) if not _took(left, row.raw)]
        went = [row for row in self.before.rows(kind) if _took(left, row.raw)]
        return went, came

    def pairs(self, kind: bytes, *at: int) -> dict[Key, Pair]:
        """The same rows by the folded fields that name what they are about."""
        went, came = (self._named(rows, at) for rows in self.only(kind))
        return {key: (went.get(key), came.get(key)) for key in sorted(went.keys() | came.keys())}

    def _named(self, rows: Iterable[Row], at: tuple[int, ...]) -> dict[Key, Row]:
        named = {}
        for row in rows:
            fields = row.fields
            named[tuple(self.after.fold(fields[index]) for index in at)] = row
        return named

    def used(self, pair: tuple[Row, Row], index: int) -> None:
        """Count where the time of the last use moved. Later versions write 0 while somebody is logged in."""
        old, new = (
            saved if field(row, index) == b"0" else field(row, index)
            for row, saved in zip(pair, self._saved, strict=True)
        )
        self.volatile["last used"] += old != new


def fate(name: bytes, pair: Pair, before: Container[bytes], after: Container[bytes]) -> Happening:
    """What became of what bears that folded name. A row that was there twice and is there once was not dropped."""
    old, new = pair
    if new is None and old is not None and name not in after:
        return "dropped"
    if old is None and new is not None and name not in before:
        return "registered"
    return "changed"


def value(what: str, old: bytes, new: bytes, *, power: bool = False) -> list[Detail]:
    """A detail whose value may be told, if it differs."""
    return [] if old == new else [Detail(what=what, before=shown(old), after=shown(new), power=power)]


def counted(what: str, went: int, came: int, *, power: bool = False) -> list[Detail]:
    """How many went and how many came, if any did."""
    if not went and not came:
        return []
    return [Detail(what=what, before=str(went or ""), after=str(came or ""), counted=True, power=power)]


def present(what: str, pair: Pair) -> Detail:
    """Something whose value is nobody's business: there now, there no longer, or another."""
    old, new = pair
    if old is not None and new is not None:
        return Detail(what=what)
    return Detail(what=what, before="set" if old else "", after="set" if new else "")


@lru_cache(maxsize=1024)  # a large network has a hundred thousand entries, and a dozen sets of flags
def letters(flags: bytes, *, but: bytes = b"") -> bytes:
    """Flags in one order, so that only the letters count."""
    return b"+" + bytes(sorted(set(flags.lstrip(b"+")) - set(but)))


def _took(counter: Counter[bytes], raw: bytes) -> bool:
    if counter[raw] <= 0:
        return False
    counter[raw] -= 1
    return True

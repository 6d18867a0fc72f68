"""One person, as a services.db of Atheme knows them."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.casemapping import Casemapping
from core.formats.atheme import Lines, field, shown
from core.operations.side import Side
from core.registrations.personal import personal
from core.registrations.selection import read_account
from core.registrations.wish import Erasure


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person in one database."""

    account: str  # fit to be shown
    forgotten: str  # the day; "" where they may be shown
    rows: Callable[[], dict[str, object]]


def in_rows(wanted: bytes, side: Side, casemapping: Casemapping, erasure: Erasure) -> Person | None:
    """Who bears that name, or owns it as a grouped nick."""
    lines = Lines(side.content, casemapping)
    name = lines.lookup(wanted)
    found = read_account(lines, name) if name is not None else None
    if found is None:
        return None
    living, selection = found
    day = erasure.account(field(selection.account, 1), field(selection.account, 5))
    return Person(account=shown(selection.name), forgotten=day, rows=lambda: personal(living, selection))

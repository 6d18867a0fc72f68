"""Everything in a database that belongs to one account."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme import Database, Row, field

_OWN = frozenset({b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One account's rows, by what they are, in the order of the file."""

    account: Row  # MU
    own: tuple[Row, ...]  # MDU ME MI AC MN MCFP
    groups: tuple[Row, ...]  # GACL
    access: tuple[tuple[Row, ...], ...]  # each CA with its MDA rows
    operator: Row | None  # SO
    requests: tuple[Row, ...]  # HR HE
    marks: tuple[Row, ...]  # MM

    @property
    def name(self) -> bytes:
        """The account's name, as stored."""
        return field(self.account, 2)

    def rows(self, kind: bytes) -> tuple[Row, ...]:
        """Its own rows of one kind."""
        return tuple(row for row in self.own if row.kind == kind)


def select_account(database: Database, name: bytes, casemapping: Casemapping) -> Selection | None:
    """What belongs to the account of that name, or None if there is none."""
    wanted = fold(name, casemapping)

    def is_it(row: Row, index: int) -> bool:
        return fold(field(row, index), casemapping) == wanted

    account = next((row for row in database.rows if row.kind == b"MU" and is_it(row, 2)), None)
    if account is None:
        return None
    uid = field(account, 1)
    return Selection(
        account=account,
        own=tuple(row for row in database.rows if row.kind in _OWN and is_it(row, 1)),
        groups=tuple(row for row in database.rows if row.kind == b"GACL" and is_it(row, 2)),
        access=_access(database, is_it),
        operator=next((row for row in database.rows if row.kind == b"SO" and is_it(row, 1)), None),
        requests=tuple(row for row in database.rows if row.kind in {b"HR", b"HE"} and is_it(row, 1)),
        marks=tuple(row for row in database.rows if row.kind == b"MM" and field(row, 1) == uid),
    )


def _access(database: Database, is_it: Callable[[Row, int], bool]) -> tuple[tuple[Row, ...], ...]:
    entries: list[list[Row]] = []
    inside = False
    for row in database.rows:
        if row.kind == b"CA":
            inside = is_it(row, 2)
            if inside:
                entries.append([row])
        elif row.kind == b"MDA" and inside:
            entries[-1].append(row)
        else:
            inside = False
    return tuple(map(tuple, entries))

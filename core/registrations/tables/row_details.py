"""Two rows of one thing side by side: which columns differ, and what of it may be told."""

from collections import Counter

from core.formats.sqlite import Row, Table
from core.formats.sqlite.model import as_bytes
from core.registrations.change import Detail, Happening
from core.registrations.sides import value
from core.registrations.tables import names
from core.registrations.tables.forgetting import stored
from core.registrations.tables.reading_rows import told
from core.registrations.tables.secrecy import is_secret
from core.registrations.words import shown

_TOLD = frozenset({names.NAME, names.NICK, names.CHANNEL, *names.FLAGS})  # values that are nobody's secret
_POWER = frozenset({"email", "e_mail", "mail", "email_address"})  # who has it can take the account
Tables = tuple[Table | None, Table | None]
Pair = tuple[Row | None, Row | None]


def details_of(
    tables: Tables, pair: tuple[Row, Row], volatile: Counter[str], *, silent: frozenset[str]
) -> list[Detail]:
    """What differs in the columns that both have, but for those that are told elsewhere. Never a secret's value."""
    old, new = (stored(table, row) for table, row in zip(tables, pair, strict=True))
    differing = [column for column in old if column in new and old[column] != new[column] and column not in silent]
    volatile["last used"] += any(column in names.VOLATILE for column in differing)
    details: list[Detail] = []
    for column in differing:
        if column in _TOLD:
            details += value(column, as_bytes(old[column]), as_bytes(new[column]))
        elif column not in names.VOLATILE:
            power = is_secret(column) or column in _POWER
            details.append(Detail(what=shown(column.encode("utf-8", "replace")), power=power))
    return details


def fate_of(pair: Pair) -> Happening:
    """What became of something of which a row went or came."""
    old, new = pair
    if old is None:
        return "registered"
    return "dropped" if new is None else "changed"


def spelt_in(tables: Tables, pair: Pair, column: str) -> str:
    """Its name as the newer side has it, fit to be shown."""
    return next(
        (told(table, row, column) for table, row in reversed(list(zip(tables, pair, strict=True))) if row is not None),
        "",
    )

"""One person, as an SQLite database knows them."""

from core.domain.casemapping import Casemapping
from core.domain.errors import SourceDamaged
from core.formats.sqlite import Unreadable
from core.formats.sqlite.others import other_tables
from core.operations.person import Person
from core.operations.plan_tables import tables_of
from core.operations.side import Side
from core.registrations.tables import Register
from core.registrations.tables.forgetting import erased_on, stored
from core.registrations.tables.personal import personal_rows
from core.registrations.tables.whereabouts import spelt
from core.registrations.wish import Erasure


def in_tables(wanted: bytes, side: Side, casemapping: Casemapping, erasure: Erasure) -> Person | None:
    """Who bears that name, or owns it as a grouped nick.

    Raises:
        SourceDamaged: SQLite cannot read it.
    """
    register = Register(tables_of(side.content, side.label), casemapping)
    name = register.find_account(wanted)
    if name is None:
        return None
    try:
        others = other_tables(side.content)
    except Unreadable as error:
        raise SourceDamaged(f"{side.label} cannot be read: {error}") from None
    day = erased_on(erasure, stored(register.tables.accounts, register.accounts[name]), name)
    return Person(
        account=spelt(register, name),
        forgotten=day,
        rows=lambda: personal_rows(register, name, other_tables=others),
    )

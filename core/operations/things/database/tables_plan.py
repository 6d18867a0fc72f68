"""A whole SQLite database as it would come back: that of services, or any other."""

from collections.abc import Mapping
from dataclasses import replace

from core.domain.errors import SourceDamaged
from core.domain.finding import Severity
from core.formats.sqlite import Tables, Unreadable
from core.formats.sqlite.others import other_rows
from core.operations.plan_tables import tables_of
from core.operations.site import Site
from core.operations.things.database.coming import Coming
from core.operations.things.database.living import Lying
from core.operations.things.database.made import Made
from core.registrations.tables import Register
from core.registrations.tables.difference import Others, compare_tables
from core.registrations.tables.forgetting import erased_on, stored
from core.registrations.whole import Words, words_of
from core.registrations.wish import Erasure
from core.registrations.words import listed, plural

_ROOM = 300  # bytes of a list of tables
_NOTHING = Tables()


def plan_whole_tables(coming: Coming, lying: Lying, site: Site, *, erasure: Erasure) -> Made:
    """The database as it was, row for row, and what that means.

    Raises:
        SourceDamaged: SQLite cannot read it.
    """
    tables = tables_of(coming.content, "the snapshot")
    living = tables_of(lying.comparable, "the living database") if lying.comparable is not None else _NOTHING
    registers = [Register(side, site.casemapping) for side in (living, tables)]
    others = (_others(lying.comparable), _others(coming.content))
    difference = compare_tables(*registers, others=others)
    then, findings = site.source.inspect(coming.content)
    now = site.source.inspect(lying.comparable)[0] if lying.comparable is not None else None
    words = words_of(difference, then=then, now=now)
    came, went = (sum(pair[at] for pair in difference.others.values()) for at in (1, 0))
    return Made(
        content=coming.content,
        difference=difference,
        words=_with_rows(words, difference.others),
        blocked=_blocked([item.text for item in findings if item.severity > Severity.WARNING], registers[1], erasure),
        notes=("it comes back row for row, and so do its settings",),
        moved=(came, went),
    )


def _others(content: bytes | None) -> Others:
    try:
        return other_rows(content) if content is not None else {}
    except Unreadable as error:
        raise SourceDamaged(f"it cannot be read: {error}") from None


def _with_rows(words: Words, others: Mapping[str, tuple[int, int]]) -> Words:
    came = [f"{what}: {new:,}" for what, (_, new) in others.items() if new]
    went = [f"{what}: {gone:,}" for what, (gone, _) in others.items() if gone]
    return replace(
        words,
        coming_back=(*words.coming_back, *([listed(came, _ROOM)] if came else [])),
        going=(*words.going, *([listed(went, _ROOM)] if went else [])),
    )


def _blocked(faults: list[str], old: Register, erasure: Erasure) -> str:
    """Other rows may name or number somebody in ways that nobody has told us: so nobody is taken out by guess."""
    if faults:
        return f"it has {plural(len(faults), 'fault')}; the first: {faults[0]}"
    table = old.tables.accounts
    gone = [name for name, row in old.accounts.items() if erased_on(erasure, stored(table, row), name)]
    if gone:
        return f"it has {plural(len(gone), 'account')} of people who asked to be forgotten since"
    return ""

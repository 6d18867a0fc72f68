"""Operator, requests, tickets and marks; and what goes because the name lives again."""

from core.formats.atheme import Row, field
from core.registrations.draft import Draft
from core.registrations.row_plan import Place
from core.registrations.selection import Selection
from core.registrations.words import plural, shown

_WORDS = {b"HR": "vhost request", b"HE": "help ticket", b"MM": "mark"}


def add_operator(draft: Draft, selection: Selection) -> None:
    """SO: power over everybody comes back only where it was asked for."""
    row = selection.operator
    if row is None:
        return
    name = draft.living.fold(draft.name)
    if any(other.line not in draft.gone for other in draft.living.naming(b"SO", 1, name)):
        draft.left_out.append("services operator: it is one")
    elif draft.wishes.operator:
        draft.powers.append(f"services operator ({shown(field(row, 2))})")
        draft.put(Place.KIND, b" ".join((b"SO", draft.name, row.raw.split(b" ", 2)[2])))
    else:
        draft.left_out.append(f"services operator ({shown(field(row, 2))}): grant it again by hand")


def note_configured_operator(draft: Draft) -> None:
    """Who is an operator by the configuration is one at once, by the name alone."""
    fold = draft.living.fold
    if fold(draft.name) in {fold(name.encode("utf-8", "surrogateescape")) for name in draft.network.operators}:
        draft.powers.append("services operator, by the configuration")


def add_requests(draft: Draft, selection: Selection, rows: list[bytes]) -> None:
    """HR, HE and MM, only where services can read them: a row without its module keeps them from starting."""
    there = {
        (row.kind, draft.living.fold(field(row, 1)))
        for kind in _WORDS
        for row in draft.living.rows(kind)
        if row.line not in draft.gone
    }
    for row in (*selection.requests, *selection.marks):
        if not draft.living.reads(row.kind):
            draft.left_out.append(f"a {_WORDS[row.kind]}: the module is not loaded now")
        elif row.kind == b"HR" and _is_others(draft, field(row, 1)):
            draft.left_out.append("a vhost request for a nick that is somebody else's now")
        elif row.kind == b"MM":
            _add_mark(draft, row, rows)
        elif (row.kind, _new_owner(draft, selection, row)) not in there:
            draft.put(Place.KIND, _renamed(draft, selection, row))
    if selection.pending:
        draft.left_out.append(plural(len(selection.pending), "request") + " for channels, which wait no more")


def _new_owner(draft: Draft, selection: Selection, row: Row) -> bytes:
    return draft.living.fold(_renamed(draft, selection, row).split(b" ")[1])


def _renamed(draft: Draft, selection: Selection, row: Row) -> bytes:
    """The row under the name that the account will have; one for a grouped nick stays with that nick."""
    word, name, rest = row.raw.split(b" ", 2)
    if draft.old.fold(name) != draft.old.fold(selection.name) or draft.name == selection.name:
        return row.raw
    return b" ".join((word, draft.name, rest))


def _add_mark(draft: Draft, row: Row, rows: list[bytes]) -> None:
    word, _, rest = row.raw.split(b" ", 2)
    mark = b" ".join((word, _account_uid(draft, rows), rest))
    if mark not in {other.raw for other in draft.living.rows(b"MM") if other.line not in draft.gone}:
        draft.put(Place.KIND, mark)


def _is_others(draft: Draft, nick: bytes) -> bool:
    folded, name = draft.living.fold(nick), draft.living.fold(draft.name)
    owner = draft.living.nicks.get(folded)
    if owner is not None:
        return draft.living.fold(owner) != name
    return folded in draft.living.accounts and folded != name


def _account_uid(draft: Draft, rows: list[bytes]) -> bytes:
    new = next((row.split(b" ")[1] for row in rows if row.startswith(b"MU ")), None)
    return new or field(draft.living.accounts[draft.living.fold(draft.name)], 1)


def remove_kept_names(draft: Draft, selection: Selection, rows: list[bytes]) -> None:
    """The mark that was kept for a dropped name comes back with the account, and must not come twice."""
    nicks = [row.split(b" ")[2] for row in rows if row.startswith(b"MN ")]
    folded = frozenset(map(draft.living.fold, [draft.name, *nicks]))
    draft.take(sorted(draft.living.kept_rows(folded)))  # by line: each name before its properties
    draft.take([row for row in draft.living.rows(b"RM") if _comes_back(draft, selection, row)])


def _comes_back(draft: Draft, selection: Selection, row: Row) -> bool:
    """Whether this kept mark (RM: …, time, text) is one of those that come back (MM: …, time, number, text)."""
    kept = row.raw.split(b" ", 7)
    if draft.living.fold(kept[2]) != draft.living.fold(draft.name):
        return False
    marks = [mark.raw.split(b" ", 8) for mark in selection.marks]
    return draft.living.reads(b"MM") and any((mark[6], mark[-1]) == (kept[6], kept[7]) for mark in marks)

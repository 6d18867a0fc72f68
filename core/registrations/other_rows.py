"""Operator, requests, tickets and marks; and what goes because the name lives again."""

from core.formats.atheme import Row, field
from core.registrations.account_plan import Place
from core.registrations.draft import Draft
from core.registrations.words import plural, shown

_WORDS = {b"HR": "vhost request", b"HE": "help ticket", b"MM": "mark"}


def add_operator(draft: Draft, *, wanted: bool) -> None:
    """SO: power over everybody comes back only where it was asked for."""
    row = draft.selection.operator
    if row is None:
        return
    if wanted:
        draft.powers.append(f"services operator ({shown(field(row, 2))})")
        draft.put(Place.KIND, b" ".join((b"SO", draft.selection.name, row.raw.split(b" ", 2)[2])))
    else:
        draft.left_out.append(f"services operator ({shown(field(row, 2))}): grant it again by hand")


def add_requests(draft: Draft) -> None:
    """HR, HE and MM, only where services can read them: a row without its module keeps them from starting."""
    names = {(row.kind, draft.living.fold(field(row, 1))) for kind in _WORDS for row in draft.living.rows(kind)}
    for row in (*draft.selection.requests, *draft.selection.marks):
        if not draft.living.reads(row.kind):
            draft.left_out.append(f"a {_WORDS[row.kind]}: the module is not loaded now")
        elif row.kind == b"HR" and _is_others(draft, field(row, 1)):
            draft.left_out.append("a vhost request for a nick that is somebody else's now")
        elif row.kind == b"MM":
            word, _, rest = row.raw.split(b" ", 2)
            draft.put(Place.KIND, b" ".join((word, _account_uid(draft), rest)))
        elif (row.kind, draft.living.fold(field(row, 1))) not in names:
            draft.put(Place.KIND, row.raw)
    if draft.selection.pending:
        draft.left_out.append(plural(len(draft.selection.pending), "request") + " for channels, which wait no more")


def _is_others(draft: Draft, nick: bytes) -> bool:
    folded = draft.living.fold(nick)
    return folded in draft.living.nicks or folded in draft.living.accounts


def _account_uid(draft: Draft) -> bytes:
    return draft.insertions[0].rows[0].split(b" ")[1]


def remove_kept_names(draft: Draft) -> None:
    """The mark that was kept for a dropped name comes back with the account, and must not come twice."""
    nicks = [row.split(b" ")[2] for row in draft.insertions[0].rows if row.startswith(b"MN ")]
    folded = frozenset(map(draft.living.fold, [draft.selection.name, *nicks]))
    draft.removals += [row.raw for row in draft.living.kept_rows(folded)]
    draft.removals += [row.raw for row in draft.living.rows(b"RM") if _comes_back(draft, row)]


def _comes_back(draft: Draft, row: Row) -> bool:
    """Whether this kept mark (RM: …, time, text) is one of those that come back (MM: …, time, number, text)."""
    kept = row.raw.split(b" ", 7)
    if draft.living.fold(kept[2]) != draft.living.fold(draft.selection.name):
        return False
    marks = [mark.raw.split(b" ", 8) for mark in draft.selection.marks]
    return draft.living.reads(b"MM") and any((mark[6], mark[-1]) == (kept[6], kept[7]) for mark in marks)

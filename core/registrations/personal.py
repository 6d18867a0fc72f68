"""Everything that a database holds about one person, and nothing about anybody else. For an access request."""

from collections.abc import Iterator
from datetime import UTC, datetime

from core.formats.atheme import Row, field
from core.formats.atheme.schema import TOKENS
from core.registrations.living import Living
from core.registrations.selection import Selection

# Keys whose values name who did it: staff are other people.
_STAFF = (b":setter", b":freezer", b"-assigner")
LEFT_OUT = (
    "the hash of the password, reset tokens and failed logins: they open or guard the account",
    "the names of staff and of others who gave access, set marks or approved requests: they are other people's",
    "of whoever sent a memo, everything but the name that stands on it",
)


def personal(living: Living, selection: Selection) -> dict[str, object]:
    """What `selection` holds, in plain values."""
    return {
        "account": _account(selection.account),
        "nicks": [_nick(row) for row in selection.rows(b"MN")],
        "properties": dict(_properties(selection.rows(b"MDU"))),
        "memos": [_memo(row) for row in selection.rows(b"ME")],
        "ignores": [_text(field(row, 2)) for row in selection.rows(b"MI")],
        "access_masks": [_text(field(row, 2)) for row in selection.rows(b"AC")],
        "certificates": [_text(field(row, 2)) for row in selection.rows(b"MCFP")],
        "channels": [_channel(entry) for entry in selection.access],
        "groups": [{"group": _text(field(row, 1)), "flags": _text(field(row, 3))} for row in selection.groups],
        "operator": _text(field(selection.operator, 2)) if selection.operator is not None else None,
        "vhost_requests": [
            {"vhost": _text(field(row, 2)), "asked_at": _time(field(row, 3))}
            for row in selection.requests
            if row.kind == b"HR"
        ],
        "help_tickets": [
            {"topic": _rest(row, 4), "asked_at": _time(field(row, 2))}
            for row in selection.requests
            if row.kind == b"HE"
        ],
        "channel_requests": [
            {"channel": _text(field(row, 1)), "asked_at": _time(field(row, 3))} for row in selection.pending
        ],
        "marks": [{"text": _rest(row, 8), "set_at": _time(field(row, 6))} for row in selection.marks],
        "marks_kept_for_its_name": [_rest(row, 3) for row in _kept(living, selection)],
        "left_out": list(LEFT_OUT),
    }


def _account(row: Row) -> dict[str, object]:
    last = field(row, 6)
    return {
        "name": _text(field(row, 2)),
        "uid": _text(field(row, 1)),
        "email": _text(field(row, 4)),
        "registered_at": _time(field(row, 5)),
        "last_login_at": "logged in at the time of the save" if last == b"0" else _time(last),
        "flags": _text(field(row, 7)),
        "language": _text(field(row, 8)) or "default",
    }


def _nick(row: Row) -> dict[str, object]:
    last = field(row, 4)
    return {
        "nick": _text(field(row, 2)),
        "registered_at": _time(field(row, 3)),
        "last_seen_at": "in use at the time of the save" if last == b"0" else _time(last),
    }


def _properties(rows: tuple[Row, ...]) -> Iterator[tuple[str, str]]:
    for row in rows:
        key = field(row, 2).lower()
        if not key.startswith(TOKENS) and not key.endswith(_STAFF):
            yield _text(field(row, 2)), _rest(row, 3)


def _memo(row: Row) -> dict[str, object]:
    status = field(row, 4)
    return {
        "from": _text(field(row, 2)),
        "sent_at": _time(field(row, 3)),
        "read": status.isdigit() and bool(int(status) & 1),
        "text": _rest(row, 5),
    }


def _channel(entry: tuple[Row, ...]) -> dict[str, object]:
    access, *notes = entry
    return {
        "channel": _text(field(access, 1)),
        "flags": _text(field(access, 3)),
        "changed_at": _time(field(access, 4)),
        "notes": {_text(field(row, 3)): _rest(row, 4) for row in notes if not field(row, 3).lower().endswith(_STAFF)},
    }


def _kept(living: Living, selection: Selection) -> list[Row]:
    """What services kept of an earlier account of that name that was dropped while marked."""
    rows = living.kept_rows(frozenset({living.fold(selection.name)}))
    return [row for row in rows if row.kind == b"MDN" and not field(row, 2).lower().endswith(_STAFF)]


def _rest(row: Row, index: int) -> str:
    """The free text that begins at a field, to the end of the line."""
    parts = row.raw.split(b" ", index)
    return _text(parts[index]) if len(parts) > index else ""


def _text(raw: bytes) -> str:
    """As it was written; networks older than UTF-8 wrote Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _time(epoch: bytes) -> str:
    try:
        return datetime.fromtimestamp(int(epoch), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return _text(epoch)

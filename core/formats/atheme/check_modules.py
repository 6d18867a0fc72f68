"""Rows of single modules that depend on other rows."""

from collections.abc import Sequence

from core.formats.atheme.known import Act, Known
from core.formats.atheme.rows import Row
from core.formats.atheme.text import shown


def _watch(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    del fields
    known.open_watch = row.line


def _watch_reason(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    del fields
    if not known.open_watch:
        known.report.stops(row.line, "regex-pair", "an RR row without its RW row crashes services")
    known.open_watch = 0


def close_watch(known: Known, following: bytes) -> None:
    """An RW row is nothing without the RR row behind it. To be told the kind of every row before it is read."""
    if known.open_watch and following != b"RR":
        known.report.loses(known.open_watch, "regex-pair", "an RW row without its RR row: the watch is lost")
        known.open_watch = 0


def _bot(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    known.bots += 1
    if not known.is_new(b"BOT", known.fold(fields[1])):
        known.report.stops(row.line, "bot-twice", f"the bot {shown(fields[1])} is there twice: services crash")


def _bot_count(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if fields[1] != b"%d" % known.bots:
        known.report.loses(row.line, "bot-count", "the number of bots is not that of their rows: some are lost")


def _offer(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if fields[1].startswith(b"!") and known.fold(fields[1]) not in known.groups:
        known.report.loses(row.line, "offer-group", "an offer to a group that is not there becomes public")


def _mark(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if fields[1] not in known.uids:
        known.report.loses(row.line, "mark-uid", "a mark of an account that is not there")


def _request(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if known.fold(fields[2]) not in known.accounts:
        known.report.loses(row.line, "account-missing", f"a request for {shown(fields[1])} by nobody who is there")


def _ticket(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if known.fold(fields[1]) not in known.accounts:
        known.report.warns(row.line, "account-missing", "a help ticket of an account that is not there")


def _chanfix(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    del row
    known.chanfix.add(fields[1].upper())


def _chanfix_op(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if fields[1].upper() not in known.chanfix:
        known.report.stops(row.line, "chanfix-op", "a CFOP row of a channel that is not there crashes services")


def _chanfix_property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if fields[1].upper() not in known.chanfix:
        known.report.loses(row.line, "owner-missing", "a CFMD row of a channel that is not there")


ACTS: dict[bytes, Act] = {
    b"RW": _watch,
    b"RR": _watch_reason,
    b"BOT": _bot,
    b"BOT-COUNT": _bot_count,
    b"HO": _offer,
    b"MM": _mark,
    b"CSREQ": _request,
    b"HE": _ticket,
    b"CFCHAN": _chanfix,
    b"CFOP": _chanfix_op,
    b"CFMD": _chanfix_property,
}

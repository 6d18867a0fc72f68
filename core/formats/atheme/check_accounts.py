"""Accounts and what belongs to them: would services take every row, and keep it?"""

from collections.abc import Sequence
from functools import lru_cache

from core.formats.atheme.known import Act, Known
from core.formats.atheme.rows import Row
from core.formats.atheme.schema import UID_LENGTH, flags_of, is_uid, uid_order
from core.formats.atheme.text import shown

# Longest that services keep, in bytes (7.2, master); more is cut silently when the file is read.
NICK_LENGTH = {False: 31, True: 50}
MEMO_LENGTH = {False: 299, True: 300}
PASSWORD_LENGTH = 288


def check_uid(known: Known, row: Row, uid: bytes) -> None:
    """An id of an account or a group: they share one counter."""
    if not is_uid(uid):
        known.report.loses(row.line, "uid", "the uid is not one that services give out")
    elif known.last_uid and uid_order(uid) > known.last_uid:
        text = "the uid is newer than the last one given out: a new account would get it again"
        known.report.loses(row.line, "uid-above-last", text)


def check_flags(known: Known, row: Row, flags: bytes, what: str) -> bytes:
    """The flags that services keep: they stop at the first letter that they do not know."""
    kept, well = kept_flags(flags, flags_of(what, master=known.master))
    if not well:
        known.report.loses(row.line, "flags", f"flags of {what} that services do not know; those behind are lost")
    return kept


@lru_cache(maxsize=1024)
def kept_flags(flags: bytes, letters: bytes) -> tuple[bytes, bool]:
    """What services keep, and whether that is all. A network has few combinations, and each of them often."""
    unknown = flags[1:].translate(None, letters)
    return flags[: flags.index(unknown[:1], 1)] if unknown else flags, flags[:1] == b"+" and not unknown


def _luid(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    is_one = is_uid(fields[1][:UID_LENGTH])
    known.last_uid = uid_order(fields[1]) if is_one else b""
    if not is_one:
        known.report.loses(row.line, "luid", "the last uid is no uid: new accounts would get those of old ones")


def _letters(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    del row
    known.access_letters = fields[1]


def _account(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    uid, stored, password = fields[1], fields[2], fields[3]
    name = known.fold(stored)
    known.current_account = name
    if not stored or name in known.accounts:
        text = "an account of that name was there before: its memos and properties would be mixed in"
        known.report.loses(row.line, "account-twice", text)
        return
    if uid in known.uids:
        text = f"another account has the uid of {shown(stored)}: services would drop this one"
        known.report.loses(row.line, "uid-twice", text)
        return
    check_uid(known, row, uid)
    kept = check_flags(known, row, fields[7], "account")
    if password[:1] == b"$" and b"C" not in kept:
        known.report.loses(row.line, "password", "the password would be taken as plain text, and destroyed")
    if len(password) > PASSWORD_LENGTH or len(stored) > NICK_LENGTH[known.master]:
        known.report.loses(row.line, "too-long", "a field is longer than services keep")
    known.accounts[name] = stored
    known.uids.add(uid)


def _owner(known: Known, row: Row, fields: Sequence[bytes]) -> bytes:
    """The folded name of the account that the row belongs to; b"" if it is not there."""
    name = known.fold(fields[1])
    if name not in known.accounts:
        text = f"a {row.kind.decode()} row of an account that is not there"
        known.report.loses(row.line, "account-missing", text)
        return b""
    if name != known.current_account:
        known.report.warns(row.line, "misplaced", f"a {row.kind.decode()} row that is not with its account")
    return name


def _property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    owner = _owner(known, row, fields)
    if owner and not known.is_new(b"MDU", owner, fields[2].upper()):
        known.report.loses(row.line, "twice", "a property that is there twice: services keep the last")


def _ignore(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    _owner(known, row, fields)


def _memo(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    _owner(known, row, fields)
    if len(fields[5]) > MEMO_LENGTH[known.master] or len(fields[2]) > NICK_LENGTH[known.master]:
        known.report.loses(row.line, "too-long", "the memo, or its sender, is longer than services keep")


def _nick(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    owner = _owner(known, row, fields)
    if not owner:
        return
    nick = known.fold(fields[2])
    if nick in known.nicks:
        known.report.loses(row.line, "nick-twice", f"the nick {shown(fields[2])} is grouped already")
        return
    known.nicks[nick] = owner
    if len(fields[2]) > NICK_LENGTH[known.master]:
        known.report.loses(row.line, "too-long", "the nick is longer than services keep")


def _certfp(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    account, fingerprint = _owner(known, row, fields), fields[2].lower()
    if not account:
        return
    if known.certfps.setdefault(fingerprint, account) != account or not known.is_new(b"MCFP", account, fingerprint):
        known.report.warns(row.line, "certfp-twice", "a certificate that is there twice: the first in the file logs in")


def _operator(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    name = known.fold(fields[1])
    if name not in known.accounts:
        known.report.loses(row.line, "account-missing", "an SO row of an account that is not there")
    elif not known.is_new(b"SO", name):
        known.report.warns(row.line, "twice", f"{shown(fields[1])} is an operator twice: services take the first")


def _kept_name(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    name = known.fold(fields[1])
    known.names.add(name)
    if name in known.accounts or name in known.nicks:
        text = "the mark of a dropped name that is registered: it would be set again"
        known.report.warns(row.line, "name-lives", text)
    if len(fields[1]) > NICK_LENGTH[known.master]:
        known.report.loses(row.line, "too-long", "the name is longer than services keep")


def _kept_property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    if known.fold(fields[1]) not in known.names:
        known.report.loses(row.line, "owner-missing", "an MDN row of a name that is not there")
    elif not known.is_new(b"MDN", known.fold(fields[1]), fields[2].upper()):
        known.report.loses(row.line, "twice", "a property that is there twice: services keep the last")


def finish_accounts(known: Known) -> None:
    """What can only be said when all accounts and nicks are there."""
    if not known.nicks:
        return  # nicks are not owned on this network
    for name, stored in known.accounts.items():
        owner = known.nicks.get(name)
        if owner is None:
            known.report.warns(0, "own-nick", f"account {shown(stored)} does not own its own nick")
        elif owner != name:
            known.report.loses(0, "nick-of-other", f"the nick of account {shown(stored)} is grouped to another")


ACTS: dict[bytes, Act] = {
    b"LUID": _luid,
    b"CF": _letters,
    b"MU": _account,
    b"MDU": _property,
    b"ME": _memo,
    b"MI": _ignore,
    b"AC": _ignore,
    b"MN": _nick,
    b"MCFP": _certfp,
    b"SO": _operator,
    b"NAM": _kept_name,
    b"MDN": _kept_property,
}

"""The account itself: MU and the rows that are its own."""

from core.formats.atheme import Row, field, lists_all_modules, modules
from core.formats.atheme.schema import TOKENS, flags_of
from core.registrations.account_plan import Place
from core.registrations.draft import Draft
from core.registrations.living import MARK
from core.registrations.words import shown

_HASHES = {b"$z$": b"crypto/pbkdf2v2", b"$argon2": b"crypto/argon2", b"$2": b"crypto/bcrypt"}


def add_account(draft: Draft) -> None:
    """Decide every row. What somebody else has now stays theirs."""
    account = draft.selection.account
    draft.comes.add(draft.living.fold(draft.selection.name))
    fields = account.fields
    fields[1], fields[6], fields[7] = draft.uid(fields[1]), draft.stamp, _flags(draft, fields[7])
    _note_hash(draft, fields[3])
    own: list[bytes] = []
    for row in draft.selection.own:
        own += _own_row(draft, row)
    draft.put(Place.ACCOUNT, b" ".join(fields), *_with_kept_mark(draft, own))
    draft.note("last used is set to now, so that services do not expire it at once")
    draft.note("the password is the one of the snapshot; whoever uses the name now is logged out")


def _flags(draft: Draft, flags: bytes) -> bytes:
    """With `b`: without it, somebody online under that name would be logged in as the owner after the restart."""
    known = flags_of("account", master=draft.living.master)
    letters = flags.lstrip(b"+") + b"b"
    strange = letters.translate(None, known)
    if strange:
        draft.note(f"flags that these services do not know stay out: {shown(strange)}")
    if b"h" in letters:
        draft.powers.append("hold (never expires)")
    if b"W" in letters:
        draft.note("its e-mail was never verified: verify it by hand within the hour, or services expire it again")
    return b"+" + bytes(letter for letter in known if letter in letters)


def _note_hash(draft: Draft, password: bytes) -> None:
    if not lists_all_modules(draft.living.database):
        return
    module = next((module for prefix, module in _HASHES.items() if password.startswith(prefix)), None)
    if module is not None and module not in modules(draft.living.database):
        draft.note(f"nobody can log in with its password: {module.decode()} is not loaded")


def _own_row(draft: Draft, row: Row) -> list[bytes]:
    """The row as it comes back, naming the account as it is stored: services would rewrite it so."""
    word, _, rest = row.raw.split(b" ", 2)
    raw = b" ".join((word.upper(), draft.selection.name, rest))
    if row.kind == b"MN":
        return _nick(draft, raw)
    if row.kind == b"MCFP":
        return _certfp(draft, raw)
    if row.kind == b"MDU":
        return _property(draft, raw)
    return [raw]


def _nick(draft: Draft, raw: bytes) -> list[bytes]:
    fields = raw.split(b" ")
    nick = draft.living.fold(fields[2])
    owner = draft.living.nicks.get(nick)
    if owner is None and nick in draft.living.accounts:
        owner = field(draft.living.accounts[nick], 2)
    if owner is not None:
        draft.in_the_way("nick-taken", f"nick {shown(fields[2])}", f"is {shown(owner)}'s now")
        return []
    fields[4] = draft.stamp
    return [b" ".join(fields)]


def _certfp(draft: Draft, raw: bytes) -> list[bytes]:
    owner = draft.living.certfps.get(raw.split(b" ")[2].lower())
    if owner is None:
        return [raw]
    draft.in_the_way("certfp-taken", "a certificate", f"is {shown(owner)}'s now")
    return []


def _property(draft: Draft, raw: bytes) -> list[bytes]:
    key = raw.split(b" ", 3)[2].lower()
    if key.startswith(TOKENS):
        draft.note("old reset tokens and login counters stay out")
        return []
    if key == b"private:freeze:freezer":
        draft.note("it was frozen, and is again")
    if key == b"private:restrict:setter":
        draft.note("it was restricted, and is again")
    if key == b"private:usercloak":
        draft.powers.append("its vhost")
    return [raw]


def _with_kept_mark(draft: Draft, own: list[bytes]) -> list[bytes]:
    """The mark that it had when it was dropped is newer than that of the snapshot: it stays on it."""
    name = draft.living.fold(draft.selection.name)
    kept = [row.raw.split(b" ", 3) for row in draft.living.kept_rows(frozenset({name})) if row.kind == b"MDN"]
    marks = [fields for fields in kept if fields[2].lower().startswith(MARK)]
    if marks:
        own = [row for row in own if not _is_mark(row)]
        own += [b" ".join((b"MDU", draft.selection.name, *fields[2:])) for fields in marks]
        own.sort(key=_property_order)
    if any(map(_is_mark, own)):
        draft.note("it was marked, and is again")
    return own


def _property_order(row: bytes) -> tuple[bool, bytes]:
    """Properties come first, by their keys; the rest stays as it is."""
    return (False, row.split(b" ", 3)[2].upper()) if row.startswith(b"MDU ") else (True, b"")


def _is_mark(row: bytes) -> bool:
    return row.startswith(b"MDU ") and row.split(b" ", 3)[2].lower().startswith(MARK)

"""The account itself: MU and the rows that are its own."""

from core.formats.atheme import Row, field, lists_all_modules, modules
from core.formats.atheme.check_accounts import MEMO_LENGTH, NICK_LENGTH
from core.formats.atheme.schema import TOKENS
from core.registrations.draft import Draft
from core.registrations.flags import known_flags
from core.registrations.living import MARK
from core.registrations.row_plan import Place
from core.registrations.selection import Selection
from core.registrations.words import shown

_HASHES = {b"$z$": b"crypto/pbkdf2v2", b"$argon2": b"crypto/argon2", b"$2": b"crypto/bcrypt"}


def add_account(draft: Draft, selection: Selection) -> list[bytes]:
    """MU and all its own rows; decides every one. What somebody else has now stays theirs. Returns what comes in."""
    fields = selection.account.fields
    flags = fields[7]
    fields[1], fields[2], fields[6], fields[7] = (
        draft.uid(fields[1]),
        draft.name,
        draft.stamp,
        revived_flags(draft, flags),
    )
    _note_flags(draft, flags)
    _note_hash(draft, fields[3])
    own = [row for old in selection.own for row in own_row(draft, old)]
    rows = [b" ".join(fields), *_with_kept_mark(draft, _with_own_nick(draft, own, fields[5]))]
    draft.put(Place.ACCOUNT, *rows)
    draft.note("the password is the one of the snapshot; whoever uses the name now is logged out")
    return rows


def revived_flags(draft: Draft, flags: bytes) -> bytes:
    """With `b`: without it, somebody online under that name would be logged in as the owner after the restart."""
    return known_flags(draft, flags + b"b", "account")


def _note_flags(draft: Draft, flags: bytes) -> None:
    if b"h" in flags:
        draft.powers.append("hold (never expires)")
    if b"W" in flags:
        draft.expiry.append(
            "its e-mail was never verified: verify it by hand within the hour, or services expire it again"
        )


def _note_hash(draft: Draft, password: bytes) -> None:
    loaded = modules(draft.living.database)
    if not lists_all_modules(draft.living.database) and not any(name.startswith(b"crypto/") for name in loaded):
        return
    module = next((module for prefix, module in _HASHES.items() if password.startswith(prefix)), None)
    if module is not None and module not in loaded:
        draft.note(f"nobody can log in with its password: {module.decode()} is not loaded")


def own_row(draft: Draft, row: Row) -> list[bytes]:
    """The row as it comes back, naming the account as it is stored: services would rewrite it so."""
    word, _, rest = row.raw.split(b" ", 2)
    raw = b" ".join((word.upper(), draft.name, rest))
    if row.kind == b"MN":
        return _nick(draft, raw)
    if row.kind == b"MCFP":
        return _certfp(draft, raw)
    if row.kind == b"MDU":
        return _property(draft, raw)
    if row.kind == b"ME":
        return [_memo(draft, raw)]
    if row.kind == b"MI" and draft.forgotten(field(row, 2)):
        draft.left_out.append("an ignore of somebody who was forgotten")
        return []
    return [raw]


def _memo(draft: Draft, raw: bytes) -> bytes:
    """As much of it as services keep: they would cut it themselves, and say nothing."""
    fields = raw.split(b" ", 5)
    text, sender = MEMO_LENGTH[draft.living.master], NICK_LENGTH[draft.living.master]
    if len(fields[5]) > text or len(fields[2]) > sender:
        draft.note("a memo, or its sender's name, is longer than these services keep: it is cut")
        fields[2], fields[5] = fields[2][:sender], fields[5][:text]
    return b" ".join(fields)


def _nick(draft: Draft, raw: bytes) -> list[bytes]:
    fields = raw.split(b" ")
    nick = draft.living.fold(fields[2])
    if len(fields[2]) > NICK_LENGTH[draft.living.master]:
        draft.left_out.append(f"nick {shown(fields[2])}: longer than these services keep")
        return []
    owner = draft.living.nicks.get(nick)
    registered = draft.living.accounts.get(nick)
    if registered is not None and nick != draft.living.fold(draft.name):
        owner = owner or field(registered, 2)
    if owner is not None and not _is_going(draft, nick):
        ways = ("skip",) if registered is not None else ("skip", "replace")
        why = f"is {shown(owner)}'s now"
        if (
            draft.in_the_way("nick-taken", f"nick {shown(fields[2])}", why, item=shown(fields[2]), choices=ways)
            == "skip"
        ):
            return []
        take_nick(draft, nick)
    fields[4] = draft.stamp
    return [b" ".join(fields)]


def _is_going(draft: Draft, nick: bytes) -> bool:
    rows = draft.living.naming(b"MN", 2, nick)
    return bool(rows) and all(row.line in draft.gone for row in rows)


def take_nick(draft: Draft, nick: bytes) -> None:
    """A grouped nick is taken from who has it: only where somebody said so."""
    for row in draft.living.naming(b"MN", 2, nick):
        draft.take([row])
        draft.going.append(f"nick {shown(field(row, 2))} of {shown(field(row, 1))}")


def _certfp(draft: Draft, raw: bytes) -> list[bytes]:
    fingerprint = raw.split(b" ")[2].lower()
    rows = [row for row in draft.living.rows(b"MCFP") if field(row, 2).lower() == fingerprint]
    rows = [row for row in rows if row.line not in draft.gone]
    if not rows:
        return [raw]
    owner = shown(field(rows[0], 1))
    ways = ("skip", "replace")
    if draft.in_the_way("certfp-taken", "a certificate", f"is {owner}'s now", item="certfp", choices=ways) == "skip":
        return []
    draft.take(rows)
    draft.going.append(f"a certificate of {owner}")
    return [raw]


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


def _with_own_nick(draft: Draft, own: list[bytes], registered: bytes) -> list[bytes]:
    """An account owns its own nick, where nicks are owned: services would add it at their next start."""
    nicks = [row for row in own if row.startswith(b"MN ")]
    fold, name = draft.living.fold, draft.name
    if not draft.living.rows(b"MN") or any(fold(row.split(b" ")[2]) == fold(name) for row in nicks):
        return own
    place = next((index for index, row in enumerate(own) if row.startswith((b"MN ", b"MCFP "))), len(own))
    return [*own[:place], b"MN %s %s %s %s " % (name, name, registered, draft.stamp), *own[place:]]


def _with_kept_mark(draft: Draft, own: list[bytes]) -> list[bytes]:
    """The mark that it had when it was dropped is newer than that of the snapshot: it stays on it."""
    name = draft.living.fold(draft.name)
    kept = [row.raw.split(b" ", 3) for row in draft.living.kept_rows(frozenset({name})) if row.kind == b"MDN"]
    marks = [fields for fields in kept if fields[2].lower().startswith(MARK)]
    if marks:
        own = [row for row in own if not _is_mark(row)]
        own += [b" ".join((b"MDU", draft.name, *fields[2:])) for fields in marks]
        own.sort(key=_property_order)
    if any(map(_is_mark, own)):
        draft.note("it was marked, and is again")
    return own


def _property_order(row: bytes) -> tuple[bool, bytes]:
    """Properties come first, by their keys; the rest stays as it is."""
    return (False, row.split(b" ", 3)[2].upper()) if row.startswith(b"MDU ") else (True, b"")


def _is_mark(row: bytes) -> bool:
    return row.startswith(b"MDU ") and row.split(b" ", 3)[2].lower().startswith(MARK)

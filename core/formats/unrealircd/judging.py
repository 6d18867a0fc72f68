"""Reads one database to its end, and says what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from core.domain.errors import BackupServError, IdentityMissing, SourceDamaged
from core.domain.finding import Finding, Severity
from core.formats.unrealircd import bans, channels, history, reputation, whowas
from core.formats.unrealircd.container import Opener, ends_early, header_of, inside, is_encrypted, payload_of
from core.formats.unrealircd.cursor import Cursor, Ended, Malformed, Newer
from core.formats.unrealircd.kinds import kind_of
from core.formats.unrealircd.model import Form, Judged, Kind, Tally

_READERS: dict[Kind, Callable[[Cursor, Tally], None]] = {
    "channels": channels.read,
    "bans": bans.read,
    "whowas": whowas.read,
    "reputation": reputation.read,
    "history": history.read,
    "history-master": history.read_master,
}


def judge(content: bytes, expected: Kind | None = None, opener: Opener | None = None) -> Judged:
    """What a file is, what is in it, and what is wrong with it. Never raises, whatever the bytes are.

    `expected` is what it must be; None = whatever it is. Without an `opener` an encrypted one is judged by its length.
    """
    if not content:
        return _damaged(expected, "raw", "empty", "it is empty: a save of it failed")
    try:
        if is_encrypted(content):
            return _encrypted(content, expected, opener)
        if content.startswith(reputation.TITLE) and expected in {None, "reputation"}:
            return _read_text(content)
        payload, has_header = payload_of(content)
    except Ended:
        return _damaged(expected, "raw", "truncated", "it ends within its header")
    except Newer as newer:
        return Judged(kind=expected, form="plain", unread=str(newer))
    return _read(payload, expected, "plain" if has_header else "raw")


def judge_together(judged: Mapping[str, Judged]) -> dict[str, Judged]:
    """The same by path, where each history was also looked at beside its master.db and its name."""
    master = judged.get("history/master.db")
    return {path: _bound(path, one, master) if one.kind == "history" else one for path, one in judged.items()}


def _bound(path: str, one: Judged, master: Judged | None) -> Judged:
    if one.damaged or one.binding is None:
        return one
    if master is None:
        return _with(one, "no-master", "there is no master.db beside it, and without one it is put aside as bad")
    if master.binding is not None and master.binding != one.binding:
        return _with(one, "other-master", "it belongs to another master.db, and is put aside as bad")
    if path.rpartition("/")[2].encode() not in {key + b".db" for key in one.keys}:
        return _with(one, "other-name", "its name is not the one of its channel")
    return one


def _encrypted(content: bytes, expected: Kind | None, opener: Opener | None) -> Judged:
    header = header_of(content)
    if ends_early(content):
        return _damaged(expected, "encrypted", "truncated", "it ends within a chunk: it was cut off")
    if opener is None:
        return Judged(kind=expected, form="encrypted", unread="it is encrypted, and no secret is configured here")
    try:
        payload = inside(opener.open(header, content))
    except SourceDamaged as error:
        return _damaged(expected, "encrypted", "truncated", error.message)
    except BackupServError as error:  # the secret is another one, is not there, or may be read by others
        other = isinstance(error, IdentityMissing)
        return Judged(kind=expected, form="encrypted", unread=error.message, other_secret=other)
    except (Ended, Malformed):
        return _damaged(expected, "encrypted", "malformed", "it opens, and is no database")
    return _read(payload, expected, "encrypted")


def _read_text(content: bytes) -> Judged:
    return _read_with(lambda tally: reputation.read_text(content, tally), "reputation", "text")


def _read(payload: bytes, expected: Kind | None, form: Form) -> Judged:
    kind = expected or kind_of(payload)
    if kind is None:
        return _damaged(None, form, "malformed", "it is no database that is known here")
    cursor = Cursor(payload)
    judged = _read_with(lambda tally: _READERS[kind](cursor, tally), kind, form)
    if judged.damaged or judged.unread or not cursor.rest:
        return judged
    return _with(judged, "trailing", f"{cursor.rest:,} bytes follow its last record")


def _read_with(read: Callable[[Tally], None], kind: Kind, form: Form) -> Judged:
    tally, unread = Tally(), ""
    findings: tuple[Finding, ...] = ()
    try:
        read(tally)
    except Ended:
        findings = (_finding("truncated", f"it ends {_where(tally)}: it was cut off"),)
    except Malformed as malformed:
        findings = (_finding("malformed", f"{_where(tally)}: {malformed}"),)
    except Newer as newer:
        unread = str(newer)
    return Judged(
        kind=kind,
        form=form,
        counts=dict(tally.counts),
        findings=findings,
        unread=unread,
        keys=frozenset(tally.keys),
        binding=tally.binding,
    )


def _where(tally: Tally) -> str:
    if not tally.number:
        return "before its first record"
    of = f" of {tally.expected:,}" if tally.expected is not None else ""
    return f"within record {tally.number:,}{of}"


def _with(judged: Judged, code: str, text: str) -> Judged:
    return replace(judged, findings=(*judged.findings, _finding(code, text)))


def _damaged(kind: Kind | None, form: Form, code: str, text: str) -> Judged:
    return Judged(kind=kind, form=form, findings=(_finding(code, text),))


def _finding(code: str, text: str) -> Finding:
    return Finding(line=0, severity=Severity.LOSES_DATA, code=code, text=text)

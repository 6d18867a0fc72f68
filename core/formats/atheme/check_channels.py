"""Groups and channels: would services take every row, and keep it?"""

from collections.abc import Sequence

from core.formats.atheme.check_accounts import check_flags, check_uid
from core.formats.atheme.known import Act, Known
from core.formats.atheme.rows import Row
from core.formats.atheme.schema import GROUP_ACCESS_FLAGS
from core.formats.atheme.text import shown

NOBODY = (b"", b"*")


def _group(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    uid, stored = fields[1], fields[2]
    name = known.fold(stored)
    if not stored.startswith(b"!") or name in known.groups or uid in known.uids:
        known.report.loses(row.line, "group-twice", "a group whose name or uid is taken, or is none")
        return
    check_uid(known, row, uid)
    check_flags(known, row, fields[4], "group")
    known.groups[name] = stored
    known.uids.add(uid)


def _group_property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    name = known.fold(fields[1])
    if name not in known.groups:
        known.report.loses(row.line, "owner-missing", "an MDG row of a group that is not there")
    elif not known.is_new(b"MDG", name, fields[2].upper()):
        known.report.loses(row.line, "twice", "a property that is there twice: services keep the last")


def _group_access(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    group, entity = known.fold(fields[1]), known.fold(fields[2])
    if group not in known.groups or not known.is_entity(entity):
        known.report.loses(row.line, "group-access", "a GACL row whose group or member is not there")
        return
    if not known.is_new(b"GACL", group, entity):
        known.report.warns(row.line, "twice", f"a member of {shown(fields[1])} is there twice")
    if fields[3][:1] != b"+" or fields[3][1:].translate(None, GROUP_ACCESS_FLAGS):
        known.report.loses(row.line, "flags", "flags of a group's member that services do not know; those are lost")
    if b"F" in fields[3]:
        known.founded.add(group)


def _channel(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    name = known.fold(fields[1])
    known.current_channel = name
    known.current_access = None
    check_flags(known, row, fields[4], "channel")
    if name not in known.channels:
        known.channels[name] = fields[1]
    elif known.master:
        known.report.stops(row.line, "channel-twice", f"{shown(fields[1])} is there twice: services crash")
    else:
        known.report.loses(row.line, "channel-twice", f"{shown(fields[1])} is there twice: its access is doubled")


def _access(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    channel, target, flags, setter = known.fold(fields[1]), known.fold(fields[2]), fields[3], fields[5]
    known.current_access = channel, target
    if channel not in known.channels:
        known.report.stops(row.line, "access-channel", f"access to {shown(fields[1])}, which is not there")
        return
    if not is_target(known, target):
        text = f"access to {shown(fields[1])} for {shown(fields[2])}, who is not there"
        known.report.stops(row.line, "access-target", text)
        return
    if channel != known.current_channel:
        known.report.warns(row.line, "misplaced", "a CA row that is not with its channel")
    if not known.is_new(b"CA", channel, target):
        known.report.warns(row.line, "twice", f"an access entry of {shown(fields[1])} is there twice")
    if not are_known_letters(flags, known.access_letters):
        known.report.loses(row.line, "access-letters", "access with letters that services drop")
    if b"F" in flags:
        known.founded.add(channel)
    if setter not in NOBODY and not known.is_entity(known.fold(setter)):
        known.strange_setters.append(row.line)


def are_known_letters(flags: bytes, letters: bytes | None) -> bool:
    """Whether services keep all flags of an access entry. `letters`: what CF says, None if there is no such row."""
    return flags[:1] == b"+" and (letters is None or not flags.translate(None, letters))


def is_target(known: Known, target: bytes) -> bool:
    """Whether there is somebody to have access."""
    if target.startswith(b"$"):
        return known.exttarget
    if known.is_entity(target):
        return True
    user, bang, host = target.partition(b"!")
    return bool(user and bang) and b"@" in host


def _access_property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    key = known.fold(fields[1]), known.fold(fields[2])
    if not known.has_seen(b"CA", *key):
        known.report.loses(row.line, "access-metadata", "an MDA row without its access entry")
    elif known.current_access != key:
        known.report.warns(row.line, "misplaced", "an MDA row that is not with its access entry")
    elif not known.is_new(b"MDA", *key, fields[3].upper()):
        known.report.loses(row.line, "twice", "a property that is there twice: services keep the last")


def _channel_property(known: Known, row: Row, fields: Sequence[bytes]) -> None:
    name = known.fold(fields[1])
    known.current_access = None
    if name not in known.channels:
        known.report.loses(row.line, "owner-missing", "an MDC row of a channel that is not there")
    elif not known.is_new(b"MDC", name, fields[2].upper()):
        known.report.loses(row.line, "twice", "a property that is there twice: services keep the last")
    elif name != known.current_channel:
        known.report.warns(row.line, "misplaced", "an MDC row that is not with its channel")


def finish_channels(known: Known) -> None:
    """What can only be said when all access is there."""
    for what, names in (("channel", known.channels), ("group", known.groups)):
        for name in names:
            if name not in known.founded:
                known.report.warns(0, "no-founder", f"{what} {shown(names[name])} has no founder")
    if known.strange_setters:
        number = len(known.strange_setters)
        text = f"{number:,} access entries, this the first, were set by somebody who is gone"
        known.report.warns(known.strange_setters[0], "setter-gone", text)


ACTS: dict[bytes, Act] = {
    b"GRP": _group,
    b"MDG": _group_property,
    b"GACL": _group_access,
    b"MC": _channel,
    b"CA": _access,
    b"MDA": _access_property,
    b"MDC": _channel_property,
}

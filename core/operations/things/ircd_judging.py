"""What there is to say of an IRCd's own files before they come back: damage, secrets, and who is banned then."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.errors import SourceUnreadable
from core.formats.inspircd import XLINES, bans_of, is_cut
from core.formats.unrealircd import LIMIT, Judged, Opener, judge_all
from core.operations.things.manner import Files, Judgement, Look
from core.operations.things.tls_sides import Afterwards
from core.registrations.plan import Conflict
from core.registrations.words import plural

_TOLD = 3
_FILES = frozenset({"file", "hardlink"})
_OLDER = "an older snapshot may have a whole one (`snapshots`), or name the other paths"
_THEN = "restore the configuration of that time first, or name the other paths"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bans:
    """Who is banned on one side, as far as it can be told. What tells them from each other is shown to nobody."""

    keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    unclear: bool = False  # some of them cannot be read here


def judged_ircd(look: Look) -> Judgement:
    """Of an IRCd that is no UnrealIRCd: its bans, where they are InspIRCd's."""
    coming = _xlines(look.coming, [path for path in _puts(look) if path.rpartition("/")[2] == XLINES])
    cut = [path for path, content in coming.items() if is_cut(content)]
    living = _xlines(look.living, [path for path in (*look.replaced, *look.removed) if path.endswith(XLINES)])
    before, after = _united(living), _united(coming)
    return Judgement(
        notes=_more_or_less({"bans": len(before.keys)}, {"bans": len(after.keys)}),
        powers=_bans_told(before, after),
        second=_why_second(before, after) or ("an IRCd's own data: bans may come back or go",),
        blocked=_damaged(cut[0], "it ends within a line", len(cut)) if cut and look.snapshot is not None else "",
    )


def judged_unrealircd(look: Look, opener: Opener | None) -> Judgement:
    """Of UnrealIRCd: every database that comes, and what all of them together will be."""
    living = judge_all(_paths(look.living), lambda path: look.living.read(path, LIMIT), opener)
    afterwards = Afterwards(look)
    after = judge_all(_paths(afterwards), lambda path: afterwards.read(path, LIMIT), opener)
    coming = {path: after[path] for path in _puts(look) if path in after}
    before_bans, after_bans = _bans(living), _bans(after)
    conflicts = tuple(_doubts(look, coming, living))
    refused = any(conflict.open for conflict in conflicts)
    return Judgement(
        conflicts=conflicts,
        notes=(*_more_or_less(_counts(living), _counts(after)), *_remarks(look, coming, after)),
        powers=_bans_told(before_bans, after_bans),
        second=_why_second(before_bans, after_bans),
        blocked=_wrong(look, coming) or ("UnrealIRCd may not start with it: see what was found" if refused else ""),
    )


def _wrong(look: Look, coming: Mapping[str, Judged]) -> str:
    """Why it must not be put in place. What lay there before a restore goes back whatever it is."""
    if look.snapshot is None:
        return ""
    damaged = {path: one.findings[0].text for path, one in coming.items() if one.damaged}
    if damaged:
        path = min(damaged)
        return _damaged(path, damaged[path], len(damaged))
    for path, one in coming.items():
        if one.other_secret:
            why = "it was encrypted with another secret than the one that is configured here"
            return f"{path}: {why}, and UnrealIRCd does not start with it; {_THEN}"
    return ""


def _damaged(path: str, why: str, number: int) -> str:
    others = f" (and {number - 1} more)" if number > 1 else ""
    return f"{path} of the snapshot is damaged: {why}{others}; {_OLDER}"


def _doubts(look: Look, coming: Mapping[str, Judged], living: Mapping[str, Judged]) -> Iterator[Conflict]:
    """What UnrealIRCd would refuse as far as can be seen, and somebody may know better."""
    for path, one in coming.items():
        there = living.get(path)
        if one.form == "encrypted" and there is not None and there.form in {"plain", "text"}:
            yield _doubt(look, "encrypted", path, "is encrypted in the snapshot, and UnrealIRCd writes it in plain now")
            break
    for path, one in coming.items():
        if one.unread and one.form != "encrypted":
            yield _doubt(look, "unjudged", path, f"cannot be judged: {one.unread}")
            break


def _doubt(look: Look, item: str, path: str, why: str) -> Conflict:
    way = f"anyway {item}"
    chosen = way if item in look.wish.anyway or look.snapshot is None else "ask"
    return Conflict(code=f"ircd-{item}", what=path, why=why, item=item, choices=("ask", way), chosen=chosen)


def _remarks(look: Look, coming: Mapping[str, Judged], after: Mapping[str, Judged]) -> Iterator[str]:
    closed = [path for path, one in coming.items() if one.form == "encrypted" and one.unread and not one.other_secret]
    if closed:
        yield f"{plural(len(closed), 'database')} encrypted: judged by the length alone ({_listed(closed)})"
    damaged = [path for path, one in coming.items() if one.damaged]
    if damaged and look.snapshot is None:
        yield f"as it was before the restore, and damaged: {_listed(damaged)}"
    strange = [path for path, one in after.items() if path not in coming and one.kind == "history" and one.damaged]
    if strange:
        yield f"{len(strange):,} channel histories that stay are of another master.db: UnrealIRCd puts them aside"


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:_TOLD]) + (" …" if len(paths) > _TOLD else "")


def _puts(look: Look) -> tuple[str, ...]:
    """Paths whose content comes."""
    return (*look.created, *look.replaced)


def _paths(files: Files) -> list[str]:
    return [entry.path for entry in files.entries if entry.type in _FILES]


def _counts(judged: Mapping[str, Judged]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in judged.values():
        counts.update(one.counts)
    return counts


def _more_or_less(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[str, ...]:
    kinds = dict.fromkeys((*before, *after))
    pairs = ((kind, before.get(kind, 0), after.get(kind, 0)) for kind in kinds)
    told = [f"{kind} {had:,} → {has:,}" for kind, had, has in pairs if had != has]
    return (", ".join(told),) if told else ()


def _bans(judged: Mapping[str, Judged]) -> Bans:
    found = [one for one in judged.values() if one.kind == "bans"]
    keys = frozenset(key for one in found for key in one.keys)
    return Bans(keys=keys, unclear=any(one.unread or one.damaged for one in found))


def _xlines(files: Files, paths: Sequence[str]) -> dict[str, bytes]:
    found = {}
    kinds = {entry.path: entry.type for entry in files.entries}
    for path in paths:
        if kinds.get(path) in _FILES:
            try:
                found[path] = files.read(path, LIMIT)
            except SourceUnreadable:
                found[path] = b""
    return found


def _united(contents: Mapping[str, bytes]) -> Bans:
    return Bans(keys=frozenset(key for content in contents.values() for key in bans_of(content)))


def _bans_told(before: Bans, after: Bans) -> tuple[str, ...]:
    """Bans are power over people: those that come back, and those that go."""
    if before.unclear or after.unclear:
        return ("bans that cannot be read here may come back or go",) if before.keys != after.keys else ()
    back, gone = len(after.keys - before.keys), len(before.keys - after.keys)
    told = []
    if back:
        told.append(f"{plural(back, 'ban')} that {'is' if back == 1 else 'are'} not set now")
    if gone:
        told.append(f"{plural(gone, 'ban')} that {'is' if gone == 1 else 'are'} set now no more")
    return tuple(told)


def _why_second(before: Bans, after: Bans) -> tuple[str, ...]:
    if before.unclear or after.unclear:
        return ("bans may come back or go, and cannot be read here",)
    if before.keys != after.keys:
        return ("bans come back or go",)
    return ()

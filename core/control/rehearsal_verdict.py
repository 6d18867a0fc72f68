"""What the real program's log and its saved file say about the database it was given. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from core.domain.casemapping import fold
from core.formats.atheme import Row, kind_of, parse
from core.formats.uncollected import uncollected

# Everything that the loaders of Atheme say about a row begins so: "db-h-ca: line 287: chanacs for nonexistent …".
_COMPLAINT = re.compile(r"^(?:db[- ]|.*assertion)", re.IGNORECASE)
_STAMP = re.compile(r"^\[[^\]]*\]\s*")
_SETTER = 5  # where a CA row says who set it
_LUID_LENGTH = 9  # 7.2 writes a tenth letter until its first restart; it means nothing
_NEVER = float("inf")
_TOLD = 160  # characters of a log line that reach people


def first_complaint(log: str) -> str | None:
    """The first line about a row that the program did not like."""
    return next((text for text in _bodies(log) if _COMPLAINT.match(text)), None)


def last_words(log: str, code: int) -> str:
    """Why a program ended that should not have."""
    return first_complaint(log) or next(reversed(list(_bodies(log))), f"exit code {code}")


def _bodies(log: str) -> Iterator[str]:
    for line in log.splitlines():
        if text := _STAMP.sub("", line).strip():
            yield _plain(text)


def _plain(text: str) -> str:
    """A log line that may be shown: no folder of ours, no addresses; short."""
    text = re.sub(r"/\S*/", "", text)
    text = re.sub(r"\S*[@:]\S*[@.:]\S+|\b\d+(?:\.\d+){3}\b", "…", text)
    return "".join(char if char.isprintable() else " " for char in text)[:_TOLD]


def first_difference(given: bytes, saved: bytes, *, saved_at: float) -> str | None:
    """What the program changed in the rows, beyond what every load changes; None if nothing.

    Every load rewrites the modules (MDEP) and the time of the save (TS), shortens LUID, raises an account's last
    login to when its nicks were last seen, forgets who set an access entry if that account is gone, and lets go
    what has run out by then (`saved_at`, seconds since 1970).
    """
    return None if _is_same_at_a_glance(given, saved) else _difference(given, saved, saved_at)


@uncollected()
def row_changes(given: bytes, saved: bytes, *, saved_at: float) -> tuple[Counter[str], Counter[str]]:
    """How many rows of which kind the program did not save back, and saved without being given, beyond the same.

    One that was changed is in both.
    """
    if _is_same_at_a_glance(given, saved):
        return Counter(), Counter()
    before, after = (Counter(map(_meaning, _as_loaded(content, saved_at))) for content in (given, saved))
    lost, added = before - after, after - before
    setters = Counter(map(_without_setter, lost.elements())) & Counter(map(_without_setter, added.elements()))
    return _kinds(lost, setters), _kinds(added, setters)


def _meaning(row: Row) -> tuple[str, bytes]:
    raw = row.raw
    if row.kind == b"LUID":
        raw = b" ".join(field[:_LUID_LENGTH] for field in row.fields[:2])
    return _kind(row), raw


def _without_setter(meaning: tuple[str, bytes]) -> tuple[str, bytes]:
    """Of an access entry alone: who set it is forgotten when that account is gone."""
    kind, raw = meaning
    return (kind, b" ".join(raw.split(b" ")[:_SETTER])) if kind == "CA" else (kind, b"")


def _kinds(rows: Counter[tuple[str, bytes]], setters: Counter[tuple[str, bytes]]) -> Counter[str]:
    """By kind; access entries that only lost their setter are none."""
    found: Counter[str] = Counter()
    for meaning, number in rows.items():
        found[meaning[0]] += number
    found["CA"] -= sum(number for (kind, _), number in setters.items() if kind == "CA")
    return +found


@uncollected()
def _difference(given: bytes, saved: bytes, saved_at: float) -> str | None:
    before, after = _as_loaded(given, saved_at), _as_loaded(saved, saved_at)
    for one, other in zip(before, after, strict=False):
        if one.raw != other.raw and not _means_the_same(one, other):
            return f"it lost or changed line {one.line} ({_kind(one)})"
    if len(before) > len(after):
        return f"it lost line {before[len(after)].line} ({_kind(before[len(after)])}) and what follows"
    if len(after) > len(before):
        return f"it added {len(after) - len(before)} rows ({_kind(after[len(before)])})"
    return None


# Rows that a load may change and that decide nothing about others: not the times of nicks, nor what runs out.
_ALONE = frozenset({b"MDEP", b"TS", b"LUID", b"CA", b"MU"})
_ONLINE = re.compile(rb"^M[UN] .* 0(?: |$)", re.IGNORECASE | re.MULTILINE)


@uncollected()
def _is_same_at_a_glance(given: bytes, saved: bytes) -> bool:
    """Whether no row came or went, and the few that differ mean the same: then nothing else need be understood.

    False says nothing. That every other row is equal means that what decides about the few is equal too.
    """
    before, after = given.split(b"\n"), saved.split(b"\n")
    if len(before) != len(after):
        before, after = _without_modules(before), _without_modules(after)
    if len(before) != len(after):
        return False
    unequal = (pair for pair in zip(before, after, strict=True) if pair[0] != pair[1])
    pairs = [(_row(one), _row(other)) for one, other in unequal]
    kinds = {row.kind for pair in pairs for row in pair}
    if kinds - _ALONE or (b"TS" in kinds and (_ONLINE.search(given) or _ONLINE.search(saved))):
        return False
    nicks = (line for line in before if line[:3].upper() == b"MN ") if b"MU" in kinds else ()
    times = _nick_times(map(_row, nicks))
    return all(_are_alike(one, other, times) for one, other in pairs)


def _row(line: bytes) -> Row:
    return Row(0, line, kind_of(line))


def _without_modules(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if line[:5].upper() != b"MDEP "]


def _are_alike(one: Row, other: Row, times: dict[bytes, tuple[float, float]]) -> bool:
    if one.kind == other.kind and one.kind in _REWRITTEN:
        return True
    return _means_the_same(_with_nick_times(one, times), _with_nick_times(other, times))


def _kind(row: Row) -> str:
    return row.kind.decode("ascii", "replace")[:20]


def _as_loaded(content: bytes, now: float) -> list[Row]:
    """The rows that a load must give back, in their order, with the times that it corrects."""
    rows = parse(content).rows
    stamp = next((row.fields[1] for row in rows if row.kind == b"TS" and len(row.fields) > 1), b"0")
    rows = tuple(_stamped(row, stamp) if row.kind in _LAST else row for row in rows if row.kind not in _REWRITTEN)
    gone, seen = set(_run_out(rows, now)), _nick_times(rows)
    return [
        _with_nick_times(row, seen) if row.kind == b"MU" else row
        for row in rows
        if not (row.kind in _PASSING and _has_run_out(row, now))
        and not (gone and row.kind in {b"CA", b"MDA"} and tuple(row.fields[1:3]) in gone)
    ]


_REWRITTEN = frozenset({b"MDEP", b"TS"})  # says what is loaded now, and when this was saved
# Where the time stands at which somebody was last there.
_LAST = {b"MU": 6, b"MN": 4}


def _stamped(row: Row, stamp: bytes) -> Row:
    """Newer versions write 0 for who is online, and read it back as the time of the save."""
    place = _LAST.get(row.kind)
    if place is None or row.fields[place : place + 1] != [b"0"]:
        return row
    return _put(row, place, stamp)


def _nick_times(rows: Iterable[Row]) -> dict[bytes, tuple[float, float]]:
    """Account → when its oldest nick was registered, and when one was last seen."""
    times: dict[bytes, tuple[float, float]] = {}
    for row in rows:
        if row.kind != b"MN":
            continue
        fields = row.fields
        if len(fields) > _LAST[b"MN"] and fields[3].isdigit() and fields[4].isdigit():
            oldest, newest = times.get(fields[1], (_NEVER, 0.0))
            times[fields[1]] = min(oldest, float(fields[3])), max(newest, float(fields[4]))
    return times


def _with_nick_times(row: Row, times: dict[bytes, tuple[float, float]]) -> Row:
    """An account is as old as its oldest nick, and was there when one of its nicks was (Atheme's db_check)."""
    if row.kind != b"MU":
        return row
    fields = row.fields
    if len(fields) <= _LAST[b"MU"] or fields[2] not in times:
        return row
    oldest, newest = times[fields[2]]
    if _number(fields[5:6]) > oldest:
        row = _put(row, 5, b"%d" % oldest)
    if _number(fields[6:7]) < newest:
        row = _put(row, 6, b"%d" % newest)
    return row


def _put(row: Row, place: int, value: bytes) -> Row:
    fields = row.fields
    return row._replace(raw=b" ".join([*fields[:place], value, *fields[place + 1 :]]))


def _run_out(rows: Iterable[Row], now: float) -> Iterator[tuple[bytes, ...]]:
    """Channel and target of the timed bans whose time is up: services take them out at once."""
    for row in rows:
        if row.kind != b"MDA":
            continue
        fields = row.fields
        if fields[3:4] == [b"expires"] and _number(fields[4:5]) <= now:
            yield tuple(fields[1:3])


# Row type → where its duration stands; the time it was set stands behind it.
_DURATIONS = {b"KL": 4, b"XL": 3, b"QL": 3}
_PASSING = frozenset({*_DURATIONS, b"CLONES-EX"})


def _has_run_out(row: Row, now: float) -> bool:
    place = _DURATIONS.get(row.kind)
    if place is None:
        return row.kind == b"CLONES-EX" and 0 < _number(row.fields[4:5]) <= now
    duration = _number(row.fields[place : place + 1])
    return duration > 0 and _number(row.fields[place + 1 : place + 2]) + duration <= now


def _number(field: list[bytes]) -> float:
    return float(field[0]) if field and field[0].isdigit() else _NEVER


def _means_the_same(one: Row, other: Row) -> bool:
    if one.raw == other.raw:
        return True
    before, after = one.fields, other.fields
    if one.kind != other.kind or len(before) != len(after):
        return False
    if one.kind == b"LUID":
        return before[1:2] != [] and before[1][:_LUID_LENGTH] == after[1][:_LUID_LENGTH]
    if one.kind != b"CA" or before[:5] != after[:5] or len(after) <= _SETTER:
        return False
    # Who set it is printed as the account is stored now, or as `*` where there is none.
    return after[_SETTER] == b"*" or fold(after[_SETTER]) == fold(before[_SETTER])

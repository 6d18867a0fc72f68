"""A certificate that ends: of a tree that is saved, of a port that serves it, and our own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from core.certificates.certificate import Certificate
from core.certificates.check import SOON
from core.certificates.pem import LIMIT, read_pem
from core.certificates.words import day, days
from core.domain.errors import BackupServError, StorageUnavailable
from core.domain.finding import Finding
from core.domain.notice import Gravity, Trouble
from core.guards.guard import each
from core.program_ports import Handshake, Served

_GRAVE = timedelta(days=7)
_FRESH = timedelta(hours=3)  # who renews reloads soon after; authorities date an hour back
_TOLD = ("pair-differs", "expired", "expires", "not-yet-valid", "pem-damaged")  # by what users would notice it
_ERRORS = frozenset({"pair-differs", "expired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """What is looked at."""

    trees: Sequence[tuple[str, Callable[[], Iterable[Finding]]]] = ()  # by source: a look at its living files
    ports: Sequence[tuple[str, str, str]] = ()  # a name for a cause, one for people, "host:port"
    lying: Mapping[str, Callable[[], Iterable[Certificate]]] = field(default_factory=dict)
    """By "host:port": what lies in the tree that it should serve."""
    files: Sequence[tuple[str, str, Path]] = ()  # a name for a cause, one for people, a PEM file of our own


def look_at_certificates(
    certificates: Certificates, handshake: Handshake, now: Callable[[], datetime]
) -> Iterator[Trouble]:
    """Everything that has ended or ends within 30 days, and keys that belong to another certificate."""
    lying = certificates.lying
    yield from each(
        [
            *(partial(_look_at_tree, source, look) for source, look in certificates.trees),
            *(
                partial(_look_at_port, name, people, partial(handshake.served, address), lying.get(address, tuple), now)
                for name, people, address in certificates.ports
            ),
            *(partial(_look_at_file, name, people, file, now) for name, people, file in certificates.files),
        ]
    )


def _look_at_tree(source: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Trouble]:
    found = [finding for finding in look() if finding.code in _TOLD]
    if found:
        found.sort(key=lambda finding: _TOLD.index(finding.code))
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield Trouble(
            cause=f"certificates/{source}",
            gravity="error" if found[0].code in _ERRORS else "warning",
            title=f"{source}: {found[0].text}{more}",
            detail="\n".join(finding.text for finding in found[1:]),
            suggestion=f"!backup now {source}",
        )


def _look_at_port(
    name: str,
    people: str,
    shake: Callable[[], Served],
    lying: Callable[[], Iterable[Certificate]],
    now: Callable[[], datetime],
) -> Iterator[Trouble]:
    try:
        served = shake()
    except BackupServError:
        return  # that nobody listens there is for others to tell
    old = _not_reloaded(served, lying(), now())
    if old is not None:
        yield replace(old, cause=f"certificates/{name}", title=f"{people} {old.title}")
    else:
        yield from _ends(f"certificates/{name}", f"the certificate that {people} serves", served.ends_at, now())


def _look_at_file(name: str, people: str, file: Path, now: Callable[[], datetime]) -> Iterator[Trouble]:
    for ends_at in _of(file, people):
        yield from _ends(f"certificates/{name}", people, ends_at, now())


def _not_reloaded(served: Served, lying: Iterable[Certificate], now: datetime) -> Trouble | None:
    """One that was renewed on the disk, and nobody has told the program: it ends all the same."""
    there = tuple(lying)
    if served.fingerprint in {one.fingerprint for one in there}:
        return None
    newer = [
        one
        for one in there
        if one.ends_at > served.ends_at and one.begins_at < now - _FRESH and set(one.names) & set(served.names)
    ]
    if not newer:
        return None
    last = day(max(one.ends_at for one in newer))
    ends = f"serves one that ends on {day(served.ends_at)}"
    return Trouble(
        cause="",
        gravity="error",
        title=f"{ends}, and a newer one, until {last}, lies there: it was not reloaded",
        detail="Users will be refused on that day, whatever the files say.",
        suggestion="REHASH -tls (UnrealIRCd), REHASH -ssl (InspIRCd)",
    )


def _ends(cause: str, what: str, ends_at: datetime, now: datetime) -> Iterator[Trouble]:
    left = ends_at - now
    if left >= SOON:
        return
    gravity: Gravity = "warning" if left > _GRAVE else "error"
    how = f"expires in {days(left)}" if left > timedelta() else "HAS EXPIRED"
    yield Trouble(
        cause=cause,
        gravity=gravity,
        title=f"{what} {how}, on {day(ends_at)}",
        detail="Renew it, and reload who serves it.",
        suggestion="backupserv check",
    )


def _of(file: Path, people: str) -> Iterator[datetime]:
    """When the first certificate of a file ends: those after it sign it."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LIMIT)
    except OSError as error:
        raise StorageUnavailable(f"{people} cannot be read: {error.strerror}") from None
    for certificate in read_pem(content).certificates[:1]:
        yield certificate.ends_at

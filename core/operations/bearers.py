"""Who bears a name, or bore it: in the living database and in all snapshots, whoever it was at the time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain.casemapping import Casemapping, fold
from core.domain.errors import AccountNotFound, BackupServError, PlanBlocked
from core.erasure import Forgotten, Tombstones
from core.formats.atheme import parse
from core.formats.sqlite import is_sqlite
from core.operations.by_format import read_saved
from core.operations.history import history
from core.operations.plan_tables import tables_of
from core.operations.site import Site
from core.ports import Progress
from core.registrations.tables import Register
from core.registrations.tables.forgetting import people
from core.registrations.words import date_of, plural, shown
from core.repository.repository import Repository

_ROW = {b"MU": 8, b"MN": 5}  # the words of a whole row; one with fewer names nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """One account that bears the name, or bore it: its identity, and where its data lies."""

    uid: bytes
    registered: bytes
    account: str  # as it is stored, fit to be shown
    names: Mapping[bytes, str]  # folded → fit to be shown: its name and grouped nicks
    snapshots: int  # in how many it is
    living: bool  # whether it is in the living database
    forgotten: str = ""  # the day on which it was forgotten before

    @property
    def registered_at(self) -> str:
        """When it was registered: "2026-11-20 08:15:00" UTC; what tells two bearers of one name apart."""
        try:
            return datetime.fromtimestamp(int(self.registered), UTC).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError, OSError):
            return "?"

    def __str__(self) -> str:
        nicks = sorted(name for folded, name in self.names.items() if name != self.account)
        also = f", also {', '.join(nicks)}" if nicks else ""
        place = "in the living database and in" if self.living else "not in the living database; in"
        since = f"; forgotten since {self.forgotten}" if self.forgotten else ""
        count = plural(self.snapshots, "snapshot")
        return f"{self.account} (registered {date_of(self.registered)}{also}), {place} {count}{since}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "account": self.account,
            "registered": self.registered_at,
            "names": sorted(self.names.values()),
            "snapshots": self.snapshots,
            "living": self.living,
            "forgotten": self.forgotten or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearers:
    """Everybody who bore a name, the newest first, and what could not be looked into."""

    nick: str  # as it was asked for
    found: tuple[Bearer, ...]
    unread: tuple[str, ...] = ()

    def chosen(self, registered: str | None, *, everybody: bool) -> tuple[Bearer, ...]:
        """Who is meant: the only one, all, or who was registered then (a day, or as much of the time as tells).

        Raises:
            AccountNotFound: nobody was registered then.
            PlanBlocked: it could be several.
        """
        meant = tuple(one for one in self.found if one.registered_at.startswith(registered or ""))
        if not meant:
            raise AccountNotFound(f"no account that bore {self.nick} was registered {registered}")
        # The same second and another uid: services gave the account a new uid when it was brought back.
        if everybody or len({one.registered for one in meant}) == 1:
            return meant
        times = ", ".join(one.registered_at for one in meant)
        raise PlanBlocked(
            f"{len(meant)} accounts bore {self.nick}: registered {times}",
            hint='`--registered YYYY-MM-DD` (or "YYYY-MM-DD HH:MM:SS") says who is meant, `--all` forgets all of them',
        )


def bearers(nick: str, site: Site, repository: Repository, tombstones: Tombstones, *, progress: Progress) -> Bearers:
    """Everybody who bears `nick` in the living database or bore it in a snapshot. Changes nothing.

    Raises:
        AccountNotFound: nobody did.
        ErasureUnknown: who was forgotten before cannot be told.
    """
    known, unread = _Known(site.casemapping), []
    try:
        known.add(read_saved(site, progress)[0], living=True)
    except BackupServError as error:
        unread.append(f"the living database: {error.message}")
    unread += _look_into_snapshots(known, site, repository, progress)
    wanted, forgotten = fold(nick.encode("utf-8", "surrogateescape"), site.casemapping), tombstones.forgotten()
    found = [one.bearer(forgotten) for one in known.accounts.values() if wanted in one.names]
    if not found:
        more = f"; not looked into: {'; '.join(unread)}" if unread else ""
        raise AccountNotFound(
            f"{nick} is neither in the living database nor in any snapshot{more}",
            hint="is it spelt as it was registered?",
        )
    newest_first = sorted(found, key=lambda one: one.registered_at, reverse=True)
    return Bearers(nick=nick, found=tuple(newest_first), unread=tuple(unread))


def _look_into_snapshots(known: "_Known", site: Site, repository: Repository, progress: Progress) -> Iterator[str]:
    """Each distinct content once. What cannot be opened is told and hinders nobody from being forgotten."""
    times: dict[str, int] = {}
    snapshots = history(repository, site.name)
    for snapshot in snapshots:
        times[snapshot.digest] = times.get(snapshot.digest, 0) + 1
    yield from repository.problems
    for snapshot in reversed(snapshots):
        count = times.pop(snapshot.digest, 0)
        if not count:
            continue
        progress.step(f"looking into {snapshot.tail}")
        try:
            known.add(repository.content(snapshot), snapshots=count)
        except BackupServError as error:
            yield f"snapshot {snapshot.tail}: {error.message}"


@dataclass(slots=True, kw_only=True)
class _Account:
    """One account, as far as the databases that were looked into know it."""

    uid: bytes
    registered: bytes
    name: bytes
    names: dict[bytes, str] = field(default_factory=dict)
    snapshots: int = 0
    living: bool = False

    def bearer(self, forgotten: Forgotten) -> Bearer:
        return Bearer(
            uid=self.uid,
            registered=self.registered,
            account=shown(self.name),
            names=self.names,
            snapshots=self.snapshots,
            living=self.living,
            forgotten=forgotten.account(self.uid, self.registered),
        )


class _Known:
    """All accounts of all databases that were looked into. A nick may be grouped in one and not in another."""

    def __init__(self, casemapping: Casemapping) -> None:
        self.accounts: dict[tuple[bytes, bytes], _Account] = {}
        self._casemapping = casemapping

    def add(self, content: bytes, *, living: bool = False, snapshots: int = 0) -> None:
        """The accounts of one database, with their names."""
        here = self._in_tables(content) if is_sqlite(content) else self._in_rows(content)
        for account in here.values():
            account.living |= living
            account.snapshots += snapshots

    def _in_rows(self, content: bytes) -> dict[bytes, _Account]:
        here: dict[bytes, _Account] = {}
        for row in parse(content).rows:
            if row.kind not in _ROW or len(fields := row.fields) < _ROW[row.kind]:
                continue
            if row.kind == b"MU":
                here[fold(fields[2], self._casemapping)] = self._account(fields[1], fields[5], fields[2])
            elif (owner := here.get(fold(fields[1], self._casemapping))) is not None:
                owner.names.setdefault(fold(fields[2], self._casemapping), shown(fields[2]))
        return here

    def _in_tables(self, content: bytes) -> dict[bytes, _Account]:
        here: dict[bytes, _Account] = {}
        for uid, registered, spelt in people(Register(tables_of(content, "it"), self._casemapping)):
            account = self._account(uid, registered, spelt[0])
            account.names |= {fold(name, self._casemapping): shown(name) for name in spelt} | account.names
            here[fold(spelt[0], self._casemapping)] = account
        return here

    def _account(self, uid: bytes, registered: bytes, name: bytes) -> _Account:
        account = self.accounts.setdefault((uid, registered), _Account(uid=uid, registered=registered, name=name))
        account.names.setdefault(fold(name, self._casemapping), shown(name))
        return account

"""Would services load every row, and keep it? Reads the rows in their order, as services do."""

from collections import Counter
from collections.abc import Callable, Iterator

from core.domain.casemapping import Casemapping, fold
from core.domain.finding import Finding, Severity
from core.formats.atheme.check_form import finding
from core.formats.atheme.facts import field, is_master, modules
from core.formats.atheme.rows import Database, Row
from core.formats.atheme.schema import UID_LENGTH, flags_of, uid_order

_STOPS, _LOSES, _WARNS = Severity.STOPS_SERVICES, Severity.LOSES_DATA, Severity.WARNING
# Longest that services keep (7.2, master); more is cut silently when the file is read.
_NICK = {False: 31, True: 50}
_MEMO = {False: 299, True: 300}
_PASSWORD = 288
Findings = Iterator[Finding]


class Loader:
    """What services know after each row. Names are kept folded."""

    def __init__(self, database: Database, casemapping: Casemapping) -> None:
        self._database = database
        self._casemapping = casemapping
        self._master = is_master(database)
        self._exttarget = not self._lists_modules() or b"exttarget/main" in modules(database)
        self._accounts: set[bytes] = set()
        self._uids: set[bytes] = set()
        self._own_nicks: set[bytes] = set()
        self._nicks: dict[bytes, bytes] = {}
        self._groups: set[bytes] = set()
        self._channels: set[bytes] = set()
        self._founded: set[bytes] = set()
        self._group_founders: set[bytes] = set()
        self._names: set[bytes] = set()
        self._bots = 0
        self._last: Row | None = None
        self._seen: set[tuple[bytes, ...]] = set()
        self._certfps: Counter[bytes] = Counter()
        self._luid = b""
        self._access_letters = b""
        self._acts: dict[bytes, Callable[[Row], Findings]] = {
            b"LUID": self._take_luid,
            b"CF": self._take_letters,
            b"MU": self._account,
            b"MN": self._nick,
            b"MCFP": self._certfp,
            b"ME": self._memo,
            b"GRP": self._group,
            b"GACL": self._group_access,
            b"MC": self._channel,
            b"CA": self._access,
            b"MDA": self._access_metadata,
            b"NAM": self._name,
            b"RR": self._regex,
            b"BOT": self._bot,
            b"BOT-COUNT": self._bot_count,
            b"HO": self._offer,
            b"MM": self._mark,
            b"CFCHAN": self._chanfix,
            b"CFOP": self._chanfix_op,
        }
        for kind in (b"MDU", b"MI", b"AC", b"SO"):
            self._acts[kind] = self._of_account
        for kind, known in ((b"MDC", self._channels), (b"MDG", self._groups), (b"MDN", self._names)):
            self._acts[kind] = lambda row, known=known: self._metadata(row, known)  # type: ignore[misc]  # bound now

    def _lists_modules(self) -> bool:
        return any(name.startswith(b"transport/") for name in modules(self._database))

    def run(self) -> Findings:
        """All findings, in the order of the file, then those about the whole."""
        for row in self._database.rows:
            act = self._acts.get(row.kind)
            if act is not None:
                yield from act(row)
            self._last = row
        yield from self._at_the_end()

    def _fold(self, name: bytes) -> bytes:
        return fold(name, self._casemapping)

    def _once(self, row: Row, *key: bytes, what: str) -> Findings:
        mark = (row.kind, *key)
        if mark in self._seen:
            yield finding(row.line, _WARNS, "twice", f"{what} is there twice")
        self._seen.add(mark)

    # --- accounts ----------------------------------------------------------------------------

    def _take_luid(self, row: Row) -> Findings:
        self._luid = field(row, 1)
        if len(self._luid) < UID_LENGTH or -1 in uid_order(self._luid):
            yield finding(row.line, _LOSES, "luid", "the last uid is no uid: new accounts would take over old ones")

    def _take_letters(self, row: Row) -> Findings:
        self._access_letters = field(row, 1)
        yield from ()

    def _uid(self, row: Row, uid: bytes) -> Findings:
        if len(uid) != UID_LENGTH or -1 in uid_order(uid):
            yield finding(row.line, _LOSES, "uid", "the uid is not one that services give out")
        elif self._luid and uid_order(uid) > uid_order(self._luid):
            text = "the uid is newer than the last one given out: the next account would get it again"
            yield finding(row.line, _LOSES, "uid-above-last", text)

    def _account(self, row: Row) -> Findings:
        fields = row.fields
        uid, name, flags = field(row, 1), self._fold(field(row, 2)), field(row, 7)
        if name in self._accounts:
            yield finding(row.line, _LOSES, "account-twice", "an account of that name was there before")
            return
        if uid in self._uids:
            yield finding(row.line, _LOSES, "uid-twice", "another account has that uid: services drop this one")
            return
        yield from self._uid(row, uid)
        yield from self._flags(row, flags, "account")
        kept = _before_unknown(flags, flags_of("account", master=self._master))
        if field(row, 3).startswith(b"$") and b"C" not in kept:
            yield finding(row.line, _LOSES, "password", "the password would be taken as plain text, and destroyed")
        if len(field(row, 3)) > _PASSWORD or len(fields[2]) > _NICK[self._master]:
            yield finding(row.line, _LOSES, "too-long", "a field is longer than services keep")
        self._accounts.add(name)
        self._uids.add(uid)

    def _of_account(self, row: Row) -> Findings:
        name = self._fold(field(row, 1))
        if name not in self._accounts:
            yield finding(
                row.line, _LOSES, "account-missing", f"a {row.kind.decode()} row of an account that is not there"
            )
        elif row.kind != b"AC":
            key = field(row, 2) if row.kind != b"SO" else b""
            yield from self._once(row, name, key.upper(), what=f"a {row.kind.decode()} row")

    def _nick(self, row: Row) -> Findings:
        owner, nick = self._fold(field(row, 1)), self._fold(field(row, 2))
        if owner not in self._accounts:
            yield finding(row.line, _LOSES, "account-missing", "an MN row of an account that is not there")
        elif nick in self._nicks:
            yield finding(row.line, _LOSES, "nick-twice", "a nick that is grouped already")
        else:
            self._nicks[nick] = owner
            if nick == owner:
                self._own_nicks.add(owner)
            if len(field(row, 2)) > _NICK[self._master]:
                yield finding(row.line, _LOSES, "too-long", "the nick is longer than services keep")

    def _certfp(self, row: Row) -> Findings:
        yield from self._of_account(row)
        self._certfps[field(row, 2).lower()] += 1
        if self._certfps[field(row, 2).lower()] == 2:  # noqa: PLR2004 — told once
            yield finding(row.line, _WARNS, "certfp-twice", "a certificate that another account has too")

    def _memo(self, row: Row) -> Findings:
        if self._fold(field(row, 1)) not in self._accounts:
            yield finding(row.line, _LOSES, "account-missing", "a memo of an account that is not there")
        text = row.raw.split(b" ", 5)[-1]
        if len(text) > _MEMO[self._master]:
            yield finding(row.line, _LOSES, "too-long", "the memo is longer than services keep")

    # --- groups ------------------------------------------------------------------------------

    def _group(self, row: Row) -> Findings:
        uid, name = field(row, 1), self._fold(field(row, 2))
        if name in self._groups or uid in self._uids:
            yield finding(row.line, _LOSES, "group-twice", "a group whose name or uid is taken")
            return
        yield from self._uid(row, uid)
        yield from self._flags(row, field(row, 4), "group")
        self._groups.add(name)
        self._uids.add(uid)

    def _group_access(self, row: Row) -> Findings:
        group, entity = self._fold(field(row, 1)), self._fold(field(row, 2))
        if group not in self._groups or not self._is_entity(entity):
            yield finding(row.line, _LOSES, "group-access", "a GACL row whose group or member is not there")
            return
        yield from self._once(row, group, entity, what="a group's member")
        if b"F" in field(row, 3):
            self._group_founders.add(group)

    def _is_entity(self, name: bytes) -> bool:
        return name in (self._groups if name.startswith(b"!") else self._accounts)

    # --- channels ----------------------------------------------------------------------------

    def _channel(self, row: Row) -> Findings:
        name = self._fold(field(row, 1))
        if name in self._channels:
            yield finding(row.line, _STOPS, "channel-twice", "a channel that was there before")
        yield from self._flags(row, field(row, 4), "channel")
        self._channels.add(name)

    def _access(self, row: Row) -> Findings:
        channel, target = self._fold(field(row, 1)), self._fold(field(row, 2))
        if channel not in self._channels:
            yield finding(row.line, _STOPS, "access-channel", "access to a channel that is not there")
        elif not self._is_target(target):
            yield finding(row.line, _STOPS, "access-target", "access for somebody who is not there")
        else:
            yield from self._once(row, channel, target, what="an access entry")
            if b"F" in field(row, 3):
                self._founded.add(channel)
        strange = set(field(row, 3)) - set(self._access_letters)
        if strange and self._access_letters:
            yield finding(row.line, _LOSES, "access-letters", "access with letters that services would drop")

    def _is_target(self, target: bytes) -> bool:
        if target.startswith(b"$"):
            return self._exttarget
        return self._is_entity(target) or (b"!" in target[1:] and b"@" in target)

    def _access_metadata(self, row: Row) -> Findings:
        last = self._last
        ok = last is not None and last.kind in {b"CA", b"MDA"} and last.fields[1:3] == row.fields[1:3]
        if not ok:
            yield finding(row.line, _LOSES, "access-metadata", "an MDA row that does not follow its access entry")

    def _metadata(self, row: Row, known: set[bytes]) -> Findings:
        name = self._fold(field(row, 1))
        if name not in known:
            text = f"a {row.kind.decode()} row of something that is not there"
            yield finding(row.line, _LOSES, "owner-missing", text)
        else:
            yield from self._once(row, name, field(row, 2).upper(), what="a property")

    def _name(self, row: Row) -> Findings:
        name = self._fold(field(row, 1))
        self._names.add(name)
        if name in self._accounts:
            yield finding(row.line, _WARNS, "name-lives", "the mark of a dropped name, but the account is there")

    # --- modules -----------------------------------------------------------------------------

    def _regex(self, row: Row) -> Findings:
        if self._last is None or self._last.kind != b"RW":
            yield finding(row.line, _STOPS, "regex-pair", "an RR row without its RW row crashes services")

    def _bot(self, row: Row) -> Findings:
        del row
        self._bots += 1
        yield from ()

    def _bot_count(self, row: Row) -> Findings:
        if field(row, 1) != b"%d" % self._bots:
            yield finding(row.line, _LOSES, "bot-count", "the number of bots is not that of their rows")

    def _offer(self, row: Row) -> Findings:
        group = self._fold(field(row, 1))
        if group.startswith(b"!") and group not in self._groups:
            yield finding(row.line, _LOSES, "offer-group", "an offer to a group that is not there becomes public")

    def _mark(self, row: Row) -> Findings:
        if field(row, 1) not in self._uids:
            yield finding(row.line, _LOSES, "mark-uid", "a mark of an account that is not there")

    def _chanfix(self, row: Row) -> Findings:
        self._seen.add((b"CFCHAN", field(row, 1).upper()))
        yield from ()

    def _chanfix_op(self, row: Row) -> Findings:
        if (b"CFCHAN", field(row, 1).upper()) not in self._seen:
            yield finding(row.line, _STOPS, "chanfix-op", "a CFOP row of a channel that is not there crashes services")

    # --- flags, and the whole ----------------------------------------------------------------

    def _flags(self, row: Row, flags: bytes, what: str) -> Findings:
        known = flags_of(what, master=self._master)
        if not flags.startswith(b"+") or _before_unknown(flags, known) != flags:
            yield finding(
                row.line, _LOSES, "flags", f"flags of a {what} that services do not know end the list for them"
            )

    def _at_the_end(self) -> Findings:
        if self._nicks:
            for name in sorted(self._accounts - self._own_nicks):
                owner = self._nicks.get(name)
                if owner is None:
                    yield finding(0, _WARNS, "own-nick", f"account {_shown(name)} does not own its own nick")
                else:
                    yield finding(
                        0, _LOSES, "nick-of-other", f"the nick of account {_shown(name)} is grouped elsewhere"
                    )
        for channel in sorted(self._channels - self._founded):
            yield finding(0, _WARNS, "no-founder", f"channel {_shown(channel)} has no founder")
        for group in sorted(self._groups - self._group_founders):
            yield finding(0, _WARNS, "no-group-founder", f"group {_shown(group)} has no founder")


def _before_unknown(flags: bytes, known: bytes) -> bytes:
    """What services keep of a flag string: they stop at the first letter that they do not know."""
    for index, letter in enumerate(flags[1:], 1):
        if letter not in known:
            return flags[:index]
    return flags


def _shown(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)[:50]

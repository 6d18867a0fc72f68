"""What the pocket services understand: enough to lose an account, and to see that it is back."""

import time
from collections.abc import Callable

from bot.demo import password as passwords
from core.domain.casemapping import fold
from core.formats.atheme import Database, Row, field, kind_of, lookup

_OWN = frozenset({b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP"})


class Commands:
    """The database in memory, and what people may do with it."""

    def __init__(self, database: Database, *, save: Callable[[], None], send: Callable[[str], None]) -> None:
        self.database = database
        self._save = save
        self._send = send

    def take(self, line: str) -> None:
        """A line of the link: `@tags :nick!user@host PRIVMSG Service :text`."""
        tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
        prefix, _, rest = rest.removeprefix(":").partition(" ")
        verb, _, rest = rest.partition(" ")
        service, _, text = rest.partition(" :")
        words = text.split()
        if verb != "PRIVMSG" or not words:
            return
        nick = prefix.partition("!")[0]
        act = _ACTS.get((service.partition("@")[0].lower(), words[0].upper()))
        answer = act(self, nick, tags, words[1:]) if act is not None else "Unknown command."
        self._send(f":{service} NOTICE {nick} :{answer}")

    # --- commands ----------------------------------------------------------------------------

    def identify(self, nick: str, tags: str, words: list[str]) -> str:
        """IDENTIFY [account] password."""
        del tags
        if not words:
            return "Syntax: IDENTIFY [account] password"
        name = lookup(self.database, (words[0] if len(words) > 1 else nick).encode(), "rfc1459")
        row = self._account(name) if name is not None else None
        if row is None:
            return "That account is not registered."
        if not passwords.matches(words[-1], field(row, 3)):
            return "Invalid password."
        self._touch(row)
        self._send(f"SVSACCOUNT {nick} {field(row, 2).decode()}")
        return f"You are now identified for {field(row, 2).decode()}."

    def logout(self, nick: str, tags: str, words: list[str]) -> str:
        """LOGOUT."""
        del tags, words
        self._send(f"SVSACCOUNT {nick} *")
        return "You have been logged out."

    def info(self, nick: str, tags: str, words: list[str]) -> str:
        """INFO name."""
        del nick, tags
        name = lookup(self.database, words[0].encode(), "rfc1459") if words else None
        if name is None:
            return "That account is not registered."
        rows = [row for row in self.database.rows if self._is(row, 1, name)]
        nicks = " ".join(field(row, 2).decode() for row in rows if row.kind == b"MN")
        memos = sum(row.kind == b"ME" for row in rows)
        access = [row for row in self.database.rows if row.kind == b"CA" and self._is(row, 2, name)]
        channels = " ".join(f"{field(row, 1).decode()}({field(row, 3).decode()})" for row in access)
        return f"{name.decode()}: nicks {nicks}; {memos} memos; access {channels or 'none'}"

    def drop(self, nick: str, tags: str, words: list[str]) -> str:
        """FDROP name, for operators: the account, its access, everything that names it."""
        del nick
        name = lookup(self.database, words[0].encode(), "rfc1459") if words else None
        if "oper" not in tags.lstrip("@").split(";"):
            return "You are not authorized to use FDROP."
        if name is None:
            return "That account is not registered."
        kept: list[Row] = []
        entry_goes = False
        for row in self.database.rows:
            if row.kind == b"CA":
                entry_goes = self._is(row, 2, name)
            goes = (
                (row.kind == b"MU" and self._is(row, 2, name))
                or (row.kind in _OWN - {b"MU"} and self._is(row, 1, name))
                or (row.kind in {b"CA", b"MDA"} and entry_goes)
                or (row.kind == b"GACL" and self._is(row, 2, name))
            )
            if not goes:
                kept.append(row)
        self.database = Database(rows=tuple(kept), ended=True)
        self._send(f"SVSACCOUNT {name.decode()} *")
        return f"The account {name.decode()} has been dropped."

    def update(self, nick: str, tags: str, words: list[str]) -> str:
        """UPDATE, for operators and for the backup bot: save now."""
        del nick, words
        given = tags.lstrip("@").split(";")
        if "oper" not in given and "account=BackupServ" not in given:
            return "You are not authorized to perform this operation."
        self._save()
        return "UPDATE completed."

    # --- rows --------------------------------------------------------------------------------

    def _is(self, row: Row, index: int, name: bytes) -> bool:
        return fold(field(row, index)) == fold(name)

    def _account(self, name: bytes) -> Row | None:
        return next((row for row in self.database.rows if row.kind == b"MU" and self._is(row, 2, name)), None)

    def _touch(self, row: Row) -> None:
        """The account was used now."""
        fields = row.fields
        fields[6] = b"%d" % time.time()
        raw = b" ".join(fields)
        rows = tuple(Row(row.line, raw, kind_of(raw)) if item is row else item for item in self.database.rows)
        self.database = Database(rows=rows, ended=True)


_ACTS: dict[tuple[str, str], Callable[[Commands, str, str, list[str]], str]] = {
    ("nickserv", "IDENTIFY"): Commands.identify,
    ("nickserv", "LOGOUT"): Commands.logout,
    ("nickserv", "INFO"): Commands.info,
    ("nickserv", "FDROP"): Commands.drop,
    ("operserv", "UPDATE"): Commands.update,
}

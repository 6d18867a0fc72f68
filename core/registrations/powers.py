"""What a takeover changes: who is registered, who founded what, who may do what. Quickly compared, kept as numbers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.formats.atheme import Database
from core.registrations.tables import Register
from core.registrations.tables.whereabouts import founders_of

KINDS = ("founders", "access", "accounts", "channels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """Numbers that stand for names, of this process only: two of one name are equal."""

    accounts: frozenset[int]
    founders: Mapping[int, int]  # channel → all that founded it
    access: Mapping[int, int]  # channel and whom an entry is for → what it gives

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many of each kind there are."""
        return {
            "founders": len(self.founders),
            "channels": len(self.founders),
            "accounts": len(self.accounts),
            "access": len(self.access),
        }


def powers_in_rows(database: Database) -> Powers:
    """Of Atheme's rows."""
    accounts, access = set[int](), dict[int, int]()
    founders: dict[bytes, set[bytes]] = defaultdict(set)
    for row in database.rows:
        if row.kind == b"MU":
            accounts.add(hash(row.raw.split(b" ", 2)[1]))  # its uid: who changes a name is not dropped
        elif row.kind == b"MC":
            founders[row.raw.split(b" ", 2)[1]]
        elif row.kind == b"CA":
            words = row.raw.split(b" ", 4)
            if len(words) > 3:  # noqa: PLR2004 — channel, whom, flags
                access[hash((words[1], words[2]))] = hash(words[3])
                if b"F" in words[3]:
                    founders[words[1]].add(words[2])
    return Powers(accounts=frozenset(accounts), founders=_hashed(founders), access=access)


def powers_in_tables(register: Register) -> Powers:
    """Of SQLite's tables. Lists of channels are not compared: each network names their columns itself."""
    founders = {name: set(founders_of(register, name)) for name in register.channels}
    return Powers(accounts=frozenset(map(hash, register.accounts)), founders=_hashed(founders), access={})


def _hashed(founders: Mapping[bytes, set[bytes]]) -> dict[int, int]:
    return {hash(name): hash(frozenset(who)) for name, who in founders.items()}


def shifted(before: Powers, after: Powers) -> dict[str, int]:
    """How many channels have other founders, how many entries are other ones, and what is gone."""
    stayed = before.founders.keys() & after.founders.keys()
    entries = before.access.keys() | after.access.keys()
    return {
        "founders": sum(before.founders[name] != after.founders[name] for name in stayed),
        "access": sum(before.access.get(entry) != after.access.get(entry) for entry in entries),
        "accounts": len(before.accounts - after.accounts),
        "channels": len(before.founders.keys() - after.founders.keys()),
    }

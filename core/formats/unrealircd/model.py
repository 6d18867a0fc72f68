"""What is known of one database after it was read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.domain.finding import Finding

Kind = Literal["channels", "bans", "whowas", "reputation", "history", "history-master"]
Form = Literal["plain", "raw", "text", "encrypted"]  # raw: of UnrealIRCd 5, without a header


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One database: what it is, what is in it, and what is wrong with it.

    `keys` tells its bans or channels from each other, to see what differs between two of them; they hold hosts and
    addresses, and are shown to nobody. `binding` is what ties a channel's history to its master.db: it is secret.
    """

    kind: Kind | None  # None: it cannot be told what it is
    form: Form
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unread: str = ""  # why it could not be judged to the end, which says nothing against it; "" = it was
    other_secret: bool = False  # of an encrypted one: the secret that we were given does not open it
    keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    binding: tuple[bytes, bytes] | None = field(default=None, repr=False)

    @property
    def damaged(self) -> bool:
        """Whether something is wrong with it: what could not be judged is not damaged."""
        return bool(self.findings)


@dataclass(slots=True)
class Tally:
    """What was found so far, while a database is read."""

    counts: Counter[str] = field(default_factory=Counter)
    keys: set[bytes] = field(default_factory=set)
    number: int = 0  # of the record that is being read; 0 = before the first
    expected: int | None = None  # how many the database says that it has
    binding: tuple[bytes, bytes] | None = None

    def records(self, expected: int) -> Iterator[int]:
        """The number of each record that there should be, as it is read."""
        self.expected = expected
        while self.number < expected:
            self.number += 1
            yield self.number

"""What services know while they read: the state of a check, after each row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.domain.casemapping import Casemapping, folding
from core.formats.atheme.facts import is_master, lists_all_modules, modules
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Database, Row

Act = Callable[["Known", Row, Sequence[bytes]], None]
"""What reading a row of some kind does. The fields are padded: all that the row may have are there, if empty."""


@dataclass(slots=True, kw_only=True)
class Known:
    """Names are kept folded, as services compare them. Dictionaries keep them as stored, for sentences."""

    report: Report
    fold: Callable[[bytes], bytes]  # into the form in which names compare
    master: bool
    exttarget: bool  # the module that reads `$…` targets is loaded, or may be
    accounts: dict[bytes, bytes] = field(default_factory=dict)
    current_account: bytes = b""
    uids: set[bytes] = field(default_factory=set)
    last_uid: bytes = b""  # as `uid_order` sees it; b"" = not known
    nicks: dict[bytes, bytes] = field(default_factory=dict)  # nick → owner
    certfps: dict[bytes, bytes] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)
    groups: dict[bytes, bytes] = field(default_factory=dict)
    founded: set[bytes] = field(default_factory=set)  # groups and channels that have a founder
    channels: dict[bytes, bytes] = field(default_factory=dict)
    current_channel: bytes = b""
    current_access: tuple[bytes, bytes] | None = None
    access_letters: bytes | None = None
    strange_setters: list[int] = field(default_factory=list)  # lines
    seen: set[bytes] = field(default_factory=set)  # keys whose words are joined by blanks: no word has one
    bots: int = 0
    open_watch: int = 0  # line of an RW row that waits for its RR
    chanfix: set[bytes] = field(default_factory=set)

    def is_entity(self, folded: bytes) -> bool:
        """Whether there is an account or a group of that folded name by now."""
        return folded in (self.groups if folded.startswith(b"!") else self.accounts)

    def is_new(self, *words: bytes) -> bool:
        """Whether this is seen for the first time; remembers it."""
        key = b" ".join(words)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def has_seen(self, *words: bytes) -> bool:
        """Whether `is_new` was asked about this before."""
        return b" ".join(words) in self.seen


def nothing_known(database: Database, casemapping: Casemapping, report: Report) -> Known:
    """The state before the first row."""
    return Known(
        report=report,
        fold=folding(casemapping),
        master=is_master(database),
        exttarget=not lists_all_modules(database) or b"exttarget/main" in modules(database),
    )

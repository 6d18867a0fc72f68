"""Where a conversation is played: a network with services, the real bot on it, and people who come and go.

What differs from server to server is told by `Facts`; everything else is the same sentence everywhere.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.demo.network import PASSWORDS
from bot.demo.person import Person
from tests.audit_file import audit_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a server has, as far as a conversation can notice it."""

    name: str
    has_tags: bool  # lines carry the account of who wrote them
    has_sasl: bool


class Stage(ABC):
    """One network while it runs."""

    facts: Facts
    folder: Path  # of the bot: its configuration, its log, its state
    database: Path
    port: int
    ca: Path
    oper: tuple[str, str]

    @abstractmethod
    def kill_services(self) -> None:
        """SIGKILL, and wait until the network knows that they are gone."""

    @abstractmethod
    def start_services(self) -> None:
        """Start them again, and wait until they answer."""

    @abstractmethod
    def start_bot(self) -> None:
        """Start the bot, and wait until it is in the channel."""

    @abstractmethod
    def kill_bot(self) -> None:
        """SIGKILL, and wait until its nick is free."""

    @abstractmethod
    def is_running(self) -> bool:
        """Whether the bot's process lives."""

    @property
    def log(self) -> str:
        """What the bot has written down for who keeps it."""
        return (self.folder / "bot.log").read_text()

    def audit(self, event: str = "") -> list[dict[str, str]]:
        """The audit trail, or those lines of it."""
        return [line for line in audit_lines(self.folder / "state") if event in {"", line["event"]}]

    @contextmanager
    def somebody(
        self,
        nick: str,
        *,
        account: str = "",
        oper: bool = True,
        port: int = 0,
        certificate: tuple[Path, Path] | None = None,
    ) -> Iterator[Person]:
        """<nick> in #opers, identified and an operator if asked for; `port` is for a network of several servers."""
        person = Person(nick, port or self.port, self.ca, certificate=certificate)
        try:
            if account:
                identify(person, account)
            if oper:
                person.send("OPER {} {}".format(*self.oper))
                person.wait(" 381 ")
            person.send("JOIN #opers")
            person.wait(" 366 ")
            yield person
        finally:
            person.leave()


def identify(person: Person, account: str) -> None:
    """Log in with services."""
    person.say("NickServ", f"IDENTIFY {account} {PASSWORDS[account]}")
    person.wait(r"^:NickServ!\S+ NOTICE .*now identified")


CHANNELS = 250
EXEMPT = "lines_per_second = 60\n"


def give_bob_many_channels(database: Path) -> None:
    """He has access to so many that a plan to bring him back is a list of twenty pages."""
    lines = database.read_bytes().splitlines(keepends=True)
    place = next(index for index, line in enumerate(lines) if line.startswith(b"KID "))
    now = int(time.time())  # or services expire what nobody used
    for number in range(CHANNELS):
        name = f"#a-channel-of-many-where-bob-helps-out-{number:03}"
        lines[place:place] = [
            f"MC {name} {now} {now} +vg 272 0 0  \n".encode(),
            f"CA {name} alice +AFORaefhioqrstv {now} alice \n".encode(),
            f"CA {name} bob +V {now} alice \n".encode(),
            f"MDC {name} private:channelts {now}\n".encode(),
        ]
    database.write_bytes(b"".join(lines))

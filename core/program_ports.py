"""What a restore needs of running programs beyond stopping them; the other ports are in `core.ports`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from core.ports import Progress

What = Literal["config", "tls"]
"""What a program shall read again: all of its configuration, or its certificates alone."""


class Reload(Protocol):
    """How a running program is asked to read its files again, without anybody being disconnected."""

    @property
    def can_test(self) -> bool:
        """Whether `test` can ask anybody."""
        ...

    def test(self) -> str:
        """Whether the program would live with the configuration that lies in its place now. Changes nothing.

        Returns what was proven, for people: "configtest passed".

        Raises:
            ConfigRefused: it would not; the first of its own words are in the message, without any secret.
            ControlFailed: it could not be asked: that proves nothing either way.
        """
        ...

    def reload(self, what: What) -> str:
        """Have the files read again; returns when the program says that it has, or has been told where it says nothing.

        Returns what was done, for people: "rehashed", "told to reload (SIGUSR1)".

        Raises:
            ReloadRefused: it says that it goes on with what it had.
            ControlFailed: it could not be told.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The certificate that a port serves."""

    fingerprint: str  # SHA-256 (hex) of the DER form
    begins_at: datetime  # aware, UTC
    ends_at: datetime
    names: tuple[str, ...]  # DNS names and addresses it is for


class Handshake(Protocol):
    """Sees what TLS ports serve. Nothing is verified: what is served is told, whatever it is worth."""

    def served(self, address: str) -> Served:
        """The certificate at "host:port". Must return within a few seconds.

        Raises:
            ControlFailed: nobody listens there, or TLS does not come to be.
        """
        ...


@runtime_checkable
class Living(Protocol):
    """A control that tells one life of its program from the next, however quickly it was started again."""

    def life(self) -> str | None:
        """What its life is called: another name after each start; None while it does not run.

        Raises:
            ControlFailed: it cannot be told.
        """
        ...


@runtime_checkable
class Remarking(Protocol):
    """A control that knows of more than whether its program runs."""

    def remarks(self) -> Sequence[str]:
        """What an operator should know before a restore stops the program, in sentences; none is the usual.

        Raises:
            ControlFailed: it cannot be told.
        """
        ...


@runtime_checkable
class Marking(Protocol):
    """Services that keep a word for the bot, with its own account."""

    def set_property(self, key: str, value: str) -> None:
        """Services have it from now on, and save it with everything else. An older value is replaced.

        Raises:
            ControlFailed: they were not reached, or did not take it.
        """
        ...


Question = tuple[str, str, str]
"""Whom, what, and about whom: ("NickServ", "INFO", "alice"). What it is about must be known to whoever is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """A program that lived on a database for a moment, cut off from the network, and what it left behind."""

    program: str  # "atheme-services 7.2.12"
    booted_seconds: float  # until the whole database was loaded
    asked_seconds: float
    saved_seconds: float  # from the word to end until it was gone
    saved: bytes  # what it saved back
    asked: int  # how many questions were put
    unknown: int  # of these: how many it knew nothing of, though it was given them
    unanswered: int = 0  # of these: how many got an answer that says neither
    mute: str = ""  # why nobody could be asked, or ""
    complaint: str = ""  # the first line in its log about a row that it did not like, or ""
    lost: Mapping[str, int] = field(default_factory=dict)  # rows that it was given and did not save, by kind
    added: Mapping[str, int] = field(default_factory=dict)  # rows that it saved and was not given


class Boot(Protocol):
    """Lets the real services program live on a database for a moment, where it can neither hurt nor be reached."""

    def sweep(self) -> int:
        """Remove what was left by ones that were killed: a database in the clear. Returns how much it was."""
        ...

    def with_program(self, program: Path) -> "Boot":
        """The same with another binary, for who wants to know what an upgrade would do.

        Raises:
            ControlFailed: that is no program.
        """
        ...

    def boot(self, content: bytes, questions: Sequence[Question], *, work: Path, progress: Progress) -> Booted:
        """Start it on `content`, ask, end it, and compare what it saved back. `work`: a private folder of ours.

        Nothing of it is left when this returns or raises.

        Raises:
            RehearsalFailed: it would not start on it; its own words are in the message.
            ControlFailed: it could not be tried, or did not end in time (then it was killed): that proves nothing.
        """
        ...


class Unit(Protocol):
    """Several programs that stand and fall together (a compose project), in the order in which they need each other."""

    def down(self) -> Sequence[str]:
        """Stop all, the ones that need others first. Returns the names of what was stopped.

        Raises:
            ControlFailed: one of them still runs.
        """
        ...

    def up(self) -> Sequence[str]:
        """Start all, the ones that others need first. Returns the names of what was started.

        Raises:
            ControlFailed: one of them did not start; those before it run.
        """
        ...

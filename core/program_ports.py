"""What a restore needs of running programs beyond stopping them; the other ports are in `core.ports`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

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
class Remarking(Protocol):
    """A control that knows of more than whether its program runs."""

    def remarks(self) -> Sequence[str]:
        """What an operator should know before a restore stops the program, in sentences; none is the usual.

        Raises:
            ControlFailed: it cannot be told.
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

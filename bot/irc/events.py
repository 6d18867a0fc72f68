"""What happens to a connection, for whoever wants to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""


@dataclass(frozen=True, slots=True)
class Connected(Event):
    """Registered with the server, under this nick."""

    nick: str


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """We are in the opers' channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class LoggedIn(Event):
    """The server knows us by our services account."""


@dataclass(frozen=True, slots=True)
class Opered(Event):
    """We are an IRC operator."""


@dataclass(frozen=True, slots=True)
class Disconnected(Event):
    """The link is gone; the next try comes after `wait` seconds."""

    reason: str
    wait: float


@dataclass(frozen=True, slots=True)
class Away(Event):
    """We have not been on IRC for so many seconds, whatever was tried: told once, until we are back."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SaslFailed(Event):
    """We are on, but not logged in: services may be what must be restored."""

    reason: str


@dataclass(frozen=True, slots=True)
class ServicesGone(Event):
    """The server has withdrawn SASL: services have left the network."""


@dataclass(frozen=True, slots=True)
class OracleChosen(Event):
    """Who is asked about the senders of commands on this server."""

    name: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something an operator should know: no operator rights, no channel, verification turned off."""

    text: str

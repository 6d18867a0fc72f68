"""What happens to a connection, for whoever wants to know; as text, in an operator's words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""


@dataclass(frozen=True, slots=True)
class Connected(Event):
    """Registered with the server, under this nick."""

    nick: str

    def __str__(self) -> str:
        return f"let in as {self.nick}"


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """We are in the opers' channel."""

    channel: str

    def __str__(self) -> str:
        return f"in {self.channel}"


@dataclass(frozen=True, slots=True)
class LoggedIn(Event):
    """The server knows us by our services account."""

    def __str__(self) -> str:
        return "logged in to services"


@dataclass(frozen=True, slots=True)
class Opered(Event):
    """We are an IRC operator."""

    def __str__(self) -> str:
        return "an IRC operator now"


@dataclass(frozen=True, slots=True)
class Disconnected(Event):
    """The link is gone; the next try comes after `wait` seconds."""

    reason: str
    wait: float

    def __str__(self) -> str:
        return f"no connection: {self.reason}; the next try in {self.wait:.1f} s"


@dataclass(frozen=True, slots=True)
class Away(Event):
    """We have not been on IRC for so many seconds, whatever was tried: told once, until we are back."""

    seconds: float

    def __str__(self) -> str:
        return f"not on IRC for {self.seconds / 60:.0f} minutes now, whatever was tried"


@dataclass(frozen=True, slots=True)
class SaslFailed(Event):
    """We are on, but not logged in: services may be what must be restored."""

    reason: str

    def __str__(self) -> str:
        return f"not logged in: {self.reason}"


@dataclass(frozen=True, slots=True)
class ServicesGone(Event):
    """The server has withdrawn SASL: services have left the network."""

    def __str__(self) -> str:
        return "services have left the network"


@dataclass(frozen=True, slots=True)
class OracleChosen(Event):
    """Who is asked about the senders of commands on this server."""

    name: str

    def __str__(self) -> str:
        return f"who senders are is asked by {self.name}"


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something an operator should know: no operator rights, no channel, verification turned off."""

    text: str

    def __str__(self) -> str:
        return self.text

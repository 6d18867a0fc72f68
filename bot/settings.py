"""What the `[irc]` part of the configuration says. Plain values; `bot.config` reads the file."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from core.secrets import Secret

# What no IRC word may hold; anything else is for the server to judge.
Word = Annotated[str, StringConstraints(pattern=r"^[^\s\x00:][^\s\x00]*$", max_length=200)]
# A name that becomes a folder in the repository.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F:]{64,95}$")]


_LAST_PORT = 65535
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,5}) ?([mhdw])", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('expected a duration in quotes: "90m", "48h", "7d" or "4w"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(BaseModel):
    """A table of the configuration: unknown keys are mistakes, values are not converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True, defer_build=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str, default_port: int) -> Address:
    """`host`, `host:port`, `[::1]:port`, or an IPv6 address alone.

    Raises:
        ValueError: it is none of these.
    """
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:\[\]\x00]+))(?::(\d{1,5}))?", text)
    if found is None:
        raise ValueError('expected "host", "host:port" or "[address]:port"')
    port = int(found[3] or default_port)
    if not 1 <= port <= _LAST_PORT:
        raise ValueError(f"expected a port between 1 and {_LAST_PORT}")
    return Address(host=found[1] or found[2], port=port)


def _is_address(text: str) -> str:
    read_address(text, _LAST_PORT)
    return text


AddressText = Annotated[str, StringConstraints(max_length=260), AfterValidator(_is_address)]


class TlsSettings(Settings):
    """`[irc.tls]`: who the server must prove to be, and who we are."""

    mode: Literal["always", "sts", "never"] = Field(
        default="always",
        description='"sts" begins in plaintext, and goes to TLS for good where the server asks for it; "never" stays',
    )
    verify: bool = Field(default=True, description="false accepts any server: anybody on the way can read and command")
    ca_file: Path | None = Field(default=None, strict=False, description="PEM file; default: the system's CAs")
    fingerprint: Fingerprint | None = Field(default=None, description="SHA-256 of the server's certificate, in hex")
    certificate: Path | None = Field(default=None, strict=False, description="our client certificate, PEM")
    key: Path | None = Field(default=None, strict=False, description="its private key, PEM")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if self.key is not None and self.certificate is None:
            raise ValueError("a key needs its certificate")
        return self


class SaslSettings(Settings):
    """`[irc.sasl]`: the bot's own services account."""

    mechanism: Literal["auto", "EXTERNAL", "ECDSA-NIST256P-CHALLENGE", "SCRAM-SHA-256", "PLAIN"] = Field(
        default="auto", description="auto: the best of what is configured here and offered there, in this order"
    )
    account: Word | None = None
    password: Secret | None = None
    key: Path | None = Field(default=None, strict=False, description="private key, PEM, for ECDSA-NIST256P-CHALLENGE")
    required: bool = Field(default=False, description="true: rather not on the network than not logged in")
    plain_without_tls: bool = Field(default=False, description="true lets everybody on the way read the password")
    nickserv_server: Word | None = Field(
        default=None,
        description="where the server knows no SASL (ngIRCd): the server that services are linked as; NickServ on it, "
        "and nobody else, is told the password (IDENTIFY), over TLS only",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs_password = self.mechanism in {"PLAIN", "SCRAM-SHA-256"}
        if needs_password and (self.account is None or self.password is None):
            raise ValueError(f"{self.mechanism} needs account and password")
        if self.mechanism.startswith("ECDSA") and (self.account is None or self.key is None):
            raise ValueError(f"{self.mechanism} needs account and key")
        if self.account is None and (self.password is not None or self.key is not None):
            raise ValueError("whose password or key is this? account is missing")
        if self.nickserv_server is not None and self.password is None:
            raise ValueError("nickserv_server needs account and password")
        if self.nickserv_server is not None and self.required:
            raise ValueError(
                "required asks for a login before the bot is let in, and NickServ is there only afterwards"
            )
        return self

    @property
    def needs_certificate(self) -> bool:
        """Whether nothing here logs in by itself."""
        return self.mechanism == "EXTERNAL" or (self.password is None and self.key is None)


class OperSettings(Settings):
    """`[irc.oper]`: optional; lets the bot see hidden opers and ask OperServ for a save."""

    name: Word
    password: Secret


class OracleSettings(Settings):
    """`[irc.oracle]`: who is asked about the sender of a command."""

    kind: Literal["auto", "whois", "unrealircd"] = Field(
        default="auto", description='"auto": what the server turns out to have; UnrealIRCd only with a socket or url'
    )
    socket: Path | None = Field(default=None, strict=False, description="UnrealIRCd's data/rpc.socket")
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s@]+$", max_length=200)] | None = Field(
        default=None, description="or its HTTPS listener: https://127.0.0.1:8600/api"
    )
    user: Word | None = Field(default=None, description="the name of its rpc-user block, for the url")
    password: Secret | None = Field(default=None, description="where that user's password lies")
    ca_file: Path | None = Field(default=None, strict=False, description="PEM file; default: the system's CAs")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.kind == "unrealircd" and self.socket is None and self.url is None:
            raise ValueError("unrealircd needs a socket or a url")
        if self.url is not None and (self.user is None or self.password is None):
            raise ValueError("url needs user and password")
        return self


class IrcSettings(Settings):
    """`[irc]`: where the bot lives."""

    server: AddressText | None = Field(default=None, description="host name or address of the IRC server")
    port: int = Field(default=6697, ge=1, le=_LAST_PORT, description="where an address names none")
    servers: list[AddressText] = Field(default=[], max_length=50, description="more of them, tried in turn")
    nick: Word = "BackupServ"
    username: Word = "backup"
    realname: str = Field(default="Backup and recovery", max_length=100, pattern=r"^[^\r\n\x00]*$")
    channel: Annotated[str, StringConstraints(pattern=r"^[#&][^\s,\x00\x07]*$", max_length=200)] = Field(
        description="the opers' channel"
    )
    channel_key: Secret | None = None
    tls: TlsSettings = Field(default_factory=TlsSettings)
    sasl: SaslSettings | None = None
    oper: OperSettings | None = None
    oracle: OracleSettings = OracleSettings()
    trusted_servers: tuple[Word, ...] = Field(
        default=(),
        strict=False,
        description="with any here, only people on these and on the bot's own do more",
    )
    lines_per_second: float | None = Field(
        default=None,
        gt=0,
        le=100,
        strict=False,
        description="how fast the bot speaks; default: what such a server bears (by its version). Set it only "
        "where the server exempts the bot from flood limits",
    )
    ping_interval_seconds: float = Field(default=60, gt=0, strict=False, description="idle time before we PING")
    ping_timeout_seconds: float = Field(default=120, gt=0, strict=False, description="silence that means a dead link")
    nick_check_seconds: float = Field(
        default=60, gt=0, strict=False, description="how often we look whether our nick, or services, are back"
    )
    nickserv: Word = "NickServ"
    chanserv: Word = "ChanServ"
    regain: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+$", max_length=20)]] = Field(
        default=["REGAIN", "GHOST"],
        max_length=5,
        description="how NickServ is asked for our nick while somebody else has it, in turn; [] = never",
    )
    reconnect_seconds: float = Field(default=2, gt=0, strict=False, description="first wait; doubles, with jitter")
    reconnect_limit_seconds: float = Field(default=300, gt=0, strict=False, description="longest wait")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.addresses:
            raise ValueError("server: missing: name one, or several as servers")
        if self.sasl is not None and self.sasl.needs_certificate and self.tls.certificate is None:
            raise ValueError("sasl: nothing to log in with: give account and password, or tls.certificate for EXTERNAL")
        return self

    @property
    def addresses(self) -> list[Address]:
        """All servers, in the order in which they are tried."""
        named = [self.server] if self.server is not None else []
        return [read_address(text, self.port) for text in (*named, *self.servers)]

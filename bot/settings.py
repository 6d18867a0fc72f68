"""What the `[irc]` part of the configuration says. Plain values; `bot.config` reads the file."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from core.secrets import Secret

# What no IRC word may hold; anything else is for the server to judge.
Word = Annotated[str, StringConstraints(pattern=r"^[^\s\x00:][^\s\x00]*$", max_length=200)]
# A name that becomes a folder in the repository.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F:]{64,95}$")]


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

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class TlsSettings(Settings):
    """`[irc.tls]`: who the server must prove to be, and who we are."""

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

    mechanism: Literal["PLAIN", "EXTERNAL"] = "PLAIN"
    account: Word | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mechanism == "PLAIN" and (self.account is None or self.password is None):
            raise ValueError("PLAIN needs account and password")
        return self


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

    server: Word = Field(description="host name or address of the IRC server")
    port: int = Field(default=6697, ge=1, le=65535)
    nick: Word = "BackupServ"
    username: Word = "backup"
    realname: str = Field(default="Backup and recovery", max_length=100, pattern=r"^[^\r\n\x00]*$")
    channel: Annotated[str, StringConstraints(pattern=r"^[#&][^\s,\x00\x07]*$", max_length=200)] = Field(
        description="the opers' channel"
    )
    channel_key: Secret | None = None
    tls: TlsSettings = TlsSettings()
    sasl: SaslSettings | None = None
    oper: OperSettings | None = None
    oracle: OracleSettings = OracleSettings()
    trusted_servers: tuple[Word, ...] = Field(
        default=(),
        strict=False,
        description="with any here, only people on these and on the bot's own do more",
    )
    lines_per_second: float = Field(
        default=1,
        gt=0,
        le=100,
        strict=False,
        description="how fast the bot speaks; faster only where the server exempts it from flood limits",
    )
    ping_interval_seconds: float = Field(default=60, gt=0, strict=False, description="idle time before we PING")
    ping_timeout_seconds: float = Field(default=120, gt=0, strict=False, description="silence that means a dead link")
    nick_check_seconds: float = Field(
        default=60, gt=0, strict=False, description="how often we look whether our nick, or services, are back"
    )
    reconnect_seconds: float = Field(default=2, gt=0, strict=False, description="first wait; doubles, with jitter")
    reconnect_limit_seconds: float = Field(default=300, gt=0, strict=False, description="longest wait")

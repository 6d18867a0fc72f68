"""Strict transport security: a server that has asked for TLS once is not spoken to without it again.

https://ircv3.net/specs/extensions/sts. A policy is believed only from a link that TLS has proven; over plaintext the
capability says no more than where TLS is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.irc.messages import Line
from core.disk import make_private_folder, read_whole, write_whole
from core.domain.errors import ConfigInvalid, SourceUnreadable

_LIMIT = 1 << 20
_MOST = 1000  # hosts
_LONGEST = timedelta(days=10 * 365)  # whatever the server says
_DIGITS = 12
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server says about itself; None where it does not say it, or nothing that makes sense."""

    port: int | None
    duration: timedelta | None


def read_offer(line: Line) -> Offer | None:
    """The offer in a CAP LS or CAP NEW; None where there is none. That it is withdrawn (DEL) is not heeded."""
    if line.verb != "CAP" or line.param(1).upper() not in {"LS", "NEW"}:
        return None
    for word in line.last.split():
        name, _, value = word.partition("=")
        if name == "sts":
            keys = dict(item.partition("=")[::2] for item in value.split(","))
            return Offer(port=_port(keys.get("port", "")), duration=_duration(keys.get("duration", "")))
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _port(text: str) -> int | None:
    port = _number(text)
    return port if port is not None and 1 <= port <= _LAST_PORT else None


def _duration(text: str) -> timedelta | None:
    seconds = _number(text)
    return None if seconds is None else min(timedelta(seconds=min(seconds, 10**9)), _LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Until then, this host is spoken to on this port, with TLS."""

    port: int
    duration: timedelta
    expires_at: datetime


class StsPolicies:
    """What servers have asked for, by host; kept in a file, if there is one, and so over a restart."""

    def __init__(self, file: Path | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = file
        self._now = now
        self._known: dict[str, Policy] | None = None

    def find(self, host: str) -> Policy | None:
        """The policy that binds us now.

        Raises:
            ConfigInvalid: the file cannot be understood. Then nobody knows whom we may speak to in plaintext.
        """
        policy = self._policies().get(host.lower())
        return policy if policy is not None and policy.expires_at > self._now() else None

    def keep(self, host: str, port: int, duration: timedelta) -> None:
        """From now on, for so long; no time at all ends it.

        Raises:
            BackupServError: the file cannot be written.
        """
        known = {name: policy for name, policy in self._policies().items() if policy.expires_at > self._now()}
        known.pop(host.lower(), None)
        if duration:
            known[host.lower()] = Policy(port=port, duration=duration, expires_at=self._now() + duration)
        self._known = dict(list(known.items())[-_MOST:])
        self._save()

    def renew(self, host: str) -> None:
        """The link ends now: the time begins anew, since it was good until this moment. Raises what `keep` does."""
        policy = self.find(host)
        if policy is not None:
            self.keep(host, policy.port, policy.duration)

    def _policies(self) -> dict[str, Policy]:
        if self._known is None:
            self._known = self._load() if self._file is not None else {}
        return self._known

    def _load(self) -> dict[str, Policy]:
        file = self._file
        if file is None or not file.exists():
            return {}
        try:
            content, _ = read_whole(file, limit=_LIMIT)
            return {
                host: Policy(
                    port=int(item["port"]),
                    duration=timedelta(seconds=float(item["seconds"])),
                    expires_at=datetime.fromisoformat(item["expires_at"]).astimezone(UTC),
                )
                for host, item in json.loads(content).items()
            }
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, SourceUnreadable):
            raise ConfigInvalid(
                f"{file} cannot be read, so nobody knows which servers want TLS",
                hint='set irc.tls.mode to "always", or remove the file if these servers may be spoken to in plaintext',
            ) from None

    def _save(self) -> None:
        if self._file is None:
            return
        told = {
            host: {
                "port": policy.port,
                "seconds": policy.duration.total_seconds(),
                "expires_at": policy.expires_at.isoformat(),
            }
            for host, policy in self._policies().items()
        }
        make_private_folder(self._file.parent)
        write_whole(self._file, [json.dumps(told, indent=1).encode() + b"\n"])

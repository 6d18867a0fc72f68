"""Is the server there, and is it the one that it must be? Connects, proves it, and leaves."""

import asyncio
from datetime import UTC, datetime

from bot.irc.link import LinkRefused, open_link
from bot.settings import IrcSettings
from core.domain.errors import ControlFailed


def knock(settings: IrcSettings) -> str:
    """What was found, in words.

    Raises:
        ControlFailed: not there, or not proven.
    """
    try:
        return asyncio.run(_knock(settings))
    except LinkRefused as refused:
        raise ControlFailed(str(refused), hint="look at irc.server, irc.port and irc.tls") from None


async def _knock(settings: IrcSettings) -> str:
    link = await open_link(settings)
    try:
        tls = link.writer.get_extra_info("ssl_object")
        link.writer.write(b"QUIT :check\r\n")
        proven = settings.tls.verify or settings.tls.fingerprint is not None
        until = (tls.getpeercert() or {}).get("notAfter", "")
        ends = f", certificate until {_day(until)}" if until else ""
        return f"{tls.version()}{ends}{'' if proven else ' (NOT VERIFIED: irc.tls.verify is false)'}"
    finally:
        await link.close()


def _day(text: str) -> str:
    """OpenSSL's own form of a date, as a day."""
    try:
        return datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC).strftime("%Y-%m-%d")
    except ValueError:
        return text

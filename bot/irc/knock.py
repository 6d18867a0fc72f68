"""Is the server there, and is it the one that it must be? Connects, proves it, and leaves."""

import asyncio

from bot.irc.link import LinkRefused, open_link
from bot.irc.routes import Route
from bot.settings import Address, TlsSettings
from core.domain.errors import ControlFailed


def knock(address: Address, tls: TlsSettings) -> str:
    """What was found, in words.

    Raises:
        ControlFailed: not there, or not proven.
    """
    try:
        return asyncio.run(_knock(Route(address=address, tls=tls.mode == "always"), tls))
    except LinkRefused as refused:
        raise ControlFailed(str(refused), hint="look at irc.server, irc.port and irc.tls") from None


async def _knock(route: Route, tls: TlsSettings) -> str:
    link = await open_link(route, tls)
    try:
        link.writer.write(b"QUIT :check\r\n")
        if not route.tls:
            return f'PLAINTEXT: everybody on the way can read and command (irc.tls.mode is "{tls.mode}")'
        proven = tls.verify or tls.fingerprint is not None
        ends = f", certificate until {link.certified_until}" if link.certified_until else ""
        return f"{link.tls_version}{ends}{'' if proven else ' (NOT VERIFIED: irc.tls.verify is false)'}"
    finally:
        await link.close()

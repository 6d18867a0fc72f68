"""A byte stream to the server, over TLS that proves who it is (or in plaintext, where the configuration says so)."""

import asyncio
import hashlib
import hmac
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.irc.routes import Route
from bot.settings import TlsSettings

CONNECT_SECONDS = 15.0
_CLOSE_SECONDS = 2.0
_NEXT_ADDRESS_SECONDS = 1.0  # after which the name's next address is tried beside one that does not answer
_LINE_LIMIT = 8191 + 512  # tags and line, as IRCv3 message-tags allows


class LinkRefused(Exception):
    """The server is not who it must be, or cannot be reached."""


@dataclass(frozen=True, slots=True)
class Link:
    """An open connection; not one byte is sent before the server has proven itself."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    route: Route

    @property
    def tls_version(self) -> str:
        """As OpenSSL names it; "" in plaintext."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return tls.version() or "" if tls is not None else ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the server's certificate, in hex; "" in plaintext."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        return hashlib.sha256(certificate).hexdigest() if certificate else ""

    @property
    def certified_until(self) -> str:
        """The last day of the server's certificate; "" where nobody has looked at it."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return _day(str((tls.getpeercert() or {}).get("notAfter", ""))) if tls is not None else ""

    async def close(self) -> None:
        """Close, without waiting for a peer that does not answer."""
        self.writer.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.writer.transport.abort()


async def open_link(route: Route, tls: TlsSettings) -> Link:
    """Connect, and check the server where TLS does.

    Raises:
        LinkRefused: with the reason in words.
    """
    context = _context(tls) if route.tls else None
    link = Link(*await _connect(route, context), route)
    if route.tls and tls.fingerprint is not None and not _is_pinned(link, tls.fingerprint):
        await link.close()
        raise LinkRefused("the server shows another certificate than the pinned one (irc.tls.fingerprint)")
    return link


async def _connect(route: Route, context: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = route.address.host, route.address.port
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(
                host,
                port,
                ssl=context,
                server_hostname=host if context is not None else None,
                limit=_LINE_LIMIT,
                happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS,
            )
    except ssl.SSLCertVerificationError as error:
        raise LinkRefused(f"the server's certificate is not trusted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise LinkRefused(f"TLS failed: {error.reason or 'no reason given'}") from None
    except TimeoutError:
        raise LinkRefused(f"no connection within {CONNECT_SECONDS:.0f} s") from None
    except (OSError, ValueError) as error:  # ValueError: a host name that no resolver takes
        raise LinkRefused(f"no connection: {getattr(error, 'strerror', None) or type(error).__name__}") from None


def _context(tls: TlsSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
    except (OSError, ValueError) as error:
        raise LinkRefused(f"irc.tls.ca_file {tls.ca_file} cannot be used: {_reason(error)}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A pinned certificate is its own proof; a CA that is named beside it is asked as well.
    pinned_alone = tls.fingerprint is not None and tls.ca_file is None
    if not tls.verify or pinned_alone:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate is not None:
        try:
            # The empty password: a key that needs one must not make us ask on a terminal that nobody watches.
            context.load_cert_chain(str(tls.certificate), str(tls.key) if tls.key else None, password="")
        except (OSError, ValueError) as error:
            raise LinkRefused(f"irc.tls.certificate {tls.certificate} cannot be used: {_reason(error)}") from None
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "it is no PEM"
    return getattr(error, "strerror", None) or type(error).__name__


def _is_pinned(link: Link, fingerprint: str) -> bool:
    return hmac.compare_digest(link.fingerprint, fingerprint.replace(":", "").lower())


def _day(text: str) -> str:
    """OpenSSL's own form of a date, as a day."""
    try:
        return datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC).strftime("%Y-%m-%d")
    except ValueError:
        return text

"""Whether the page could be served, or is: looked at from outside, for `check`."""

import errno
import http.client
import socket
import ssl

from bot.http.tls import server_context
from bot.http_settings import PORT, HttpSettings
from bot.settings import Address, read_address
from core.domain.errors import ConfigInvalid

_SECONDS = 3.0
_LEAST = 16  # characters of a token


def knock(settings: HttpSettings) -> str:
    """What will be served where, in words; whether the bot serves there now.

    Raises:
        ConfigInvalid: it cannot be served so.
    """
    context = server_context(settings)
    way = "TLS" if context is not None else "no TLS"
    return f"{way}, {_place(settings, read_address(settings.listen, PORT))}"


def weakness(settings: HttpSettings) -> str:
    """Why it could be read by who should not; or "". Raises what revealing the token raises."""
    if settings.token is not None and len(settings.token.reveal()) < _LEAST:
        return f"a token of fewer than {_LEAST} characters is guessed one day: `openssl rand -hex 24` makes a good one"
    return ""


def _place(settings: HttpSettings, address: Address) -> str:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        with socket.socket(family) as place:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind((address.host, address.port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ConfigInvalid(f"http.listen: {error.strerror}", hint="an address of this host, and a port") from None
        return _who_serves(settings, address)
    return f"nobody listens on {settings.listen} yet"


def _who_serves(settings: HttpSettings, address: Address) -> str:
    try:
        server = _ask(settings, address)
    except (OSError, http.client.HTTPException):
        if settings.client_ca is not None:
            return f"something listens on {settings.listen}, and hears nobody without a certificate"
        server = ""
    if server != "BackupServ":
        raise ConfigInvalid(f"another program listens on {settings.listen}", hint="another port in http.listen")
    return f"served by the bot that runs, on {settings.listen}"


def _ask(settings: HttpSettings, address: Address) -> str:
    """Who answers there. Nothing secret is sent, and nothing that is heard is believed for more than a word."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_SECONDS)
    if settings.certificate is not None:
        unproven = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unproven.check_hostname, unproven.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=_SECONDS, context=unproven)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().getheader("Server", "") or ""
    finally:
        connection.close()

"""How the server speaks TLS: its certificate, and whose certificates it takes."""

import ssl

from bot.http_settings import HttpSettings
from core.domain.errors import ConfigInvalid


def server_context(settings: HttpSettings) -> ssl.SSLContext | None:
    """None where it speaks without.

    Raises:
        ConfigInvalid: a file cannot be read, or they do not belong together; which one is told by its key.
    """
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except OSError as error:
        raise _unusable("certificate and http.key", error) from None
    if settings.client_ca is not None:
        try:
            context.load_verify_locations(settings.client_ca)
        except OSError as error:
            raise _unusable("client_ca", error) from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _unusable(key: str, error: OSError) -> ConfigInvalid:
    """OpenSSL's reasons are words in capitals; those of the system are sentences."""
    why = error.reason.replace("_", " ").lower() if isinstance(error, ssl.SSLError) and error.reason else error.strerror
    return ConfigInvalid(
        f"http.{key} cannot be used: {why}", hint="PEM files, the chain behind the certificate, readable by the bot"
    )

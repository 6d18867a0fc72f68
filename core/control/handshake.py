"""Seeing what a TLS port serves: a handshake and not a byte more."""

import re
import socket

from core.certificates.certificate import read_certificate
from core.domain.errors import ControlFailed
from core.program_ports import Served

_PORT = 6697  # where an address names none (RFC 7194)
_SECONDS = 5.0  # for the connection, and once more for the handshake
_ADDRESS = re.compile(r"(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?")


class TlsHandshake:
    """Asks for nothing and verifies nothing: what is served is told, whatever it is worth; see the port."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def served(self, address: str) -> Served:
        """The certificate at "host:port"; see the port."""
        der = self._certificate_at(address)
        read = read_certificate(der) if der else None
        if read is None:
            raise ControlFailed(f"{address} serves no certificate that can be read")
        return Served(fingerprint=read.fingerprint, begins_at=read.begins_at, ends_at=read.ends_at, names=read.names)

    def _certificate_at(self, address: str) -> bytes | None:
        import ssl  # noqa: PLC0415 — start-up time is a promise

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # also a key that is too short is to be seen
        host, port = _split(address)
        name = None if _is_number(host) else host
        try:
            with (
                socket.create_connection((host, port), timeout=self._seconds) as plain,
                context.wrap_socket(plain, server_hostname=name) as connection,
            ):
                return connection.getpeercert(binary_form=True)
        except ConnectionRefusedError:
            raise ControlFailed(f"nobody listens at {address}") from None
        except TimeoutError:
            raise ControlFailed(f"{address} does not answer with TLS within {self._seconds:g} seconds") from None
        except OSError as error:  # all of TLS's own are some
            raise ControlFailed(f"TLS with {address} does not come to be: {_reason(error)}") from None


def _split(address: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(f"[{address}]" if address.count(":") > 1 and "[" not in address else address)
    if found is None:
        raise ControlFailed(f"{address!a} is no address", hint='expected "host:port" or "[address]:port"')
    return found[1] or found[2], int(found[3] or _PORT)


def _is_number(host: str) -> bool:
    """Whether it is an address, for which no name is asked for in the handshake (RFC 6066)."""
    return ":" in host or re.fullmatch(r"[0-9.]+", host) is not None


def _reason(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return str(reason).lower().replace("_", " ")

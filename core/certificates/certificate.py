"""One X.509 certificate (RFC 5280), as far as anybody here asks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING

from core.certificates.words import told

if TYPE_CHECKING:
    from cryptography import x509

_MOST_NAMES = 200  # Let's Encrypt gives at most 100
_SHORT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What it says. Nothing about it was verified but who signed it, where that is asked."""

    fingerprint: str  # SHA-256 (hex) of the DER form
    key: str  # SHA-256 (hex) of its public key, by which the private one is recognised
    subject: str  # a name for people: the common name, or the first of the others
    issuer: str
    names: tuple[str, ...]  # DNS names in lower case and addresses: of subjectAltName, else the common name
    begins_at: datetime  # aware, UTC
    ends_at: datetime
    is_authority: bool  # may sign others; also said by what `openssl req -x509` makes for a server
    signs_itself: bool
    der: bytes = field(repr=False)

    @property
    def short(self) -> str:
        """Enough of the fingerprint to tell it from others."""
        return self.fingerprint[:_SHORT]

    def left(self, now: datetime) -> timedelta:
        """How long it still holds; negative where it has expired."""
        return self.ends_at - now

    def was_issued_by(self, other: "Certificate") -> bool:
        """Whether the key of `other` signed it, and the names fit."""
        return _issued(self.der, other.der)


@lru_cache(maxsize=4096)
def _issued(der: bytes, by: bytes) -> bool:
    from cryptography import x509  # noqa: PLC0415 — start-up time is a promise
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 — same

    try:
        x509.load_der_x509_certificate(der).verify_directly_issued_by(x509.load_der_x509_certificate(by))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def read_certificate(der: bytes) -> Certificate | None:
    """A certificate by its DER form; None for what is none."""
    from cryptography import x509  # noqa: PLC0415 — same
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 — same

    try:
        read = x509.load_der_x509_certificate(der)
        public = read.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        names = _names(read)
        return Certificate(
            fingerprint=sha256(der).hexdigest(),
            key=sha256(public).hexdigest(),
            subject=_person(read.subject) or (told(names[0]) if names else "nobody"),
            issuer=_person(read.issuer) or "nobody",
            names=names,
            begins_at=read.not_valid_before_utc.astimezone(UTC),
            ends_at=read.not_valid_after_utc.astimezone(UTC),
            is_authority=_is_authority(read),
            signs_itself=read.subject == read.issuer and _issued(der, der),
            der=der,
        )
    except Exception:  # the library has a dozen errors for bytes that are no certificate, and grows more
        return None


def _names(read: "x509.Certificate") -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415 — same

    try:
        given = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = _attribute(read.subject, "2.5.4.3")
        return (told(common.lower()),) if common else ()
    names = [told(name.lower()) for name in given.get_values_for_type(x509.DNSName)]
    names += [str(ip_address(str(name))) for name in given.get_values_for_type(x509.IPAddress)]
    return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def _person(name: "x509.Name") -> str:
    """The common name, or else the organisation."""
    return told(_attribute(name, "2.5.4.3") or _attribute(name, "2.5.4.10"))


def _attribute(name: "x509.Name", oid: str) -> str:
    found = [item.value for item in name if item.oid.dotted_string == oid]
    return next((value for value in found if isinstance(value, str)), "")


def _is_authority(read: "x509.Certificate") -> bool:
    from cryptography import x509  # noqa: PLC0415 — same

    try:
        return read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False

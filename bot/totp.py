"""One-time codes that change every half a minute (RFC 6238). The only importer of pyotp."""

import binascii
import hmac
from datetime import datetime, timedelta

import pyotp

from core.domain.errors import ConfigInvalid

_STEP = timedelta(seconds=30)
_WINDOW = (0, -1, 1)  # steps that a clock may be off
DIGITS = 6


def new_secret() -> str:
    """160 bits, in base32, as an authenticator takes them."""
    return pyotp.random_base32()


def enrolment(secret: str, *, person: str, network: str) -> str:
    """The otpauth:// URI that an authenticator reads. It holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=f"BackupServ {network}")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute the code is of, if it is one of now, of the last or of the next; None if it is wrong.

    Raises:
        ConfigInvalid: the secret is none.
    """
    try:
        codes = {offset: pyotp.TOTP(secret.strip()).at(now + offset * _STEP) for offset in _WINDOW}
    except (binascii.Error, ValueError):
        raise ConfigInvalid(
            "a secret for one-time codes is not base32", hint="`backupserv totp NAME` makes one"
        ) from None
    fitting = [offset for offset, right in codes.items() if hmac.compare_digest(right.encode(), code.encode())]
    return int(now.timestamp() // _STEP.total_seconds()) + fitting[0] if fitting else None

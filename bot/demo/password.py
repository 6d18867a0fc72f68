"""Passwords as Atheme 7.2 keeps them: PBKDF2-HMAC-SHA512, `$z$26$rounds$salt$digest` (modules/crypto/pbkdf2v2)."""

import base64
import hashlib
import hmac
import os

_ROUNDS = 10000
_SCHEME = "26"  # HMAC-SHA512 with a base64 salt


def make(password: str) -> bytes:
    """A new crypt string."""
    salt = os.urandom(32)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$z${_SCHEME}${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}".encode()


def matches(password: str, crypt: bytes) -> bool:
    """Whether a password is the one."""
    try:
        _, kind, scheme, rounds, salt, digest = crypt.decode().split("$")
        if (kind, scheme) != ("z", _SCHEME):
            return False
        given = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(salt), int(rounds))
        return hmac.compare_digest(given, base64.b64decode(digest))
    except ValueError:
        return False

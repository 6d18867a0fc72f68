"""When are two names the same name? As the network says (ISUPPORT CASEMAPPING, atheme.conf `casemapping`)."""

from collections.abc import Callable
from operator import methodcaller
from typing import Literal

Casemapping = Literal["rfc1459", "ascii"]

_ASCII = bytes(range(256)).upper()
# RFC 1459 §2.2 calls {}| the lower case of []\, and servers add ~ and ^.
_RFC1459 = _ASCII.translate(bytes.maketrans(b"{|}~", b"[\\]^"))
_TABLES: dict[str, bytes] = {"ascii": _ASCII, "rfc1459": _RFC1459}


def fold(name: bytes, casemapping: Casemapping = "rfc1459") -> bytes:
    """The form in which two names compare (and sort) as services compare them: folded to upper case."""
    return name.translate(_TABLES[casemapping])


def folding(casemapping: Casemapping) -> Callable[[bytes], bytes]:
    """`fold` for names of one network: for loops over all of them."""
    return methodcaller("translate", _TABLES[casemapping])

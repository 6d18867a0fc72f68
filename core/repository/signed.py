"""JSON that says of itself whether it is whole and who signed it, one field a line, so that stock tools can check it.

grep -v '^ "signature"' FILE                       what is signed
grep -v '^ "signature"' FILE | grep -v '^ "checksum"' | sha256sum    what "checksum" is of
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from core.domain.errors import ObjectDamaged
from core.ports import Signer

_SIGNATURE = re.compile(rb' "signature": ("[^\n]{1,2000}"),\n')
_CHECKSUM = re.compile(rb' "checksum": "([0-9a-f]{64})",\n')


def write_signed(fields: Mapping[str, Any], signer: Signer | None, *, comment: str) -> bytes:
    """Canonical bytes: the same fields always give the same. `comment` is signed too, and shown by who checks it."""
    body = (json.dumps(fields, indent=1, sort_keys=True) + "\n").encode()
    summed = _with_line(body, "checksum", sha256(body).hexdigest())
    return _with_line(summed, "signature", signer.sign(summed, comment)) if signer is not None else summed


def _with_line(body: bytes, name: str, value: str) -> bytes:
    return body[:2] + f' "{name}": {json.dumps(value)},\n'.encode() + body[2:]


def split_signature(content: bytes) -> tuple[bytes, str]:
    """What was signed, and the signature ("" where there is none)."""
    found = _SIGNATURE.match(content, 2)
    if found is None:
        return content, ""
    try:
        signature = json.loads(found[1])
    except ValueError:
        return content, ""
    return content[:2] + content[found.end() :], signature


def read_signed(content: bytes, key: str) -> dict[str, Any]:
    """The fields, if the file is as it was written. Who signed it is another question.

    Raises:
        ObjectDamaged: it is not JSON, or its checksum does not fit.
        ValueError, RecursionError: the same, for who says it better.
    """
    signed, _ = split_signature(content)
    checksum = _CHECKSUM.match(signed, 2)
    body = signed[:2] + signed[checksum.end() :] if checksum else signed
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise TypeError(type(fields).__name__)
    if checksum is None or checksum[1].decode() != sha256(body).hexdigest():
        raise ObjectDamaged(f"{key} was changed since it was written: its checksum does not fit")
    return fields

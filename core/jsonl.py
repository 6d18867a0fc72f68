"""Append-only files of JSON lines: flushed and checksummed line by line, and a torn last line hurts nobody."""

import json
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.disk import flush_folder, make_private_folder, write_error
from core.domain.errors import StorageUnavailable

_CHECK = re.compile(rb', "check": "([0-9a-f]{16})"}')
_CHECK_LENGTH = len(b', "check": "0123456789abcdef"}')


def append(path: Path, fields: Mapping[str, Any]) -> None:
    """One line more, on the medium before this returns. `fields` must not be empty.

    A line that a crash tore is ended first, so that it never swallows the next one.

    Raises:
        StorageFull, StorageUnavailable: it was not written.
    """
    make_private_folder(path.parent)
    new = line(fields)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
            _write_all(descriptor, b"\n" + new if torn else new)
            os.fsync(descriptor)
            if end == 0:
                flush_folder(path.parent)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise write_error(path, error) from error


def line(fields: Mapping[str, Any]) -> bytes:
    """The fields, and last of all the start of the SHA-256 of the line without it."""
    # A lone surrogate (a byte that was no UTF-8) becomes an escape, which JSON knows as well.
    return checked(json.dumps(fields, ensure_ascii=False).encode(errors="backslashreplace"))


def checked(body: bytes) -> bytes:
    """An object of JSON, on one line that tells when it was changed."""
    return body[:-1] + f', "check": "{_digest(body)}"}}\n'.encode()


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:16]


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def read(path: Path) -> tuple[list[tuple[int, dict[str, Any]]], list[int]]:
    """All whole lines with their numbers (1-based), and the numbers of those that are torn or changed.

    Raises:
        StorageUnavailable: it cannot be read; a missing file is empty.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.strerror}") from None
    good, bad = [], []
    for number, text in enumerate(content.split(b"\n"), start=1):
        fields = parse(text)
        if fields is not None:
            good.append((number, fields))
        elif text:
            bad.append(number)
    return good, bad


def read_end(path: Path, size: int) -> tuple[list[dict[str, Any]], bool]:
    """The whole lines within the last `size` bytes, and whether that is the whole file. Torn ones are left out.

    Raises:
        StorageUnavailable: it cannot be read; a missing file is empty.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - size))
            content = file.read(size)
    except FileNotFoundError:
        return [], True
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.strerror}") from None
    found = (parse(text) for text in content.split(b"\n"))  # the first may be the end of a line: then it is torn
    return [fields for fields in found if fields is not None], end <= size


def parse(text: bytes) -> dict[str, Any] | None:
    """The fields of one line, without its end; None if it is torn or changed."""
    body = text[:-_CHECK_LENGTH] + b"}"
    check = _CHECK.fullmatch(text[-_CHECK_LENGTH:])
    if check is None or check[1].decode() != _digest(body):
        return None
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None

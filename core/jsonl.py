"""Append-only files of JSON lines: flushed line by line, and a torn last line hurts nobody."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_error
from core.domain.errors import StorageUnavailable


def append(path: Path, fields: Mapping[str, Any]) -> None:
    """One line more, on the medium before this returns.

    A line that a crash tore is ended first, so that it never swallows the next one.

    Raises:
        StorageFull, StorageUnavailable: it was not written.
    """
    make_private_folder(path.parent)
    line = json.dumps(fields, ensure_ascii=False).encode() + b"\n"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
            _write_all(descriptor, b"\n" + line if torn else line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise write_error(path, error) from error


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def read(path: Path) -> tuple[list[dict[str, Any]], list[int]]:
    """All lines that are JSON objects, and the numbers (1-based) of those that are not.

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
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line:
            continue
        try:
            fields = json.loads(line)
        except ValueError:
            fields = None
        if isinstance(fields, dict):
            good.append(fields)
        else:
            bad.append(number)
    return good, bad

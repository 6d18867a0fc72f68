"""A word with a running UnrealIRCd over a UNIX socket of its data folder, bounded in time and in size.

`unrealircd.ctl` (src/procio_server.c): it says READY, takes a line, answers REPLY lines and ends with `END code`. The
JSON-RPC socket (https://www.unrealircd.org/docs/JSON-RPC): one JSON text per line, no login.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.domain.errors import ControlFailed, ProgramDown

_LIMIT = 1 << 20  # bytes of an answer: a rehash says a few kilobytes
_PIECE = 1 << 14


def ask_control(path: Path, line: str, *, timeout: float) -> tuple[tuple[str, ...], int]:
    """The lines of an answer and the code that it ends with; 0 is good.

    Raises:
        ControlFailed: nobody answers, or not to the end.
    """
    said: list[str] = []
    with _connected(path, timeout) as (connection, until):
        for number, answer in enumerate(_lines(connection, path, until)):
            word, _, rest = answer.partition(" ")
            if number == 0 and word == "READY":
                connection.sendall(f"{line}\n".encode())
            elif word == "REPLY" and number:
                said.append(rest)
            elif word == "END" and number:
                return tuple(said), _code(rest, path)
            else:
                raise ControlFailed(f"what answers at {path} is not UnrealIRCd's control socket")
    raise ControlFailed(f"{path} was closed before the answer ended", hint="did UnrealIRCd end? look at its log")


def ask_rpc(path: Path, method: str, *, timeout: float) -> Any:
    """The result of a call without parameters.

    Raises:
        ControlFailed: nobody answers, not to the end, or with an error.
    """
    with _connected(path, timeout) as (connection, until):
        question = {"jsonrpc": "2.0", "method": method, "params": {}, "id": 1}
        connection.sendall(json.dumps(question).encode() + b"\n")
        for line in _lines(connection, path, until):
            answer = _parsed(line, path)
            if answer.get("id") != 1:
                continue  # a notification
            if "error" in answer or "result" not in answer:
                raise ControlFailed(f"UnrealIRCd refused {method} at {path}", hint="is its JSON-RPC module loaded?")
            return answer["result"]
    raise ControlFailed(f"{path} was closed before the answer came", hint="did UnrealIRCd end? look at its log")


def _parsed(line: str, path: Path) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise ControlFailed(f"what answers at {path} is not JSON-RPC")
    return answer


def _code(text: str, path: Path) -> int:
    try:
        return int(text[:20])
    except ValueError:
        raise ControlFailed(f"what answers at {path} is not UnrealIRCd's control socket") from None


@contextmanager
def _connected(path: Path, timeout: float) -> Iterator[tuple[socket.socket, float]]:
    """The socket, and until when an answer is waited for."""
    until = time.monotonic() + timeout
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.settimeout(timeout)
            connection.connect(str(path))
            yield connection, until
        except TimeoutError:
            raise ControlFailed(
                f"UnrealIRCd did not answer at {path} within {timeout:.0f} s",
                hint="it may still be at it (a remote include that does not come): look at its log",
            ) from None
        except OSError as error:
            if isinstance(error, ConnectionRefusedError):  # its socket lies there, and nobody holds it
                raise ProgramDown(f"nobody listens at {path}: UnrealIRCd does not run", hint="start it") from None
            hint = "does it run?"
            if isinstance(error, PermissionError):
                hint = f"uid {os.geteuid()} may not open it: run as its user or as root"
            raise ControlFailed(f"UnrealIRCd cannot be asked at {path}: {error.strerror or error}", hint=hint) from None


def _lines(connection: socket.socket, path: Path, until: float) -> Iterator[str]:
    kept, size = b"", 0
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(_PIECE)
        if not piece:
            return
        size += len(piece)
        if size > _LIMIT:
            raise ControlFailed(f"UnrealIRCd says more than {_LIMIT:,} bytes at {path}")
        *whole, kept = (kept + piece).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")

"""Speaks on a UNIX socket as UnrealIRCd 6.1 does (src/procio_server.c, src/modules/rpc/server.c), from a script.

It stands in for UnrealIRCd, which no test machine has: it proves that we speak as its source does, and no more.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class StandIn:
    """What it will answer, and what it was asked."""

    path: Path
    replies: Sequence[str] = ()  # to REHASH
    code: int = 0
    tls_replies: Sequence[str] = ()
    tls_code: int = 0
    result: Any = None  # of server.rehash
    greeting: str = "READY irc.example.test UnrealIRCd-6.1.8.1"
    ends: bool = True  # False: it never comes to an end
    asked: list[str] = field(default_factory=list)
    on_rehash: Callable[[str], object] = str  # what it does: nothing

    def answer(self, line: str) -> bytes:
        """What is said to one line."""
        self.asked.append(line)
        if line.startswith("{"):
            said = {"jsonrpc": "2.0", "method": "server.rehash", "id": json.loads(line)["id"], "result": self.result}
            return (json.dumps({"jsonrpc": "2.0", "method": "log.event"}) + "\n" + json.dumps(said) + "\n").encode()
        self.on_rehash(line)
        replies, code = (self.tls_replies, self.tls_code) if line == "REHASH -tls" else (self.replies, self.code)
        end = f"END {code}\r\n" if self.ends else ""
        return ("".join(f"REPLY {reply}\r\n" for reply in replies) + end).encode()


@contextmanager
def speaking(stand_in: StandIn, *, rpc: bool = False) -> Iterator[StandIn]:
    """It listens while the block runs."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(stand_in.path))
        listening.listen()
        thread = threading.Thread(target=_serve, args=(listening, stand_in, rpc), daemon=True)
        thread.start()
        yield stand_in
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listening: socket.socket, stand_in: StandIn, rpc: bool) -> None:  # noqa: FBT001 — a thread is given it by place
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as lines:
            if not rpc:
                connection.sendall(f"{stand_in.greeting}\r\n".encode())
            for line in lines:
                connection.sendall(stand_in.answer(line.decode().strip()))

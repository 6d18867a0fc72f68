"""A port that serves a certificate over TLS and says nothing, in a thread."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class TlsPort:
    """Serves a pair of files as they were at the last `reload`, as an IRCd does."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = self._read()
        self._thread = threading.Thread(target=self._serve)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.handshakes = 0

    def reload(self) -> None:
        """Raises where the pair does not fit, and goes on with what it had."""
        self._context = self._read()

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._files)
        return context

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(5)
            with suppress(OSError), self._context.wrap_socket(client, server_side=True) as connection:
                self.handshakes += 1
                connection.recv(1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

"""Everything that must run for the demo: the server in this process, services and the bot as programs of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.demo.ircd import DemoIrcd
from bot.demo.network import OPER_PASSWORD, DemoNetwork, lay_out


class Stage:
    """A context: all of it runs inside, and none of it is left behind."""

    def __init__(self, folder: Path, *, page: bool = False) -> None:
        self.network: DemoNetwork = lay_out(folder, page=page)
        self._environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}
        self._bot: subprocess.Popen[bytes] | None = None
        tls = self.network.tls
        self.ircd = DemoIrcd(
            certificate=tls / "server.pem",
            key=tls / "server.key",
            opers=dict.fromkeys(("alice", "carol", "backup"), OPER_PASSWORD),
            services_password=self.network.link_password.read_text(),
            port=self.network.port,
        )

    def __enter__(self) -> Self:
        self.ircd.start()
        try:
            self.start_services()
            self.start_bot()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start_services(self) -> None:
        """As an init script would."""
        subprocess.run(self.network.services_words, check=True, env=self._environment, timeout=20)
        self._wait_for(lambda: self.ircd.has("NickServ"), "NickServ")

    def start_bot(self) -> None:
        """The real bot, with its log beside it."""
        words = [sys.executable, "-m", "bot", "run", "--config", str(self.network.config)]
        with (self.network.folder / "bot.log").open("ab") as log:
            self._bot = subprocess.Popen(words, env=self._environment, stdout=log, stderr=log, start_new_session=True)
        self._wait_for(lambda: self.ircd.is_in("BackupServ", "#opers"), "BackupServ")

    @property
    def bot_runs(self) -> bool:
        """Whether its process lives."""
        return self._bot is not None and self._bot.poll() is None

    def kill_bot(self) -> None:
        """SIGKILL, as a machine without memory does."""
        if self._bot is not None:
            self._bot.kill()
            self._bot.wait()
        deadline = time.monotonic() + 5
        while self.ircd.has("BackupServ") and time.monotonic() < deadline:
            time.sleep(0.02)

    def _wait_for(self, there: Callable[[], bool], nick: str) -> None:
        deadline = time.monotonic() + 20
        while not there():
            if time.monotonic() >= deadline or (self._bot is not None and self._bot.poll() is not None):
                raise TimeoutError(f"{nick} did not come; {self.network.folder}/bot.log may say why")
            time.sleep(0.05)

    def end(self) -> None:
        """Stop the bot, then services, then the server."""
        if self._bot is not None and self._bot.poll() is None:
            self._bot.terminate()
            try:
                self._bot.wait(10)
            except subprocess.TimeoutExpired:
                self._bot.kill()
                self._bot.wait()
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.network.pid_file.read_text())
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:  # they save first
                os.kill(pid, 0)
                time.sleep(0.02)
        self.ircd.stop()

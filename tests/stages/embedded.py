"""The demo's server and pocket services, in and beside this process."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.network import OPER_PASSWORD
from bot.demo.stage import Stage as DemoStage
from tests.machine import until
from tests.stages.stage import EXEMPT, Facts, Stage, give_bob_many_channels


class EmbeddedStage(Stage):
    """What `backupserv demo` runs."""

    facts = Facts(name="embedded", has_tags=True, has_sasl=False)
    oper = ("alice", OPER_PASSWORD)

    def __init__(self, demo: DemoStage) -> None:
        self._demo = demo
        self.folder = demo.network.folder
        self.database = demo.network.database
        self.port = demo.network.port
        self.ca = demo.network.tls / "ca.pem"

    def kill_services(self) -> None:
        os.kill(int(self._demo.network.pid_file.read_text()), signal.SIGKILL)
        until(lambda: not self._demo.ircd.has("NickServ"), "services are gone")

    def start_services(self) -> None:
        self._demo.start_services()

    def start_bot(self) -> None:
        self._demo.start_bot()

    def kill_bot(self) -> None:
        self._demo.kill_bot()

    def is_running(self) -> bool:
        return self._demo.bot_runs


@contextmanager
def embedded(folder: Path, *, exempt: bool = True) -> Iterator[EmbeddedStage]:
    """It runs until the block ends. `exempt`: the bot may say what it likes."""
    demo = DemoStage(folder / "network")
    config = demo.network.config
    config.write_text(config.read_text().replace("lines_per_second = 20\n", EXEMPT if exempt else ""))
    give_bob_many_channels(demo.network.database)
    with demo:
        yield EmbeddedStage(demo)

"""Debian's InspIRCd or ngIRCd with Atheme, and the demo's people and configuration on it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.demo.network import PASSWORDS, DemoNetwork
from bot.demo.network import lay_out as lay_out_demo
from bot.demo.person import Person
from core.disk import write_whole
from tests.lab.bot import running_bot
from tests.lab.fixture import running_lab
from tests.lab.network import Ircd, Lab, give_away
from tests.lab.real import find_program
from tests.machine import until
from tests.stages.stage import EXEMPT, Facts, Stage, give_bob_many_channels

_FACTS = {
    "inspircd": Facts(name="inspircd", has_tags=True, has_sasl=True),
    "ngircd": Facts(name="ngircd", has_tags=False, has_sasl=False),
}
_OPERATORS = """
operator "alice" { operclass = "sra"; };
operator "carol" { operclass = "sra"; };
"""


class RealStage(Stage):
    """Real programs; what happens on the network is brought about by somebody who is on it."""

    oper = Lab.oper

    def __init__(self, lab: Lab, network: DemoNetwork) -> None:
        self.lab = lab
        self.facts = _FACTS[lab.ircd]
        self.folder = network.folder
        self.database = lab.database
        self.port = lab.tls_port
        self.ca = lab.ca
        self._running = ExitStack()

    def kill_services(self) -> None:
        self.lab.kill_services()
        with self.somebody("cutter") as oper:  # InspIRCd does not always see at once that the link is dead
            oper.send("SQUIT services.lab.test :gone")
            until(lambda: not _has(oper, "NickServ"), "services are gone")

    def start_services(self) -> None:
        self.lab.start_services()
        with self.somebody("looker", oper=False) as person:
            until(lambda: _has(person, "NickServ") and _has(person, "OperServ"), "services are there")

    def start_bot(self) -> None:
        self._bot = self._running.enter_context(running_bot(self.folder / "bot.toml"))

    def kill_bot(self) -> None:
        self._bot.kill()
        self._bot.wait()
        with self.somebody("looker", oper=False) as person:
            until(lambda: not _has(person, "BackupServ"), "the bot is gone")

    def is_running(self) -> bool:
        return self._bot.poll() is None

    def end(self) -> None:
        """Stop the bot."""
        self._running.close()


def _has(person: Person, nick: str) -> bool:
    """Whether a nick is there, a service too."""
    person.send(f"WHOIS {nick}")
    there = " 311 " in person.wait(rf"(?i) (311|401) \S+ {nick} ")
    person.wait(" 318 ")
    return there


@contextmanager
def real(
    folder: Path, ircd: Ircd, *, exempt: bool = True, change: Callable[[Lab], None] = lambda _: None
) -> Iterator[RealStage]:
    """It runs until the block ends; `change` is done to the lab's files first.

    `exempt`: the bot may say what it likes, as an operator. Without, it is nobody special.
    """
    network = lay_out_demo(folder / "network")

    def settle(lab: Lab) -> None:
        give_bob_many_channels(network.database)
        shutil.copy(network.database, lab.database)
        with lab.config.open("a") as services:
            services.write(_OPERATORS)
        if not exempt:
            config = lab.folder / f"{ircd}.conf"
            config.write_text(config.read_text().replace('recvq="64k" threshold="20"', 'recvq="8192" threshold="10"'))
        change(lab)
        give_away(lab.folder)

    with running_lab(ircd, settle) as lab:
        write_config(network, lab, exempt=exempt)
        stage = RealStage(lab, network)
        try:
            stage.start_services()
            stage.start_bot()
            yield stage
        finally:
            stage.end()


def write_config(network: DemoNetwork, lab: Lab, *, exempt: bool) -> None:
    """The demo's configuration, made to fit these servers."""
    keys = network.folder / "keys"
    save = f'kind = "command", save = ["pkill", "-HUP", "-F", "{lab.pidfile}"]'  # who cannot log in cannot UPDATE
    sasl = f'[irc.sasl]\naccount = "BackupServ"\npassword = {{ file = "{keys}/sasl.password" }}\n'
    oper = f'[irc.oper]\nname = "backup"\npassword = {{ file = "{keys}/oper.password" }}\n'
    pace = "lines_per_second = 20\n"
    text = network.config.read_text()
    for old, new in {
        _list(network.services_words): _list(lab.start_words),
        str(network.database): str(lab.database),
        str(network.pid_file): str(lab.pidfile),
        f"port = {network.port}": f"port = {lab.tls_port}",
        f"{network.tls}/ca.pem": str(lab.ca),
        pace: f"reconnect_seconds = 0.3\nnick_check_seconds = 1\n{EXEMPT if exempt else ''}",
        'kind = "irc"': 'kind = "irc"' if _FACTS[lab.ircd].has_sasl else save,
        "[sources.services.control]": f"{_rehearsal(lab)}[sources.services.control]",
        oper: f"{oper.replace('backup', lab.oper[0]) if exempt else ''}\n{sasl}",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    network.config.write_text(text)
    write_whole(keys / "oper.password", [lab.oper[1].encode()])
    write_whole(keys / "sasl.password", [PASSWORDS["BackupServ"].encode()])


def _rehearsal(lab: Lab) -> str:
    binary = find_program("atheme-services")
    return f'[sources.services.rehearsal]\nbinary = "{binary}"\nconfig = "{lab.config}"\nuser = "irc"\n'


def _list(words: list[str]) -> str:
    return "[{}]".format(", ".join(f'"{word}"' for word in words))

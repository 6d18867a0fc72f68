"""The real bot on the lab's network, as a program of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.crypto.age import generate_identity, write_identity
from tests.lab.network import Lab
from tests.lab.real import find_program


def write_config(
    lab: Lab, folder: Path, *, ask: str = 'kind = "irc"', irc: bool = True, who: tuple[str, ...] = ("root1", "bob")
) -> Path:
    """The bot's configuration for a lab, with fresh keys, everything in `folder`."""
    identity, recipient = generate_identity()
    _, recovery = generate_identity()
    write_identity(folder / "host.key", identity)
    password, oper = _secret(folder / "sasl.password", "BackupServ-password"), _secret(folder / "oper", lab.oper[1])
    words = ", ".join(f'"{word}"' for word in lab.start_words)
    text = f"""\
state_dir = "{folder}/state"
[network]
name = "LabNet"
host = "lab"
[keys]
recipients = ["{recipient}", "{recovery}"]
identity = "{folder}/host.key"
[storage.disk]
kind = "local"
path = "{folder}/repository"
[sources.services]
kind = "atheme"
database = "{lab.database}"
config = "{lab.config}"
ask = {{ {ask} }}
control = {{ kind = "pidfile", pidfile = "{lab.pidfile}", start = [{words}] }}
rehearsal = {{ binary = "{find_program("atheme-services")}", config = "{lab.config}", user = "irc" }}
"""
    if irc:
        text += f"""
[saves]
enabled = false  # a test counts the snapshots that it asked for
[schedule]
enabled = false  # at whatever hour it runs
[irc]
server = "localhost"
port = {lab.tls_port}
channel = "#opers"
reconnect_seconds = 0.5
tls = {{ ca_file = "{lab.ca}" }}
sasl = {{ account = "BackupServ", password = {{ file = "{password}" }} }}
oper = {{ name = "{lab.oper[0]}", password = {{ file = "{oper}" }} }}
lines_per_second = 20  # opers may, here
[access]
accounts = [{", ".join(f'"{name}"' for name in who)}]
"""
    path = folder / "bot.toml"
    path.write_text(text)
    return path


def _secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def backupserv(*words: str) -> list[str]:
    """The command, as this test's own Python runs it."""
    return [sys.executable, "-m", "bot", *words]


@contextmanager
def running_bot(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The bot, until the block ends, or whoever runs the test is killed; its log lies beside the configuration."""
    log = config.with_name("bot.log")
    earlier = log.stat().st_size if log.exists() else 0
    words = ["setpriv", "--pdeathsig", "TERM", *backupserv("run", "--config", str(config))]
    with log.open("ab") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 15
        while b"Joined" not in log.read_bytes()[earlier:]:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

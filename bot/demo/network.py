"""A sample network on disk: services database, TLS directory, config tree, keys, and the bot's configuration."""

import secrets
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.demo import password as passwords
from bot.demo.certificates import make_pair
from core.crypto.age import generate_identity, write_identity
from core.crypto.signing import generate_signing_key, write_signing_key
from core.disk import make_private_folder, write_whole
from core.formats.atheme.schema import next_uid

PASSWORDS = {"alice": "wonderland", "carol": "singing", "bob": "builder", "BackupServ": secrets.token_hex(12)}
OPER_PASSWORD = "let-me-oper"  # noqa: S105 — of a network that lives for a minute, on loopback
_OTHERS = ("dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory")
_BORN = datetime(2019, 3, 2, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNetwork:
    """Where everything lies."""

    folder: Path
    port: int
    page_port: int = 0  # of the status page; 0: it is not served

    @property
    def database(self) -> Path:
        """The services database."""
        return self.folder / "services" / "services.db"

    @property
    def pid_file(self) -> Path:
        """Of the services."""
        return self.folder / "services" / "services.pid"

    @property
    def tls(self) -> Path:
        """Certificates and keys."""
        return self.folder / "tls"

    @property
    def link_password(self) -> Path:
        """What services say to the server."""
        return self.folder / "services" / "link.password"

    @property
    def config(self) -> Path:
        """The bot's."""
        return self.folder / "bot.toml"

    @property
    def services_words(self) -> list[str]:
        """How services are started."""
        words = [sys.executable, "-m", "bot.demo.services", "--database", str(self.database)]
        words += ["--pid-file", str(self.pid_file), "--connect", f"127.0.0.1:{self.port}"]
        return [*words, "--password-file", str(self.link_password), "--ca", str(self.tls / "ca.pem")]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lay_out(folder: Path, *, page: bool = False) -> DemoNetwork:
    """Write all of it into an empty folder. `page`: the bot serves its status page."""
    network = DemoNetwork(folder=folder, port=free_port(), page_port=free_port() if page else 0)
    for part in (network.database.parent, network.tls, folder / "conf", folder / "keys"):
        make_private_folder(part)
    make_pair(network.tls, host="localhost")
    now = int(datetime.now(UTC).timestamp())
    write_whole(network.database, [_database(now)], mode=0o640)
    write_whole(network.link_password, [secrets.token_hex(16).encode()])
    write_whole(folder / "conf" / "ircd.conf", [b"# the configuration of a server would stand here\n"])
    _write_bot_config(network)
    return network


def _database(now: int) -> bytes:
    """A dozen people, a group, four channels."""
    born = int(_BORN.timestamp())
    names = sorted([*PASSWORDS, *_OTHERS], key=str.upper)
    rows: list[str] = []
    uid = b"AAAAAAAAA"
    for index, name in enumerate(names):
        uid = next_uid(uid)
        crypt = passwords.make(PASSWORDS.get(name, secrets.token_hex(8))).decode()
        registered = born + index * 86400
        rows.append(f"MU {uid.decode()} {name} {crypt} {name.lower()}@demo.test {registered} {now} +sC default ")
        if name == "bob":
            rows.append("MDU bob url https://bob.demo.test/ my   garage")
            rows += [f"ME bob alice {now - 500 + i} {i % 2} memo number {i}, keep it" for i in range(3)]
        rows.append(f"MN {name} {name} {registered} {now} ")
        if name == "bob":
            rows.append(f"MN bob bob_away {registered + 60} {now} ")
    head = ["GRVER 1 ", "DBV 12 ", f"LUID {next_uid(uid).decode()} ", "CF +AFHORVabefhioqrstv "]
    group = [
        "GDBV 4 ",
        "GFA +fscmviA ",
        f"GRP {next_uid(uid).decode()} !staff {born} + ",
        "GACL !staff alice +FfscmviA ",
        "GACL !staff bob +cm ",
    ]
    return "\n".join([*head, *rows, *group, *_channels(born, now), "KID 0 ", "XID 0 ", "QID 0 ", ""]).encode()


def _channels(born: int, now: int) -> list[str]:
    founder = "+AFORaefhioqrstv"
    return [
        f"MC #bobs-garage {born} {now} +vg 272 0 0  ",
        f"CA #bobs-garage bob {founder} {born} bob ",
        f"CA #bobs-garage carol {founder} {born} bob ",
        f"MDC #bobs-garage private:channelts {born}",
        f"MC #demo {born} {now} +vg 272 0 0  ",
        f"CA #demo alice {founder} {born} alice ",
        f"CA #demo bob +AOiortv {born} alice ",
        f"CA #demo *!*@spam.demo.test +b {born} alice ",
        "MDA #demo *!*@spam.demo.test reason too much of everything",
        f"MDC #demo private:channelts {born}",
        f"MC #opers {born} {now} +vg 272 0 0  ",
        f"CA #opers carol {founder} {born} carol ",
        f"MDC #opers private:channelts {born}",
    ]


def _write_bot_config(network: DemoNetwork) -> None:
    folder = network.folder
    identity, recipient = generate_identity()
    recovery, recovery_recipient = generate_identity()
    write_identity(folder / "keys" / "host.key", identity)
    write_identity(folder / "keys" / "recovery.key", recovery)
    secret, public = generate_signing_key()
    write_signing_key(folder / "keys" / "signing.key", secret)
    words = ", ".join(f'"{word}"' for word in network.services_words)
    text = f"""\
# The bot of the demo. A real network keeps the recovery key somewhere else.
state_dir = "{folder}/state"

[network]
name = "DemoNet"
host = "demo"

[keys]
recipients = ["{recipient}", "{recovery_recipient}"]
identity = "{folder}/keys/host.key"
signing = "{folder}/keys/signing.key"
trusted = ["{public}"]

[storage.disk]
kind = "local"
path = "{folder}/repository"

[sources.services]
kind = "atheme"
database = "{network.database}"
casemapping = "rfc1459"
ask = {{ kind = "irc" }}

[sources.services.control]
kind = "pidfile"
pidfile = "{network.pid_file}"
start = [{words}]

# Here a snapshot is made when somebody says so. A real network leaves this out: each save of its services is one.
[saves]
enabled = false

# Nor is anything done by itself. A real network leaves this out, too: what is done when, `backupserv schedule` tells.
[schedule]
enabled = false

[irc]
server = "localhost"
port = {network.port}
channel = "#opers"
lines_per_second = 20
tls = {{ ca_file = "{network.tls}/ca.pem" }}

[irc.oper]
name = "backup"
password = {{ file = "{folder}/keys/oper.password" }}

[access]
accounts = ["alice", "carol"]
"""
    text += f'\n[http]\nlisten = "127.0.0.1:{network.page_port}"\n' if network.page_port else ""
    write_whole(folder / "keys" / "oper.password", [OPER_PASSWORD.encode()])
    write_whole(network.config, [text.encode()])

"""`make soak MINUTES=30`: the bot on a real network for so long, with a save every five seconds and a link that breaks.

Real InspIRCd and Atheme; the bot is a program of its own behind a link that is cut each minute. An oper asks for
backups, proofs, drills and the status all the time. Memory must be flat, nothing leaked, and every save copied in time.
"""

import itertools
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.config import load
from bot.wiring import build_engine
from core.repository.layout import id_of
from tests.faults.tcpfault import FaultyLink
from tests.lab.bot import running_bot, write_config
from tests.lab.fixture import running_lab
from tests.lab.network import Lab, free_port
from tests.lab.opers import BOT, admin, second
from tests.lab.people import settle
from tests.lab.person import Person
from tests.soak.program import weigh
from tests.soak.verdict import Soak

_BEAT = 5.0  # seconds between two saves
_CUT_EVERY, _CUT_FOR = 60.0, 3.0  # seconds
_PRUNE_EVERY = 12  # beats: what is kept stays as much as it is
_COMMANDS = ("!status", "!backup now", "!verify latest", "!drill", "!schedule", "!verify all 1", "!alerts")


def main() -> int:
    """1 where a promise was broken; the figures either way."""
    seconds = float(sys.argv[1]) * 60
    with running_lab() as lab, tempfile.TemporaryDirectory() as folder:
        settle(lab)
        lab.save()
        with FaultyLink(("127.0.0.1", lab.tls_port)) as link:
            config = _configured(lab, Path(folder), link.port)
            soak = _soak(lab, link, config, seconds)
    for line in soak.told():
        print(line)
    failures = soak.failures()
    print("\n".join(failures) if failures else "memory is flat, nothing is leaked, every save was copied in time")
    return int(bool(failures))


def _configured(lab: Lab, folder: Path, port: int) -> Path:
    """The bot's configuration, with the breaking link instead of the server."""
    path = write_config(lab, folder)
    text = path.read_text().replace(f"port = {lab.tls_port}", f"port = {port}")
    text = text.replace("enabled = false", "enabled = true", 1)  # of the saves
    text = text.replace("reconnect_seconds", "reconnect_limit_seconds = 5\nreconnect_seconds", 1)
    text += '\n[retention]\nwithin = "1m"\nkeep_last = 20\nhourly = 20\n'
    path.write_text(f'{text}[http]\nlisten = "127.0.0.1:{free_port()}"\n')
    return path


def _soak(lab: Lab, link: FaultyLink, config: Path, seconds: float) -> Soak:
    soak, begun, copies = Soak(), time.monotonic(), dict[datetime, float]()
    with running_bot(config) as bot, admin(lab) as oper:
        words, cut_at = itertools.cycle(_COMMANDS), begun + _CUT_EVERY
        for number in _beats(begun, seconds):
            oper.ask("NickServ", f"SET PROPERTY soak {number}", "(soak|property|Metadata)")
            lab.save()
            soak.saves += 1
            if time.monotonic() >= cut_at:
                link.refuse()
                time.sleep(_CUT_FOR)
                link.listen()
                soak.breaks, cut_at = soak.breaks + 1, time.monotonic() + _CUT_EVERY
                _wait_for_the_bot(oper)
            _ask(oper, next(words), soak)
            if number % _PRUNE_EVERY == 0:
                copies |= _copies(config)
                _prune(oper)
            assert bot.poll() is None, config.with_name("bot.log").read_text()[-4000:]
            soak.weights.append(weigh(bot.pid, time.monotonic() - begun))
            soak.tasks += _tasks(config)
            if number % 12 == 0:
                print(f"{time.monotonic() - begun:6.0f} s  {soak.weights[-1]}", flush=True)
        time.sleep(2 * _BEAT)
    copies |= _copies(config)
    soak.lags, soak.copies = list(copies.values()), len(copies)
    return soak


def _beats(begun: float, seconds: float) -> Iterator[int]:
    for number in itertools.count(1):
        if time.monotonic() - begun > seconds:
            return
        yield number
        time.sleep(max(0.0, begun + number * _BEAT - time.monotonic()))


def _ask(oper: Person, command: str, soak: Soak) -> None:
    """A command has an answer, whatever it is; a link that was just cut may have swallowed one asking."""
    soak.commands += 1
    for _ in range(2):
        oper.say("#opers", command)
        with suppress(AssertionError):
            oper.wait(BOT, 30)
            return
    soak.unanswered.append(f"{command} was not answered after {time.strftime('%H:%M:%S')}")


def _wait_for_the_bot(oper: Person) -> None:
    oper.wait(r"^:BackupServ\S* JOIN ", 90)


def _tasks(config: Path) -> list[int]:
    """How many tasks the bot's loop has, as its metrics say."""
    port = re.search(r'listen = "127.0.0.1:(\d+)"', config.read_text())
    assert port is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=30) as answer:
        found = re.search(r"^backupserv_tasks (\S+)$", answer.read().decode(), re.MULTILINE)
    return [int(float(found[1]))] if found is not None else []


def _copies(config: Path) -> dict[datetime, float]:
    """Each save that was copied, and how many seconds after it its manifest was there."""
    written: dict[str, float] = {}
    for path in (config.parent / "repository").rglob("*"):
        name = id_of(path.name)
        written[name] = max(written.get(name, 0.0), path.stat().st_mtime)
    copies = (item for item in build_engine(load(config)).snapshots() if item.source == "services")
    return {item.saved_at: written[item.id] - item.saved_at.timestamp() for item in copies}


def _prune(oper: Person) -> None:
    """What retention no longer claims goes."""
    oper.say("#opers", "!prune")
    told = oper.wait(BOT + ".*(!approve|nothing goes)", 60)
    if (found := re.search(r"!approve (\w+)", told)) is not None:
        with second(oper) as other:
            other.say("#opers", f"!approve {found[1]}")
            told = other.wait(BOT + ".*(DONE|is dead)", 60)
    print(told.partition(" :")[2], flush=True)


if __name__ == "__main__":
    sys.exit(main())

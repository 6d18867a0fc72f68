"""An oper whom a certificate vouches for, whatever became of services."""

import time
from pathlib import Path

from tests.lab.network import Lab
from tests.lab.person import Person


def seated(lab: Lab, nick: str, oper: str, folder: Path | None = None) -> Person:
    """In the channel, as soon as there is a server; `folder` has their certificate."""
    place, deadline = folder or lab.folder, time.monotonic() + 60
    person = None
    while person is None:
        try:
            person = Person(nick, lab.tls_port, lab.ca, certificate=(place / f"{nick}.pem", place / f"{nick}.key"))
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    person.send(f"OPER {oper} {oper}-password")
    person.wait(" 381 ")
    person.send("JOIN #opers")
    person.wait(" 366 ")
    return person

"""A small town on the lab's network, made as people make it: over IRC."""

import time
from concurrent.futures import ThreadPoolExecutor

from bot.demo.certificates import make_client
from tests.lab.network import Lab
from tests.lab.person import Person

_SERVICES = ("NickServ", "ChanServ", "MemoServ", "OperServ", "GroupServ")
TOWN = ("root1", "BackupServ", "bob", "alice")


def wait_for_services(person: Person, seconds: float = 15) -> None:
    """Return when services are on the network: all that people speak with, since they come one after the other."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        there = _services_seen(person)
        if all(name in there for name in _SERVICES):
            return
        time.sleep(0.1)
    raise AssertionError(f"services did not come within {seconds} s")


def _services_seen(person: Person) -> str:
    """The services that are there; to ngIRCd they are no people, so ISON does not know them."""
    if not any("ngircd" in line for line in person.heard[:8]):
        person.send(f"ISON {' '.join(_SERVICES)}")
        return person.wait(r" 303 ")
    before = len(person.heard)
    person.send("SERVLIST")
    person.wait(r" 235 ")
    return " ".join(person.heard[before:])


def join_as(lab: Lab, nick: str, *, password: str = "") -> Person:
    """Somebody who is there, with services; identified if a password is given."""
    person = Person(nick, lab.tls_port, lab.ca)
    wait_for_services(person)
    if password:
        person.ask("NickServ", f"IDENTIFY {nick} {password}", "You are now identified")
    return person


def come(lab: Lab, nick: str, *, certificate: bool = False) -> Person:
    """Somebody new; with `certificate` they have one, `NICK.pem` in the lab's folder."""
    pair = None
    if certificate:
        make_client(lab.folder, nick)
        pair = (lab.folder / f"{nick}.pem", lab.folder / f"{nick}.key")
    person = Person(nick, lab.tls_port, lab.ca, certificate=pair)
    wait_for_services(person)
    return person


def register(person: Person) -> None:
    """A new account for who is there, with the password `NICK-password`."""
    person.ask("NickServ", f"REGISTER {person.nick}-password {person.nick}@lab.test", "is now registered")


def _registered(lab: Lab) -> list[Person]:
    """Everybody of the town, there and with an account."""
    with ThreadPoolExecutor() as pool:  # the server lets people in once a second
        coming = [pool.submit(come, lab, nick, certificate=nick == "alice") for nick in TOWN]
    people = [future.result() for future in coming]
    for person in people:
        register(person)
    return people


def settle_accounts(lab: Lab) -> None:
    """The people of the town, with nothing but an account."""
    for person in _registered(lab):
        person.leave()


def settle(lab: Lab) -> None:
    """The town: an admin, the bot's account, alice with all that can be lost, and bob who lives beside her."""
    people = _registered(lab)
    _, _, bob, alice = people
    alice.ask("NickServ", "CERT ADD", "added")
    alice.send("JOIN #alpha")
    alice.ask("ChanServ", "REGISTER #alpha", "is now registered")
    alice.ask("ChanServ", "FLAGS #alpha bob +o", "flags|set")
    alice.ask("GroupServ", "REGISTER !team", "registered")
    bob.send("JOIN #beta")
    bob.ask("ChanServ", "REGISTER #beta", "is now registered")
    bob.ask("ChanServ", "FLAGS #beta alice +AOotv", "flags|set")
    bob.ask("MemoServ", "SEND alice the keys are under  the mat", "sent")
    alice.send("NICK alice_")
    alice.wait(r" NICK :?alice_")
    alice.ask("NickServ", "GROUP", "registered")
    for person in people:
        person.leave()

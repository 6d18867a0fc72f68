"""A channel with everything that a channel can have, and a group with members: on top of the town of `people.py`."""

from tests.lab.network import Lab
from tests.lab.people import join_as

CHANNEL = "#harbour"
TOPIC = "the  boats come in at six"
REASON = "sold  fish that was not there"


def settle_channels(lab: Lab) -> None:
    """Alice founds the channel; bob, her group, everybody who is registered and one address have their entries."""
    with join_as(lab, "alice", password="alice-password") as alice:
        alice.send(f"JOIN {CHANNEL}")
        alice.ask("ChanServ", f"REGISTER {CHANNEL}", "is now registered")
        alice.ask("GroupServ", "FLAGS !team bob +cv", "flags")
        for target, flags in (("bob", "+AOiotrv"), ("!team", "+AVv"), ("$registered", "+V")):
            alice.ask("ChanServ", f"FLAGS {CHANNEL} {target} {flags}", "flags|set")
        alice.ask("ChanServ", f"AKICK {CHANNEL} ADD *!*@trawler.example !P {REASON}", "akick|added")
        alice.ask("ChanServ", f"SET {CHANNEL} KEEPTOPIC ON", "keeptopic|set")
        alice.ask("ChanServ", f"SET {CHANNEL} MLOCK +ntl-s 40", "mlock|set")
        alice.ask("ChanServ", f"SET {CHANNEL} ENTRYMSG mind  the ropes", "entry message|set")
        alice.ask("ChanServ", f"SET {CHANNEL} URL https://harbour.example/", "url|set")
        alice.say("ChanServ", f"TOPIC {CHANNEL} {TOPIC}")
        alice.wait(f" TOPIC {CHANNEL} :")

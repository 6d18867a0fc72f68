"""How we stand on a network, for people and for checks."""

from dataclasses import dataclass

from bot.irc.pace import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One connection at one moment. Nothing in it is secret."""

    server: str  # as it calls itself; "" before it let us in
    address: str
    tls_version: str  # "" in plaintext
    fingerprint: str
    certified_until: str
    proven: bool  # whether TLS has shown that it is the server that was meant
    capabilities: tuple[str, ...]
    logged_in: bool
    mechanism: str
    login_failure: str
    nick: str
    host: str  # nick!user@host; "" while we cannot know it
    channel: str
    joined: bool
    operator: bool
    bot_mode: str  # the mode that marks us as a bot; "" where the server has none
    measure: Measure  # what the server is assumed to bear

"""How a connection to IRC stands, in words."""

from collections.abc import Iterator

from bot.cli.outcome import Outcome
from bot.irc.standing import Standing
from bot.settings import IrcSettings

# Without these we know less about who wrote a line.
_OF_INTEREST = ("account-tag", "message-tags", "server-time", "account-notify", "chghost")


def outcomes(standing: Standing | None, irc: IrcSettings) -> Iterator[Outcome]:
    """How it stands, from the server to the channel."""
    if standing is None or not standing.server:
        tried = ", ".join(map(str, irc.addresses))
        yield Outcome(what="server", verdict="fail", detail=f"no server lets us in; tried {tried}")
        return
    yield Outcome(what="server", verdict="ok", detail=f"{standing.address}, which calls itself {standing.server}")
    yield _tls(standing)
    yield _capabilities(standing)
    yield _login(standing, irc)
    yield _nick(standing, irc)
    detail = standing.channel if standing.joined else f"not in {standing.channel}: see what the server said above"
    yield Outcome(what="channel", verdict="ok" if standing.joined else "fail", detail=detail)
    yield _operator(standing, irc)
    mode = f"+{standing.bot_mode}" if standing.bot_mode else "this server has none"
    yield Outcome(what="bot mode", verdict="ok" if standing.bot_mode else "skip", detail=mode)
    measure = standing.measure
    speed = (
        f"{measure.lines:g} lines at once, then {measure.per_second:g} a second; {measure.bytes} bytes are a line more"
    )
    yield Outcome(what="flood limits assumed", verdict="ok", detail=speed)


def _tls(standing: Standing) -> Outcome:
    if not standing.tls_version:
        return Outcome(what="TLS", verdict="look", detail="none: everybody on the way can read and command")
    until = f", certificate until {standing.certified_until}" if standing.certified_until else ""
    shown = f"{standing.tls_version}{until}, SHA-256 {standing.fingerprint}"
    if not standing.proven:
        return Outcome(what="TLS", verdict="look", detail=f"{shown}; NOT VERIFIED (irc.tls.verify is false)")
    return Outcome(what="TLS", verdict="ok", detail=shown)


def _capabilities(standing: Standing) -> Outcome:
    missing = [name for name in _OF_INTEREST if name not in standing.capabilities]
    has = ", ".join(standing.capabilities) or "none"
    lacks = f"; not here: {', '.join(missing)}" if missing else ""
    return Outcome(what="capabilities", verdict="ok", detail=f"{has}{lacks}")


def _login(standing: Standing, irc: IrcSettings) -> Outcome:
    if irc.sasl is None:
        return Outcome(what="login", verdict="skip", detail="not configured ([irc.sasl])")
    if not standing.logged_in:
        return Outcome(what="login", verdict="fail", detail=standing.login_failure or "not logged in")
    account = f"account {irc.sasl.account}" if irc.sasl.account else "logged in"
    by = f", by {standing.mechanism}" if standing.mechanism else ""
    return Outcome(what="login", verdict="ok", detail=f"{account}{by}")


def _nick(standing: Standing, irc: IrcSettings) -> Outcome:
    if standing.nick != irc.nick:
        return Outcome(what="nick", verdict="look", detail=f"{standing.nick}: {irc.nick} is taken")
    return Outcome(what="nick", verdict="ok", detail=standing.host or standing.nick)


def _operator(standing: Standing, irc: IrcSettings) -> Outcome:
    if irc.oper is None:
        return Outcome(what="operator", verdict="skip", detail="not configured ([irc.oper])")
    if not standing.operator:
        return Outcome(what="operator", verdict="fail", detail="the server did not take OPER")
    return Outcome(what="operator", verdict="ok", detail=f"as {irc.oper.name}")

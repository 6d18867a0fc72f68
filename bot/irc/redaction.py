"""What may stand in a log of what we send."""

from bot.irc.splitting import printable

_HIDDEN = "[hidden]"
_ALL_SECRET = frozenset({"AUTHENTICATE", "OPER", "PASS"})


def redact(line: str) -> str:
    """The line without what only the server may know: credentials, channel keys, and what is said in private.

    What is said in private may be a password for NickServ, or a code that is meant for one person.
    """
    verb, _, rest = line.partition(" ")
    target, space, _ = rest.partition(" ")
    if verb.upper() in _ALL_SECRET:
        return f"{verb} {_HIDDEN}"
    if verb.upper() == "JOIN" and space:
        return f"{verb} {printable(target)} {_HIDDEN}"
    if verb.upper() in {"PRIVMSG", "NOTICE"} and not target.startswith(("#", "&")):
        return f"{verb} {printable(target)} {_HIDDEN}"
    return printable(line, 512)

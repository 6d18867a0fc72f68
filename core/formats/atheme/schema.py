"""What rows there are, and what stands in them: Atheme 7.2 and master (7.3), corestorage and its modules."""

import re
from dataclasses import dataclass
from functools import cache

# One letter a field: w word, n number, t free text to the end of the line; in brackets what may be missing.
_FORMS = {
    "GRVER": "n", "DBV": "n", "MDEP": "w", "LUID": "w", "CF": "w", "TS": "n",
    "MU": "wwwwnnw[w]", "MDU": "wwt", "ME": "wwnnt", "MI": "ww", "AC": "ww", "MN": "wwnn", "MCFP": "ww",
    "MC": "wnnwnnn[w]", "CA": "wwwn[w]", "MDA": "wwwt", "MDC": "wwt", "NAM": "w", "MDN": "wwt",
    "SI": "wnwt", "SO": "www[w]", "KID": "n", "XID": "n", "QID": "n",
    "KL": "nwwnnwt", "XL": "nwnnwt", "QL": "nwnnwt",
    "GDBV": "n", "GFA": "w", "GRP": "wwnw", "MDG": "wwt", "GACL": "www",
    "MM": "wwwwwnnt", "RM": "wwwwwnt", "BE": "wnwt", "CSREQ": "wwn",
    "HR": "wwnw", "HO": "www[w]", "HE": "wnwt", "BOT": "wwwnnt", "BOT-COUNT": "n",
    "LI": "wwnt", "LIO": "wwnt", "RW": "nt", "RR": "nt",
    "CLONES-DBV": "n", "CLONES-CK": "n", "CLONES-CD": "n", "CLONES-GR": "n", "CLONES-EX": "wnnnt",
    "SU": "t", "DE": "t",  # of old versions; read and forgotten
    "CFDBV": "n", "CFCHAN": "wnn", "CFOP": "wwwwnnn", "CFMD": "wwt", "BLE": "wnww", "JR": "wnn",
}  # fmt: skip

# Rows of contrib modules, whose fields are nobody's promise: kept, never judged.
CONTRIB = frozenset({b"BW", b"AR", b"GE", b"JM"})

# The module that reads a row. 7.2 names every loaded module in MDEP, so that a row without its module can be told.
MODULES = {
    **dict.fromkeys((b"GDBV", b"GFA", b"GRP", b"MDG", b"GACL"), b"groupserv/main"),
    **dict.fromkeys((b"MM", b"RM"), b"nickserv/multimark"),
    **dict.fromkeys((b"BOT", b"BOT-COUNT"), b"botserv/main"),
    **dict.fromkeys((b"LI", b"LIO"), b"infoserv/main"),
    **dict.fromkeys((b"RW", b"RR"), b"operserv/rwatch"),
    **dict.fromkeys((b"CLONES-DBV", b"CLONES-CK", b"CLONES-CD", b"CLONES-GR", b"CLONES-EX"), b"operserv/clones"),
    **dict.fromkeys((b"CFDBV", b"CFCHAN", b"CFOP", b"CFMD"), b"chanfix/main"),
    b"BE": b"nickserv/badmail",
    b"CSREQ": b"chanserv/moderate",
    b"HR": b"hostserv/request",
    b"HO": b"hostserv/offer",
    b"HE": b"helpserv/ticket",
}

# Rows that a module writes at every save: where one is missing, the end of the file is missing.
ALWAYS = {
    b"groupserv/main": (b"GDBV", b"GFA"),
    b"operserv/clones": (b"CLONES-DBV", b"CLONES-CK", b"CLONES-CD", b"CLONES-GR"),
    b"botserv/main": (b"BOT-COUNT",),
    b"chanfix/main": (b"CFDBV",),
}

SCHEMA = b"12"  # DBV of 7.2.7 and everything since

ONCE = (b"GRVER", b"DBV", b"LUID", b"CF", b"KID", b"XID", b"QID")

# In the order in which services print them (libathemecore/flags.c); master's last letter of accounts is new.
ACCOUNT_FLAGS = b"hnoWsmeCbEPpQgrNSl"
CHANNEL_FLAGS = b"aholzvrketgpnf"
GROUP_FLAGS = b"raopn"
GROUP_ACCESS_FLAGS = b"FfscmviAb"
_NEW_IN_MASTER = {"account": b"l", "channel": b"a", "group": b"n"}

# Metadata that must not come back: reset tokens would work again, and failed logins are of another life.
TOKENS = (b"private:setpass:", b"private:sendpass", b"private:verify:", b"private:loginfail:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a row: how many must be there, how many may, which are numbers, and whether text ends it."""

    needed: int
    most: int
    numbers: tuple[int, ...]
    text: bool
    pattern: bytes

    @property
    def printed(self) -> re.Pattern[bytes]:
        """The row as services print it, each field a group: all is well with a row that matches. `re` keeps it."""
        return re.compile(self.pattern, re.DOTALL)


# A word is not empty, a number is decimal without a leading 0, text is the rest of the line.
_PRINTED = {"w": "([^ ]+) ", "n": "(0|[1-9][0-9]{0,18}) ", "t": "(.*)"}


def _printed(needed: str, optional: str) -> str:
    return "([^ ]*) " + "".join(_PRINTED[letter] for letter in needed) + ("(?:([^ ]*) )?" if optional else "")


def _form(letters: str) -> Form:
    needed, _, optional = letters.partition("[")
    every = needed + optional.rstrip("]")
    words = every.removesuffix("t")
    return Form(
        needed=len(needed.removesuffix("t")),
        most=len(words),
        numbers=tuple(index for index, letter in enumerate(words, 1) if letter == "n"),
        text=every.endswith("t"),
        pattern=_printed(needed, optional).encode(),
    )


FORMS: dict[bytes, Form] = {kind.encode(): _form(letters) for kind, letters in _FORMS.items()}


@cache
def flags_of(what: str, *, master: bool) -> bytes:
    """The flag letters that a version of services knows."""
    table = {"account": ACCOUNT_FLAGS, "channel": CHANNEL_FLAGS, "group": GROUP_FLAGS}[what]
    return table if master else bytes(letter for letter in table if letter not in _NEW_IN_MASTER[what])


_UID = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_RANKS = bytes.maketrans(_UID, bytes(range(len(_UID))))
UID_LENGTH = 9
_FIRST_MOVING = 3  # the first three places stand still, the fourth is always a letter


def is_uid(word: bytes) -> bool:
    """Whether services could have given it out."""
    return len(word) == UID_LENGTH and not word.translate(None, _UID)


def uid_order(uid: bytes) -> bytes:
    """How uids compare: letters before digits, and only the first nine characters count."""
    return uid[:UID_LENGTH].translate(_RANKS)


def next_uid(uid: bytes) -> bytes:
    """The uid that services give out after this one (libathemecore/uid.c: places 4 to 9, 9 carries to A)."""
    places = bytearray(uid[:UID_LENGTH])
    for index in range(UID_LENGTH - 1, _FIRST_MOVING - 1, -1):
        following = _UID.find(bytes([places[index]])) + 1
        end = len(_UID) if index > _FIRST_MOVING else 26
        places[index] = _UID[following % end]
        if following < end:
            break
    return bytes(places)

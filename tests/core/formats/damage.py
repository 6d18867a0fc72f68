"""Everything that can be wrong with a services.db, done to a real one; and what services make of it.

The verdicts are those of Atheme 7.2.12, which was given every one of these files: `STOPS` it refused to start or
crashed, `LOSES` its next save was without something or meant something else, or what was lost before would be lost for
good. One is judged by the file alone: 7.2 loads modules by its configuration, so that only a configuration which
fits the list in the file stops on "exttarget without its module".
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.finding import Severity

WARNS, LOSES, STOPS = Severity.WARNING, Severity.LOSES_DATA, Severity.STOPS_SERVICES
Edit = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One way to damage the database `before.db`."""

    name: str
    edit: Edit
    severity: Severity
    code: str


def swap(old: bytes, new: bytes) -> Edit:
    """Another text in the first place where it stands."""

    def edit(content: bytes) -> bytes:
        assert old in content, old
        return content.replace(old, new, 1)

    return edit


def without(*beginnings: bytes) -> Edit:
    """No line that begins so."""

    def edit(content: bytes) -> bytes:
        lines = content.split(b"\n")
        kept = [line for line in lines if not line.startswith(beginnings)]
        assert len(kept) < len(lines), beginnings
        return b"\n".join(kept)

    return edit


def behind(beginning: bytes, *rows: bytes) -> Edit:
    """More lines behind the first that begins so."""

    def edit(content: bytes) -> bytes:
        lines = content.split(b"\n")
        place = next(index for index, line in enumerate(lines) if line.startswith(beginning))
        return b"\n".join([*lines[: place + 1], *rows, *lines[place + 1 :]])

    return edit


def again(beginning: bytes) -> Edit:
    """The first line that begins so, twice."""

    def edit(content: bytes) -> bytes:
        row = next(line for line in content.split(b"\n") if line.startswith(beginning))
        return behind(beginning, row)(content)

    return edit


def until(beginning: bytes) -> Edit:
    """Nothing from the first line that begins so: cut off at the border of a row."""

    def edit(content: bytes) -> bytes:
        return content[: content.index(b"\n" + beginning) + 1]

    return edit


def moved(beginning: bytes, to: bytes) -> Edit:
    """The first line that begins so, moved behind the first that begins with `to`."""

    def edit(content: bytes) -> bytes:
        row = next(line for line in content.split(b"\n") if line.startswith(beginning))
        head, _, tail = content.partition(row + b"\n")
        return behind(to, row)(head + tail)

    return edit


def _damage(name: str, severity: Severity, code: str, edit: Edit) -> Damage:
    return Damage(name=name, edit=edit, severity=severity, code=code)


_HASH = b"$z$26$10000$zZws"
FILE = (
    _damage("empty", LOSES, "empty", lambda _: b""),
    _damage("byte order mark", STOPS, "bom", lambda content: b"\xef\xbb\xbf" + content),
    _damage("CRLF", LOSES, "control", lambda content: content.replace(b"\n", b"\r\n")),
    _damage("NUL in a text", LOSES, "control", swap(b"motto caf", b"motto c\0f")),
    _damage("a line without its LF at the end", LOSES, "cut", lambda content: content[:-1]),
    _damage("cut inside a word", STOPS, "field-missing",
            lambda content: content[: content.index(b"CA #epsilon alice") + 6]),
    _damage("cut inside a text", LOSES, "cut", lambda content: content[: content.index(b"Welcome to") + 3]),
    _damage("cut before the first channel", LOSES, "once", until(b"MC ")),
    _damage("cut before the bans", LOSES, "once", until(b"KID ")),
    _damage("cut before the clones", LOSES, "tail", until(b"CLONES-DBV")),
    _damage("cut before the number of bots", LOSES, "tail", until(b"BOT-COUNT")),
    _damage("cut before chanfix", LOSES, "tail", until(b"CFDBV")),
    _damage("an empty line", LOSES, "skipped", behind(b"MU ", b"")),
    _damage("a comment", LOSES, "skipped", behind(b"MU ", b"# by hand")),
    _damage("no grammar version", LOSES, "once", without(b"GRVER")),
    _damage("no schema version", STOPS, "once", without(b"DBV")),
    _damage("another schema", STOPS, "schema", swap(b"DBV 12 ", b"DBV 7 ")),
    _damage("the schema version late", STOPS, "order", moved(b"DBV", b"MU ")),
    _damage("no last uid", LOSES, "once", without(b"LUID")),
    _damage("no access letters", LOSES, "once", without(b"CF ")),
    _damage("the last uid twice", LOSES, "once", again(b"LUID")),
    _damage("an old end behind the end", STOPS, "bot-twice",
            lambda content: content + content[content.index(b"KID ") :]),
)  # fmt: skip
ROWS = (
    _damage("an unknown row", STOPS, "kind-unknown", behind(b"SI ", b"ZZTOP a b ")),
    _damage("garbage", STOPS, "kind-garbage", behind(b"SI ", b"\x7fELF\x02")),
    _damage("a field missing", STOPS, "field-missing", swap(b"MN bob bob_ 1795396571 1795396571 ", b"MN bob bob_")),
    _damage("a field too many", LOSES, "field-extra", swap(b"MN bob bob_ 1795396571 1795396571 ",
                                                          b"MN bob bob_ 1795396571 1795396571 5 ")),
    _damage("two rows in one line", STOPS, "access-target",
            swap(b"1795396571 1795396571 \nMU", b"1795396571 1795396571 MU")),
    _damage("a number that is none", STOPS, "number", swap(b"MC #beta 1795396577", b"MC #beta 17953x6577")),
    _damage("an empty number", STOPS, "number", swap(b"MC #beta 1795396577", b"MC #beta ")),
    _damage("an octal number", LOSES, "number-form", swap(b"KL 2 * 192.0.2.10 36000", b"KL 2 * 192.0.2.10 036000")),
    _damage("a hexadecimal number", LOSES, "number-form", swap(b"KL 2 * 192.0.2.10 36000", b"KL 2 * 192.0.2.10 0x36")),
    _damage("a negative number", LOSES, "number-form", swap(b"MC #zeta 1795396580 ", b"MC #zeta -5 ")),
    _damage("a module's row without the module", STOPS, "module-missing",
            behind(b"BE ", b"CSREQ #new bob 1795396577 ")),
)  # fmt: skip
ACCOUNTS = (
    _damage("an account twice", LOSES, "account-twice", again(b"MU AAAAAAAAD")),
    _damage("an account twice in another case", LOSES, "account-twice",
            behind(b"MCFP alice 0011", b"MU AAAAAAAAK ALICE x x@x.test 1 1 + default ")),
    _damage("a uid twice", STOPS, "access-target", swap(b"MU AAAAAAAAE carol", b"MU AAAAAAAAD carol")),
    _damage("a uid twice, without access", LOSES, "uid-twice", swap(b"MU AAAAAAAAG Erin", b"MU AAAAAAAAD Erin")),
    _damage("a uid above the last", LOSES, "uid-above-last", swap(b"LUID AAAAAAAAKA ", b"LUID AAAAAAAAE ")),
    _damage("a last uid that is none", LOSES, "luid", swap(b"LUID AAAAAAAAKA ", b"LUID ? ")),
    _damage("a flag that is none before C", LOSES, "password", swap(b"1795396603 +sCb", b"1795396603 +s?Cb")),
    _damage("C lost", LOSES, "password", swap(b"1795396603 +sCb", b"1795396603 +sb")),
    _damage("a flag of master", LOSES, "flags", swap(b"1795396603 +sCb", b"1795396603 +sCbl")),
    _damage("a password too long", LOSES, "too-long", swap(_HASH, _HASH + b"x" * 300)),
    _damage("a nick too long", LOSES, "too-long", swap(b"MN bob bob_ ", b"MN bob " + b"b" * 40 + b" ")),
    _damage("a memo too long", LOSES, "too-long", swap(b"memo from alice", b"m" * 400)),
    _damage("a property of nobody", LOSES, "account-missing", behind(b"MN bob ", b"MDU nobody url x")),
    _damage("a memo of nobody", LOSES, "account-missing", behind(b"MN bob ", b"ME nobody bob 1 0 x")),
    _damage("a nick of nobody", LOSES, "account-missing", behind(b"MN bob ", b"MN nobody nick 1 1 ")),
    _damage("a certificate of nobody", LOSES, "account-missing", behind(b"MN bob ", b"MCFP nobody 00ff ")),
    _damage("an access mask of nobody", LOSES, "account-missing", behind(b"MN bob ", b"AC nobody *@x.test ")),
    _damage("an ignore of nobody", LOSES, "account-missing", behind(b"MN bob ", b"MI nobody bob ")),
    _damage("a nick twice", LOSES, "nick-twice", behind(b"MN carol ", b"MN carol bob_ 1 1 ")),
    _damage("a nick that is another's account", LOSES, "nick-of-other",
            swap(b"MN dave dave 1795396563 1795396603 ", b"MN alice dave 1795396563 1795396603 ")),
    _damage("an account without its nick", WARNS, "own-nick", without(b"MN dave dave")),
    _damage("a property twice", LOSES, "twice", behind(b"MDU bob private:host:vhost", b"MDU bob private:host:vhost x")),
    _damage("a certificate at two accounts", WARNS, "certfp-twice",
            behind(b"MN bob ", b"MCFP bob 00112233445566778899aabbccddeeff00112233 ")),
    _damage("a kept name that lives", WARNS, "name-lives", behind(b"MDC #zeta zz", b"NAM bob ")),
    _damage("a property of no kept name", LOSES, "owner-missing", behind(b"MDC #zeta zz", b"MDN gone x y")),
    _damage("an operator who is nobody", LOSES, "account-missing", behind(b"SO frank", b"SO nobody ircop + ")),
    _damage("an operator twice", WARNS, "twice", again(b"SO frank")),
    _damage("rows before their account", LOSES, "account-missing", moved(b"MN dave dave", b"CF ")),
    _damage("rows far from their account", WARNS, "misplaced", moved(b"MN dave dave", b"QID ")),
)  # fmt: skip
CHANNELS = (
    _damage("a group twice", LOSES, "group-twice", again(b"GRP AAAAAAAAI")),
    _damage("a group with an account's uid", LOSES, "group-twice", swap(b"GRP AAAAAAAAJ", b"GRP AAAAAAAAD")),
    _damage("a group missing, with access", STOPS, "access-target", without(b"GRP AAAAAAAAI", b"MDG !staff")),
    _damage("a group's member missing", LOSES, "group-access", behind(b"GACL !devs bob", b"GACL !devs nobody +c ")),
    _damage("a property of no group", LOSES, "owner-missing", behind(b"MDG !staff", b"MDG !none url x")),
    _damage("a group's flag that is none", LOSES, "flags", swap(b"!devs 1795396575 +", b"!devs 1795396575 +?o")),
    _damage("a group without founder", WARNS, "no-founder", without(b"GACL !devs bob")),
    _damage("a channel twice", LOSES, "channel-twice", again(b"MC #eps")),
    _damage("a channel missing", STOPS, "access-channel", without(b"MC #beta")),
    _damage("a channel's flag that is none", LOSES, "flags", swap(b"1795396577 +vg 272 6", b"1795396577 +a?vg 272 6")),
    _damage("a channel's property of none", LOSES, "owner-missing", behind(b"MDC #zeta zz", b"MDC #none url x")),
    _damage("a channel without founder", WARNS, "no-founder", without(b"CA #gamma alice")),
    _damage("access for nobody", STOPS, "access-target", behind(b"CA #beta bob", b"CA #beta nobody +v 1 bob ")),
    _damage("access for no group", STOPS, "access-target", behind(b"CA #beta bob", b"CA #beta !none +v 1 bob ")),
    _damage("access before its account", STOPS, "access-target", moved(b"MU AAAAAAAAD bob", b"CA #alpha bob")),
    _damage("access in other letters", LOSES, "access-letters", swap(b"CA #epsilon bob +AO", b"CA #epsilon bob +AOz")),
    _damage("access twice", WARNS, "twice", again(b"CA #beta bob")),
    _damage("exttarget without its module", STOPS, "access-target", without(b"MDEP exttarget/main")),
    _damage("a ban's reason without the ban", LOSES, "access-metadata",
            behind(b"CA #beta bob", b"MDA #beta carol reason x")),
    _damage("a setter who is gone", WARNS, "setter-gone", swap(b"1795396577 bob ", b"1795396577 nobody ")),
)  # fmt: skip
MODULES = (
    _damage("a watch's reason without the watch", STOPS, "regex-pair", without(b"RW ")),
    _damage("a watch without its reason", LOSES, "regex-pair", without(b"RR ")),
    _damage("a bot twice", STOPS, "bot-twice", again(b"BOT LabBot")),
    _damage("a bot missing", LOSES, "bot-count", without(b"BOT LabBot")),
    _damage("an offer to no group", LOSES, "offer-group", swap(b"HO !staff", b"HO !none")),
    _damage("chanfix for no channel", STOPS, "chanfix-op",
            behind(b"CFDBV", b"CFOP #none bob bob x.test 1795396577 1795396577 5 ")),
    _damage("a help ticket of nobody", WARNS, "account-missing",
            behind(b"HE dave", b"HE nobody 1795396599 dave topic")),
)  # fmt: skip
ALL = (*FILE, *ROWS, *ACCOUNTS, *CHANNELS, *MODULES)

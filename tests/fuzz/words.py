"""Lines of the protocol as a grammar: what is almost right gets further in than noise."""

import base64
from dataclasses import dataclass

from hypothesis import strategies as st

Text = st.SearchStrategy[str]


def _any_of(*texts: str) -> Text:
    """One of the words."""
    return st.sampled_from([word for text in texts for word in text.split(" ")])


NICKS = _any_of(
    "BackupServ backupserv BackupServ_ alice eve ALICE carol NickServ a[b a{b é irc.test bridge/alice * 0 1AB @alice",
    "&@eve : \x10r \x02x ~ #opers " + "x" * 60,
)
HOSTS = _any_of(f"a@h e@evil.host backup@bot.host ~u@2001:db8::1 @ x  a@{'h' * 300} é@ß")
SOURCES = st.one_of(
    _any_of(":irc.test :BackupServ!backup@bot.host :  :services.test"),
    st.builds(":{}!{}".format, NICKS, HOSTS),
    st.builds(":{}".format, NICKS),
)
CHANNELS = _any_of("#opers #OPERS @#opers #opers,#x #pwned &opers # #opers\x07 * $$*")
CAPS = _any_of(
    "sasl sasl=PLAIN sasl=EXTERNAL,SCRAM-SHA-256 sasl= account-tag message-tags server-time batch chghost setname",
    "labeled-response echo-message extended-join account-notify cap-notify solanum.chat/oper draft/chathistory",
    "sts sts=port=6697 sts=duration=0 sts=port=6697,duration=9999999999999999999 sts=port=x sts=port=0 sts=,,=",
    "- = -sasl ~account-tag multi-prefix userhost-in-names a=b=c \x01",
)
TOKENS = _any_of(
    "CASEMAPPING=ascii CASEMAPPING=rfc1459 CASEMAPPING=rfc7613 CASEMAPPING= CASEMAPPING BOT=B BOT= BOT=\\x20 BOT=-o",
    "WHOX -WHOX PREFIX=(ov)@+ PREFIX=(ov PREFIX= PREFIX=*** CHANTYPES= CHANTYPES=# STATUSMSG=@+ TARGMAX=PRIVMSG:0 =",
    "NICKLEN=0 NICKLEN=999999999999 NICKLEN=x NICKLEN=-1 LINELEN=1 LINELEN=99999999 HOSTLEN=0 USERLEN=99999 MONITOR=0",
    "MODES=\\xFF NETWORK=\\x20\\x0A\\x00 UTF8ONLY CHANMODES=,,, EXCEPTS INVEX=\\x UTF8MAPPING=x SILENCE= NICKLEN=٣²",
)


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


BASE64 = st.one_of(
    _any_of(f"+ *  = {'A' * 400} {'A' * 401} cj0= dj0= ZT1vdGhlci1lcnJvcg=="),
    st.binary(max_size=60).map(_encoded),
    st.builds(
        "r={},s={},i={}".format, st.text("ab+/=", max_size=50), _any_of("YWI= a = "), _any_of("0 -1 4096 99999999999 x")
    )
    .map(str.encode)
    .map(_encoded),
)
ARGUMENTS = _any_of(
    "now latest bob dave alice #demo !staff from 2h ago yesterday 21:00 last tue 2026-01-01 2026-13-45T99:99:99Z",
    "9999-12-31 0001-01-01 99999999999999999999d 1e9h ∞ ٣h ²d -1h 00:00 24:00 today tomorrow ZZZZ AAAA KKKK 7q2fk3",
    "as founder merge replace founded operator confirm approve -- --help * ../../etc/passwd %s%n {0} $(id) `id`",
    "\x03%s \u202e 𝕏 ı İ ß \x10rJOIN \x10n \udcff reason services",
) | st.text(max_size=30)
COMMANDS = _any_of(
    "help status snapshots verify sync find diff show undo retention prune pin unpin freeze thaw backup confirm",
    "approve deny audit revert drill restore restore_user restore_channel restore_group backup_now nonsense HELP he ",
).map(lambda words: words.replace("_", " "))
ORDERS = st.builds(lambda verb, words: f"!{verb} {' '.join(words)}", COMMANDS, st.lists(ARGUMENTS, max_size=8))
"""What somebody may tell the bot to do."""

SAYINGS = st.one_of(
    ORDERS,
    st.sampled_from(["\x01VERSION\x01", "\x01PING 1\x01", "\x01DCC SEND x 1 2 3\x01", "\x01\x01", "\x01"]),
    st.sampled_from(["!", "! ", "!!", "!x\x10rJOIN #pwned", "!status\x10nQUIT", ""]),
    st.text(max_size=60),
)
KEYS = _any_of(
    "time account batch label msgid draft/relaymsg bot draft/bot inspircd.org/bot solanum.chat/oper +typing",
    "solanum.chat/identify-msg znc.in/playback unrealircd.org/userhost +draft/reply = ;",
)
VALUES = _any_of(
    "alice * 1 \\  \\s\\:\\\\\\r\\n 2026-11-28T17:00:00.000Z 0001-01-01T00:00:00+23:59 9999-12-31T23:59:59-23:59",
    f"99999999999999999999 2026-11-28 ß {'x' * 500}",
)
TAGS = st.one_of(
    st.just(""),
    st.just(""),
    st.lists(st.builds("{}={}".format, KEYS, VALUES) | KEYS, min_size=1, max_size=5).map(
        lambda tags: f"@{';'.join(tags)} "
    ),
    st.integers(1, 2000).map(lambda count: f"@{';'.join(['a=b'] * count)} "),
)
NUMERICS = st.one_of(
    _any_of(
        "001 004 005 221 263 275 276 301 303 307 311 312 313 317 318 319 320 330 338 352 353 354 366 378 379 381 396",
        "401 402 403 405 421 432 433 436 437 439 451 461 462 464 465 468 471 473 474 475 476 477 481 489 491 520 671",
        "730 731 900 901 902 903 904 905 906 907 908",
    ),
    st.integers(0, 1100).map("{:03}".format),
)
VERBS = _any_of(
    "PING PONG NICK JOIN PART KICK QUIT KILL MODE PRIVMSG NOTICE ERROR AUTHENTICATE CHGHOST ACCOUNT BATCH SETNAME CAP",
    "INVITE TOPIC FAIL WARN NOTE TAGMSG WALLOPS AWAY SQUIT SILENCE MONITOR privmsg",
)
WORDS = st.one_of(NICKS, CHANNELS, HOSTS, CAPS, TOKENS, BASE64, VALUES, st.text(max_size=20))


def _line(tags: str, source: str, verb: str, words: list[str], last: str | None) -> str:
    tail = [f":{last}"] if last is not None else []
    return tags + " ".join([*([source] if source else []), verb, *words, *tail])


_LOOSE = st.builds(_line, TAGS, SOURCES, VERBS | NUMERICS, st.lists(WORDS, max_size=6), st.none() | WORDS | SAYINGS)
_KNOWN = st.sampled_from(
    """\
:irc.test 001 BackupServ :hello
:irc.test 311 BackupServ alice a h * :Alice
:irc.test 313 BackupServ alice :is an IRC operator
:irc.test 330 BackupServ alice alice :is logged in as
:irc.test 318 BackupServ alice :end
:irc.test 353 BackupServ = #opers :@alice +eve BackupServ
:irc.test 366 BackupServ #opers :end
:irc.test BATCH +1 chathistory #opers
:irc.test BATCH -1
ERROR :Closing Link
PING :x""".splitlines()
)
_FITTING = st.one_of(
    _KNOWN,
    st.builds("{}{} PRIVMSG {} :{}".format, TAGS, SOURCES, CHANNELS | NICKS, SAYINGS),
    st.builds("{}:alice!a@h PRIVMSG #opers :{}".format, TAGS, SAYINGS),
    st.builds("{} NICK {}".format, SOURCES, NICKS),
    st.builds("{} {} #opers".format, SOURCES, _any_of("JOIN PART QUIT KICK")),
    st.builds(
        ":irc.test CAP * {} {}:{}".format,
        _any_of("LS ACK NAK NEW DEL LIST"),
        _any_of("*  "),
        st.lists(CAPS, max_size=9).map(" ".join),
    ),
    st.builds("AUTHENTICATE {}".format, BASE64),
    st.builds(":irc.test 005 BackupServ {} :are supported".format, st.lists(TOKENS, max_size=13).map(" ".join)),
    st.builds(":irc.test {} BackupServ {} {}".format, NUMERICS, NICKS, st.lists(WORDS, max_size=5).map(" ".join)),
)
LINES = st.one_of(
    st.one_of(_FITTING, _FITTING, _LOOSE).map(lambda line: line.encode("utf-8", "surrogateescape")),
    st.binary(max_size=120),
)
"""One line, without its end; it may hold a lone CR or a NUL, and may be no line at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a server does: says something, hangs up, or lets some time pass."""

    content: bytes = b""
    hangs_up: bool = False
    seconds: float = 0


_SAYS = st.lists(LINES, min_size=1, max_size=12).map(
    lambda lines: Act(content=b"".join(line + b"\r\n" for line in lines))
)
ACTS = st.lists(
    st.one_of(
        _SAYS,
        _SAYS,
        st.sampled_from([0.1, 1, 5, 20, 70, 400]).map(lambda seconds: Act(seconds=seconds)),
        st.binary(max_size=400).map(lambda content: Act(content=content)),
        st.just(Act(hangs_up=True)),
    ),
    max_size=25,
)
"""One evening."""

"""What a hostile server, or a crowd on a harmless one, can pour over a client. Each is millions of bytes long."""

import itertools
from collections.abc import Callable, Iterator

SERVER = b":irc.test"
_MANY = 2_000  # lines of a flood
_CHUNK = 16_384  # bytes at a time


def _lines(make: Callable[[int], bytes], count: int = _MANY) -> Iterator[bytes]:
    numbers = iter(range(count))
    while batch := list(itertools.islice(numbers, 100)):
        yield b"".join(make(number) + b"\r\n" for number in batch)


def _endless(content: bytes, count: int = 200) -> Iterator[bytes]:
    yield from itertools.repeat(content * (_CHUNK // len(content)), count)


FLOODS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a line that never ends": lambda: _endless(b"x"),
    "lines of nothing": lambda: _endless(b"\r\n", 20),
    "only NULs": lambda: _endless(b"\0"),
    "NULs in lines": lambda: _endless(b"\0\0\0\n", 30),
    "half characters": lambda: _endless(b":\xe2\x82!\xf0\x9f@\xc3 PRIVMSG #opers :\xf0\x9f\r\n", 50),
    "huge tags": lambda: _lines(
        lambda n: b"@" + b";".join(b"t%d-%d=x" % (n, i) for i in range(500)) + SERVER + b" X", 2000
    ),
    "numerics without parameters": lambda: _lines(lambda n: b"%03d" % (n % 1000)),
    "numerics with one parameter": lambda: _lines(lambda n: SERVER + b" %03d n%d" % (n % 1000, n)),
    "CAP LS for ever": lambda: _lines(lambda n: SERVER + b" CAP * LS * :cap-%d=x sasl-%d" % (n, n)),
    "CAP NEW for ever": lambda: _lines(lambda n: SERVER + b" CAP BackupServ NEW :cap-%d sasl=PLAIN" % n),
    "CAP ACK for ever": lambda: _lines(lambda n: SERVER + b" CAP BackupServ ACK :sasl cap-%d " % n),
    "CAP DEL for ever": lambda: _lines(lambda n: SERVER + b" CAP BackupServ DEL :sasl cap-%d" % n),
    "STS policies": lambda: _lines(lambda n: SERVER + b" CAP BackupServ NEW :sts=port=%d,duration=%d" % (n, n)),
    "AUTHENTICATE +": lambda: _lines(lambda _: b"AUTHENTICATE +"),
    "a challenge that never ends": lambda: _lines(lambda _: b"AUTHENTICATE " + b"A" * 400),
    "logged in and out": lambda: _lines(lambda n: SERVER + b" %d BackupServ x y :z" % (900 + n % 9)),
    "names without end": lambda: _lines(
        lambda n: SERVER + b" 353 BackupServ = #opers :" + b" ".join(b"@n%d-%d" % (n, i) for i in range(30))
    ),
    "WHOIS answers nobody asked for": lambda: _lines(lambda n: SERVER + b" 311 BackupServ n%d u h * :r" % n),
    "WHOIS answers without end": lambda: _lines(lambda n: SERVER + b" 319 BackupServ alice :#c%d" % n),
    "certificates without end": lambda: _lines(lambda n: SERVER + b" 276 BackupServ alice :fingerprint %064x" % n),
    "WHO answers": lambda: _lines(lambda n: SERVER + b" 354 BackupServ %d u h s n%d H* a" % (n % 900, n)),
    "ISUPPORT nonsense": lambda: _lines(
        lambda n: SERVER + b" 005 BackupServ T%d=%d CASEMAPPING=c%d PREFIX=(ov)%d BOT=B NETWORK=%d :x" % (n, n, n, n, n)
    ),
    "welcomes": lambda: _lines(lambda n: SERVER + b"%d 001 BackupServ :hello" % n),
    "we are renamed": lambda: _lines(lambda n: b":n%d!u@h NICK n%d" % (n, n + 1)),
    "changes of nick": lambda: _lines(lambda n: b":a%d!u@h NICK b%d" % (n, n)),
    "joins": lambda: _lines(lambda n: b":j%d!u@h%d JOIN #opers" % (n, n)),
    "joins and quits": lambda: _lines(lambda n: b":j%d!u@h %s" % (n // 2, b"QUIT :bye" if n % 2 else b"JOIN #opers")),
    "a netsplit of thousands": lambda: _lines(lambda n: b":s%d!u@h QUIT :near.test far%d.test" % (n, n)),
    "hosts and accounts": lambda: _lines(lambda n: b":h%d!u@h %s" % (n, b"CHGHOST u h" if n % 2 else b"ACCOUNT a")),
    "batches never closed": lambda: _lines(lambda n: SERVER + b" BATCH +b%d chathistory #opers" % n),
    "batches of batches": lambda: _lines(lambda n: b"@batch=b%d " % n + SERVER + b" BATCH +b%d netsplit" % (n + 1)),
    "pings": lambda: _lines(lambda n: b"PING :%d" % n + b"p" * 400),
    "CTCP": lambda: _lines(lambda n: b":c%d!u@h PRIVMSG BackupServ :\x01PING %d\x01" % (n, n)),
    "orders of strangers": lambda: _lines(lambda n: b":o%d!u@h PRIVMSG #opers :!status %d" % (n, n)),
    "orders of one": lambda: _lines(lambda n: b":alice!a@h PRIVMSG #opers :!restore user n%d" % n),
    "invitations": lambda: _lines(lambda n: b":ChanServ!s@s INVITE BackupServ #c%d" % n),
    "notices of services": lambda: _lines(lambda n: b":NickServ!s@services NOTICE BackupServ :n%d" % n),
    "monitored": lambda: _lines(
        lambda n: SERVER + b" 731 BackupServ :" + b",".join(b"m%d-%d" % (n, i) for i in range(20))
    ),
    "kicks": lambda: _lines(lambda n: b":k%d!u@h KICK #opers BackupServ :out" % n),
    "splits in notices": lambda: _lines(lambda n: SERVER + b" NOTICE * :netsplit with server%d.test" % n),
}
BEFORE_WE_ARE_IN = frozenset(
    name for name in FLOODS if name.startswith(("CAP", "STS", "AUTH", "a challenge", "logged", "numerics"))
)
"""These come in the middle of a login; the others when the bot is at home."""

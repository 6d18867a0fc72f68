"""Writes UnrealIRCd's databases, as src/unrealdb.c and its modules describe them: what the reader is held against."""

import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256

from argon2.low_level import Type, hash_secret_raw
from nacl import bindings

from core.formats.unrealircd.model import Kind

SECRET = "lab secret of a lab network"
_SALT = b"sixteen bytes of"


def text(value: bytes | None) -> bytes:
    return b"\xff\xff" if value is None else struct.pack("<H", len(value)) + value


def u32(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def u64(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def plain(payload: bytes) -> bytes:
    return b"UnrealIRCd-DB-v1".ljust(32, b"\0") + u64(1_795_000_000) + payload


def encrypted(payload: bytes, secret: str = SECRET, *, final: bool = True) -> bytes:
    """As UnrealIRCd encrypts; `final` False: as nothing that was written to its end is."""
    key = hash_secret_raw(secret.encode(), _SALT, 4, 1 << 15, 2, 32, Type.ID)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    stream_header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    head = b"UnrealIRCd-DB-Crypted-v1".ljust(32, b"\0") + struct.pack("<5H", 1, 4, 15, 2, 16) + _SALT
    inside = text(b"UnrealIRCd-DB-Crypted-Now") + u64(1_795_000_000) + payload
    chunks = [inside[place : place + 4096] for place in range(0, len(inside) + 1, 4096)]
    last = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL if final else 0
    tags = [0] * (len(chunks) - 1) + [last]
    sealed = [
        bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, tag=tag)
        for chunk, tag in zip(chunks, tags, strict=True)
    ]
    return head + struct.pack("<2H", 1, 32) + stream_header + b"".join(sealed)


def channel(name: bytes, topic: bytes | None = None, lists: Sequence[Sequence[bytes]] = ((), (), ())) -> bytes:
    masks = b"".join(
        u32(len(one)) + b"".join(text(mask) + text(b"alice!a@host") + u64(1_795_000_000) for mask in one)
        for one in lists
    )
    about = text(topic) + text(b"alice") + u64(5) + text(b"+ntP") + text(b"") + text(None)
    return u32(0x11111111) + text(name) + u64(1_794_000_000) + about + masks + u32(0x22222222)


def channels(records: Sequence[bytes]) -> bytes:
    return u32(100) + u64(len(records)) + b"".join(records)


def ban(kind: bytes, *fields: bytes, until: int = 0) -> bytes:
    return kind + text(b"alice!a@host") + u64(1_795_000_000, until) + b"".join(text(field) for field in fields)


def gline(host: bytes, *, until: int = 0) -> bytes:
    return ban(b"G", b"*", host, b"spam", until=until)


def spam_filter(pattern: bytes) -> bytes:
    return ban(b"F", b"simple", pattern, b"pg") + b"b" + text(b"reason") + u64(3600)


def bans(records: Sequence[bytes]) -> bytes:
    return u32(0x10101010, 4999) + u64(len(records)) + b"".join(records)


def whowas(nicks: Iterable[bytes]) -> bytes:
    records = [
        u32(0x11111111) + b"".join(map(text, (b"nick", nick, b"ip", b"192.0.2.1", b"end", b""))) + u32(0x22222222)
        for nick in nicks
    ]
    return u32(0x57484F57, 100) + u64(len(records)) + b"".join(records)


def reputation(addresses: Sequence[bytes]) -> bytes:
    records = b"".join(text(address) + struct.pack("<HQ", 7, 1_795_000_000) for address in addresses)
    return u64(2, 1_700_000_000, 1_795_000_000, len(addresses)) + records


def reputation_text(addresses: Iterable[str]) -> bytes:
    lines = [f"{address} 7 1795000000\n" for address in addresses]
    return ("REPDB 1 1700000000 1795000000\n" + "".join(lines)).encode()


def master(before: bytes = b"pre", after: bytes = b"post") -> bytes:
    return u32(5000) + text(before) + text(after)


def history(name: bytes, lines: Sequence[bytes], before: bytes = b"pre", after: bytes = b"post") -> bytes:
    said = b"".join(
        u32(0xFFFFFFFF) + u64(1) + text(b"msgid") + text(b"x") + text(None) * 2 + text(line) + u32(0xEEEEEEEE)
        for line in lines
    )
    head = u32(0xFEFEFEFE, 5000) + text(before) + text(after) + text(name) + u64(50, 3600)
    return head + said + u32(0xEFEFEFEF)


def history_path(name: bytes, before: bytes = b"pre", after: bytes = b"post") -> str:
    return f"history/{sha256(before + b' ' + name.lower() + b' ' + after).hexdigest()}.db"


WRITTEN: dict[Kind, bytes] = {
    "channels": channels([channel(b"#a"), channel(b"#b", b"topic", [(b"*!*@bad.example",), (), ()])]),
    "bans": bans([gline(b"evil.example"), ban(b"Q", b"*", b"nick", b"why"), spam_filter(b"*buy*")]),
    "whowas": whowas([b"bob", b"carol"]),
    "reputation": reputation([b"192.0.2.1", b"2001:db8::1"]),
    "history": history(b"#a", [b":bob!b@h PRIVMSG #a :hello"]),
    "history-master": master(),
}

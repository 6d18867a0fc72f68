"""An export holds everything about one person, and nothing of anybody else."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.formats.atheme import Lines, field, parse
from core.registrations.living import Living
from core.registrations.personal import personal
from core.registrations.selection import read_account, select_account
from tests.core.formats.damage import ALL
from tests.core.registrations.town import BEFORE, swapped
from tests.strategies_atheme import databases


def document(name: bytes, content: bytes = BEFORE) -> Any:
    living = Living(parse(content), "rfc1459")
    selection = select_account(living, name)
    assert selection is not None
    return json.loads(json.dumps(personal(living, selection)))


def test_alice_gets_everything_that_is_hers() -> None:
    told = document(b"alice")
    assert told["account"] == {
        "name": "alice",
        "uid": "AAAAAAAAC",
        "email": "alice@lab.test",
        "registered_at": "2026-11-23T01:15:58+00:00",
        "last_login_at": "2026-11-23T01:16:43+00:00",
        "flags": "+Cb",
        "language": "default",
    }
    assert [nick["nick"] for nick in told["nicks"]] == ["alice", "alice_alt", "Alice|away"]
    assert told["properties"]["url"] == "https://alice.example.net/ a b  c"
    assert told["properties"]["private:host:actual"] == "alice@127.0.0.1"
    assert told["memos"][0] == {
        "from": "bob",
        "sent_at": "2026-11-23T01:16:11+00:00",
        "read": True,
        "text": "hello alice  this has  double spaces",
    }
    assert told["memos"][1]["text"] == ":colon memo café"
    assert told["ignores"] == ["dave"]
    assert told["access_masks"] == ["*@10.1.2.3", "*alice@*.example.net"]
    assert len(told["certificates"]) == 2
    assert [entry["channel"] for entry in told["channels"]] == ["#alpha", "#beta", "#Delta{1}", "#epsilon", "#gamma"]
    assert {entry["group"] for entry in told["groups"]} == {"!devs", "!staff"}
    assert told["operator"] == "ircop"
    assert told["vhost_requests"][0]["vhost"] == "alice.req.test"
    assert told["help_tickets"][0]["topic"] == "alice ticket"


@given(content=databases() | st.just(BEFORE), data=st.data())
def test_nothing_else_of_the_file_need_be_read(content: bytes, data: st.DataObject) -> None:
    """Out of a few lines comes the same document as out of all rows, whatever the file."""
    living = Living(parse(content), "rfc1459")
    name = data.draw(st.sampled_from(sorted(living.accounts) or [b"nobody"]))
    selection, found = select_account(living, name), read_account(Lines(content, "rfc1459"), name)
    assert (found is None) == (selection is None)
    if selection is not None and found is not None:
        assert personal(*found) == personal(living, selection)


def test_nothing_that_opens_the_account_and_nobody_who_marked_it_is_in_it() -> None:
    """No hash, no reset token, no name of staff."""
    content = swapped(BEFORE, b"MDU alice url ", b"MDU alice private:setpass:key TOKEN1\nMDU alice url ")
    text = json.dumps(document(b"alice", content))
    assert "marked for research" in text
    assert not [secret for secret in ("$z$", "TOKEN1", "root1", "W5Y5ZGYPvtE0") if secret in text]


def test_text_older_than_utf8_is_read_as_it_was_written() -> None:
    assert document(b"alice", swapped(BEFORE, b"motto caf\xc3\xa9", b"motto caf\xe9"))["properties"]["motto"] == (
        "café \xe2\x98\xba done"
    )


def _told_apart(content: bytes) -> bytes:
    """With an address, a hash and a host for each account that nobody else has."""

    def own(row: re.Match[bytes]) -> bytes:
        uid, name = row[1], row[2]
        return b"MU %s %s $z$1$hash-%s mail-%s@example.test " % (uid, name, uid, uid)

    content = re.sub(rb"(?m)^MU (\S+) (\S+) \S+ \S+ ", own, content)
    return re.sub(
        rb"(?m)^(MU (\S+) (\S+) .*)$", rb"\1\nMDU \3 private:host:actual u@host-\2.test\nAC \3 *@mask-\2.test ", content
    )


@given(content=databases(least=2))
def test_nothing_of_anybody_else_is_ever_in_it(content: bytes) -> None:
    """No other account's address, hash, host, mask or certificate."""
    content = _told_apart(content)
    accounts = [row for row in parse(content).rows if row.kind == b"MU"]
    for account in accounts:
        text = json.dumps(document(field(account, 2), content))
        own = field(account, 1).decode()
        assert f"mail-{own}@example.test" in text
        assert f"host-{own}.test" in text
        assert "hash-" not in text
        for other in accounts:
            uid = field(other, 1).decode()
            if uid != own:
                marks = (f"mail-{uid}@", f"host-{uid}.", f"mask-{uid}.", uid.encode().hex())
                assert not [mark for mark in marks if mark in text]


def test_whatever_the_damage_it_is_a_document_or_nobody() -> None:
    for damage in ALL:
        living = Living(parse(damage.edit(BEFORE)), "rfc1459")
        for name in (b"alice", b"bob", b"frank"):
            selection = select_account(living, name)
            if selection is not None:
                assert "$z$" not in json.dumps(personal(living, selection)), damage.name

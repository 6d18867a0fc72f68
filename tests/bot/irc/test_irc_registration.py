"""Saying hello and logging in, line by line, without a socket."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.messages import parse_line
from bot.irc.registration import Registration
from bot.irc.sasl.login import Login

PLAIN = Login(mechanism="PLAIN", account="BackupServ", password="secret")
EXTERNAL = Login(mechanism="EXTERNAL")


def _new(login: Login | None = None) -> Registration:
    return Registration(nick="BackupServ", username="backup", realname="Backup and recovery", login=login)


def _feed(registration: Registration, *lines: str) -> list[str]:
    return [answer for line in lines for answer in registration.feed(parse_line(line.encode()))]


def _payload(lines: list[str]) -> bytes:
    words = [line.split(" ")[1] for line in lines if line.startswith("AUTHENTICATE ")]
    return base64.b64decode("".join(word for word in words if word != "+"))


def test_the_first_line_asks_for_capabilities() -> None:
    """Servers hold registration only for who asks before they are let in."""
    assert _new().hello() == ["CAP LS 302", "NICK BackupServ", "USER backup 0 * :Backup and recovery"]


def test_no_capabilities_end_it_at_once() -> None:
    assert _feed(_new(), ":s CAP * LS :") == ["CAP END"]
    assert _feed(_new(PLAIN), ":s CAP * LS :") == ["CAP END"]


def test_a_list_in_several_lines_is_read_to_its_end() -> None:
    """The lines before the last have a "*"; values are no part of a name."""
    registration = _new(PLAIN)
    assert _feed(registration, ":s CAP * LS * :chghost draft/x=1,2 account-tag=y") == []
    assert _feed(registration, ":s CAP * LS :sasl=PLAIN,EXTERNAL server-time") == [
        "CAP REQ :account-tag chghost server-time",
        "CAP REQ :sasl",
    ]


@pytest.mark.parametrize(
    "acks",
    [
        [":s CAP x ACK :account-tag chghost", ":s CAP x ACK :sasl"],
        [":s CAP x ACK :account-tag chghost ", ":s CAP x ACK :sasl "],  # UnrealIRCd: a space at the end
        [":s CAP x ACK :account-tag", ":s CAP x ACK :chghost", ":s CAP x ACK sasl"],  # in parts
        [":s CAP x ACK :sasl", ":s CAP x NAK :account-tag chghost"],
        [":s CAP x NAK :account-t", ":s CAP x ACK :sasl"],  # cut short
    ],
)
def test_login_begins_when_all_is_answered(acks: list[str]) -> None:
    """However the server words its answers."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl account-tag chghost")
    assert _feed(registration, *acks[:-1]) == []
    assert _feed(registration, acks[-1]) == ["AUTHENTICATE PLAIN"]


@pytest.mark.parametrize("prompt", ["AUTHENTICATE +", "AUTHENTICATE :+", ":s AUTHENTICATE +"])
def test_plain_names_the_account_twice(prompt: str) -> None:
    """RFC 4616, with the account as authorization identity too; InspIRCd 3 sends its "+" with a colon."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    assert _payload(_feed(registration, prompt)) == b"BackupServ\0BackupServ\0secret"
    assert _feed(registration, ":s 900 x x!x@x BackupServ :in", ":s 903 x :ok") == ["CAP END"]
    assert registration.logged_in
    assert registration.sasl_failure == ""


@given(st.integers(min_value=0, max_value=1300), st.sampled_from(["x", "é", "漢"]))
def test_long_passwords_go_in_chunks(length: int, letter: str) -> None:
    """400 bytes each; when the last is full, or there is nothing, "+" says that it was the last."""
    login = Login(mechanism="PLAIN", account="a", password=letter * length)
    registration = _new(login)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    lines = _feed(registration, "AUTHENTICATE +")
    words = [line.removeprefix("AUTHENTICATE ") for line in lines]
    assert all(len(word) == 400 for word in words[:-1])
    assert words[-1] == "+" or len(words[-1]) < 400
    assert _payload(lines) == b"a\0a\0" + (letter * length).encode()


def test_a_payload_of_exactly_400_ends_with_a_plus() -> None:
    login = Login(mechanism="PLAIN", account="a", password="x" * 296)
    registration = _new(login)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    lines = _feed(registration, "AUTHENTICATE +")
    assert [len(line) for line in lines] == [len("AUTHENTICATE ") + 400, len("AUTHENTICATE +")]


def test_external_says_nothing_but_its_name() -> None:
    """The certificate has spoken already."""
    registration = _new(EXTERNAL)
    _feed(registration, ":s CAP * LS :sasl=PLAIN,EXTERNAL")
    assert _feed(registration, ":s CAP x ACK :sasl", "AUTHENTICATE +") == ["AUTHENTICATE EXTERNAL", "AUTHENTICATE +"]


def test_a_mechanism_that_is_not_offered_is_not_tried() -> None:
    """The capability is asked for all the same, as the specification's own tests want it."""
    registration = _new(PLAIN)
    assert _feed(registration, ":s CAP * LS :sasl=EXTERNAL") == ["CAP REQ :sasl"]
    assert _feed(registration, ":s CAP x ACK :sasl") == ["CAP END"]
    assert "mechanism" in registration.sasl_failure


@pytest.mark.parametrize("numeric", ["902", "904", "905", "906", "908"])
def test_a_failed_login_keeps_nobody_out(numeric: str) -> None:
    """Services may be what must be restored: we go on, and say so."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl", "AUTHENTICATE +")
    assert _feed(registration, f":s {numeric} x PLAIN :no") == ["CAP END"]
    assert registration.sasl_failure
    assert not registration.logged_in
    assert _feed(registration, f":s {numeric} x :again") == []


@pytest.mark.parametrize(
    "lines",
    [[":s CAP * LS :account-tag", ":s CAP x ACK :account-tag"], [":s CAP * LS :sasl", ":s CAP x NAK :sasl"]],
)
def test_without_sasl_we_go_on_and_say_so(lines: list[str]) -> None:
    registration = _new(PLAIN)
    assert _feed(registration, *lines)[-1] == "CAP END"
    assert registration.sasl_failure


def test_a_server_without_capabilities_lets_us_in() -> None:
    """It answers CAP with 421 or nothing."""
    registration = _new(PLAIN)
    assert _feed(registration, ":s 421 x CAP :Unknown command", ":s 001 BackupServ :hi") == []
    assert registration.welcomed
    assert registration.sasl_failure


def test_the_password_is_said_once_and_only_when_asked() -> None:
    """A server that asks before we began hears nothing; one that asks again is told no more."""
    registration = _new(PLAIN)
    assert _feed(registration, "AUTHENTICATE +") == []
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    assert len(_feed(registration, "AUTHENTICATE +")) == 1
    assert _feed(registration, "AUTHENTICATE +") == ["AUTHENTICATE *", "CAP END"]
    assert _feed(registration, "AUTHENTICATE +", ":s CAP x ACK :sasl") == []


@pytest.mark.parametrize("challenge", ["deadbeef", "=", "é", "x", "A" * 401])
def test_a_challenge_that_plain_does_not_know_is_broken_off(challenge: str) -> None:
    """PLAIN has an empty one; and what is no base64 is none at all."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    assert _feed(registration, f"AUTHENTICATE {challenge}") == ["AUTHENTICATE *", "CAP END"]
    assert not registration.logged_in


def test_a_challenge_without_end_is_not_kept() -> None:
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl")
    assert _feed(registration, *["AUTHENTICATE " + "A" * 400] * 50) == ["AUTHENTICATE *", "CAP END"]


def test_no_password_without_a_login() -> None:
    registration = _new()
    assert _feed(registration, ":s CAP * LS :sasl chghost") == ["CAP REQ :chghost"]
    assert _feed(registration, ":s CAP x ACK :chghost sasl", "AUTHENTICATE +") == ["CAP END"]
    assert registration.enabled == {"chghost"}


def test_services_that_do_not_answer_are_not_waited_for() -> None:
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl", "AUTHENTICATE +")
    assert registration.stop_waiting() == ["AUTHENTICATE *", "CAP END"]
    assert "in time" in registration.sasl_failure
    assert registration.stop_waiting() == []


@pytest.mark.parametrize("news", [":s CAP x NEW :sasl=PLAIN", ""])
def test_services_that_come_back_are_logged_in_to(news: str) -> None:
    """When the server announces it; or when we look, where it does not."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :chghost", ":s CAP x ACK :chghost", ":s 001 BackupServ :hi")
    assert not registration.logged_in
    assert (_feed(registration, news) if news else registration.log_in()) == ["CAP REQ :sasl"]
    assert _feed(registration, ":s CAP x ACK :sasl") == ["AUTHENTICATE PLAIN"]
    assert _payload(_feed(registration, "AUTHENTICATE +")) == b"BackupServ\0BackupServ\0secret"
    assert _feed(registration, ":s 900 x x x :in", ":s 903 x :ok") == []
    assert registration.logged_in
    assert registration.log_in() == []


def test_being_logged_out_is_noticed() -> None:
    """901: services have come back without our account, or an operator has logged us out."""
    registration = _new(PLAIN)
    _feed(registration, ":s CAP * LS :sasl", ":s CAP x ACK :sasl", "AUTHENTICATE +", ":s 903 x :ok", ":s 001 x :hi")
    assert registration.log_in() == []
    _feed(registration, ":s 901 x x!x@x :out")
    assert registration.log_in() == ["CAP REQ :sasl"]


@pytest.mark.parametrize("numeric", ["432", "433", "436", "437"])
def test_a_nick_that_is_taken_is_varied(numeric: str) -> None:
    """Tails first; then shorter names with a number, where the network's limit is what is in the way."""
    registration = _new()
    nicks = _feed(registration, *[f":s {numeric} * BackupServ :taken"] * 5)
    assert nicks == ["NICK BackupServ_", "NICK BackupServ__", "NICK BackupServ___", "NICK Backup4", "NICK Backup5"]
    _feed(registration, ":s 001 Backup5 :hi")
    assert _feed(registration, f":s {numeric} Backup5 BackupServ :taken") == []


def test_the_memory_for_what_a_server_offers_is_bounded() -> None:
    registration = _new()
    for start in range(0, 5000, 50):
        names = " ".join(f"cap{number}" for number in range(start, start + 50))
        assert _feed(registration, f":s CAP * LS * :{names}") == []
    assert len(registration._offered) <= 128


def test_a_login_does_not_show_its_password() -> None:
    assert "secret" not in repr(PLAIN) + str(PLAIN)

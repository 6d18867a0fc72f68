"""Which mechanism is tried, which one next, and when nothing more is said."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from bot.irc.messages import parse_line
from bot.irc.registration import Registration
from bot.irc.sasl.errors import Dishonest, Unusable
from bot.irc.sasl.login import Login, read_login
from bot.irc.sasl.mechanisms import begin
from bot.irc.sasl.scram import Scram
from bot.settings import IrcSettings

EVERYTHING = Login(account="bot", password="secret", certificate=True, sign=lambda challenge: challenge[:1])
PASSWORD = Login(account="bot", password="secret")


def _new(login: Login, *, tls: bool = True) -> Registration:
    return Registration(nick="bot", username="bot", realname="bot", login=login, tls=tls)


def _feed(registration: Registration, *lines: str) -> list[str]:
    return [answer for line in lines for answer in registration.feed(parse_line(line.encode()))]


def _asked(registration: Registration, offered: str) -> list[str]:
    value = f"={offered}" if offered else ""
    return _feed(registration, f":s CAP * LS :sasl{value}", ":s CAP x ACK :sasl")[1:]


@pytest.mark.parametrize(
    ("offered", "tried"),
    [
        ("PLAIN,SCRAM-SHA-256,ECDSA-NIST256P-CHALLENGE,EXTERNAL", "EXTERNAL"),
        ("PLAIN,SCRAM-SHA-256,ECDSA-NIST256P-CHALLENGE", "ECDSA-NIST256P-CHALLENGE"),
        ("plain,scram-sha-256", "SCRAM-SHA-256"),
        ("PLAIN", "PLAIN"),
        ("", "EXTERNAL"),
    ],
)
def test_the_best_of_what_is_offered_is_tried_first(offered: str, tried: str) -> None:
    assert _asked(_new(EVERYTHING), offered) == [f"AUTHENTICATE {tried}"]


def test_without_tls_no_password_is_said() -> None:
    """SCRAM does not say it; PLAIN only where the configuration says so outright; EXTERNAL has no certificate."""
    assert _asked(_new(EVERYTHING, tls=False), "EXTERNAL,PLAIN,SCRAM-SHA-256") == ["AUTHENTICATE SCRAM-SHA-256"]
    registration = _new(PASSWORD, tls=False)
    assert _asked(registration, "PLAIN") == ["CAP END"]
    only = Login(mechanism="PLAIN", account="bot", password="secret")
    registration = _new(only, tls=False)
    assert _asked(registration, "PLAIN") == ["CAP END"]
    assert "without TLS" in registration.sasl_failure
    outright = Login(account="bot", password="secret", plain_without_tls=True)
    assert _asked(_new(outright, tls=False), "PLAIN") == ["AUTHENTICATE PLAIN"]


def test_what_the_server_refuses_is_followed_by_the_next() -> None:
    """A certificate that services do not know must not keep a good password out."""
    registration = _new(EVERYTHING)
    assert _asked(registration, "PLAIN,EXTERNAL") == ["AUTHENTICATE EXTERNAL"]
    assert _feed(registration, "AUTHENTICATE +") == ["AUTHENTICATE +"]
    assert _feed(registration, ":s 904 x :no") == ["AUTHENTICATE PLAIN"]
    assert len(_feed(registration, "AUTHENTICATE +")) == 1
    assert _feed(registration, ":s 904 x :no") == ["CAP END"]
    assert "wrong" in registration.sasl_failure


def test_the_list_that_comes_with_a_refusal_is_heeded() -> None:
    """908 names what there is; 904 follows it, and is not taken for the next one's refusal."""
    registration = _new(EVERYTHING)
    _asked(registration, "")
    assert _feed(registration, ":s 908 x PLAIN :are available") == []
    assert _feed(registration, ":s 904 x :no") == ["AUTHENTICATE PLAIN"]


@pytest.mark.parametrize("numeric", ["902", "905", "906"])
def test_what_is_no_refusal_of_a_mechanism_ends_it(numeric: str) -> None:
    """A locked account is locked whatever is said."""
    registration = _new(EVERYTHING)
    _asked(registration, "PLAIN,EXTERNAL")
    assert _feed(registration, f":s {numeric} x :no") == ["CAP END"]


def test_who_lies_is_told_no_password() -> None:
    """A server that fails SCRAM does not get PLAIN instead: that would be the attack."""
    registration = _new(PASSWORD)
    assert _asked(registration, "PLAIN,SCRAM-SHA-256") == ["AUTHENTICATE SCRAM-SHA-256"]
    _feed(registration, "AUTHENTICATE +")
    assert _feed(registration, "AUTHENTICATE cj1mb3JnZWQ=") == ["AUTHENTICATE *", "CAP END"]
    assert _feed(registration, ":s 904 x :no", "AUTHENTICATE +", ":s 001 bot :hi") == []
    assert _feed(registration, ":s CAP x NEW :sasl=PLAIN") == []
    assert registration.log_in() == []


def test_a_login_before_the_proof_is_not_believed() -> None:
    registration = _new(PASSWORD)
    _asked(registration, "SCRAM-SHA-256")
    _feed(registration, "AUTHENTICATE +")
    assert _feed(registration, ":s 900 x x x :in") == ["AUTHENTICATE *", "CAP END"]
    assert not registration.logged_in


# --- required --------------------------------------------------------------------------------

REQUIRED = Login(mechanism="PLAIN", account="bot", password="secret", required=True)


@pytest.mark.parametrize(
    "lines",
    [
        [":s CAP * LS :"],
        [":s CAP * LS :chghost", ":s CAP x ACK :chghost"],
        [":s CAP * LS :sasl", ":s CAP x NAK :sasl"],
        [":s CAP * LS :sasl=EXTERNAL", ":s CAP x ACK :sasl"],
        [":s CAP * LS :sasl", ":s CAP x ACK :sasl", "AUTHENTICATE +", ":s 904 x :no"],
        [":s 421 x CAP :Unknown command", ":s 001 bot :hi"],
    ],
)
def test_where_a_login_is_required_we_do_not_stay_without(lines: list[str]) -> None:
    """No SASL, not ours, refused, or let in before we could: QUIT, and never CAP END."""
    registration = _new(REQUIRED)
    answers = _feed(registration, *lines)
    assert answers[-1].startswith("QUIT")
    assert "CAP END" not in answers
    assert "irc.sasl.required is true: " in registration.refused


def test_where_a_login_is_required_services_are_not_waited_for_without_end() -> None:
    registration = _new(REQUIRED)
    _asked(registration, "PLAIN")
    assert registration.stop_waiting() == ["AUTHENTICATE *", "QUIT :a login is required"]
    assert "in time" in registration.refused


def test_who_is_in_stays_when_services_go() -> None:
    """They may be what must be restored; the login is tried again, and its failure ends nothing."""
    registration = _new(REQUIRED)
    _asked(registration, "PLAIN")
    _feed(registration, "AUTHENTICATE +", ":s 903 x :ok", ":s 001 bot :hi", ":s 901 x x :out")
    assert registration.log_in() == ["CAP REQ :sasl"]
    assert _feed(registration, ":s CAP x NAK :sasl") == []
    assert registration.refused == ""


# --- the mechanisms themselves ---------------------------------------------------------------


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from(["SCRAM-SHA-256", "PLAIN", "EXTERNAL"]))
def test_whatever_a_server_says_is_answered_or_dishonest(challenges: list[bytes], name: str) -> None:
    mechanism = begin(name, EVERYTHING)  # type: ignore[arg-type]  # hypothesis widens the literal
    for challenge in challenges:
        try:
            mechanism.answer(challenge)
        except Dishonest:
            break
    else:
        assert name != "SCRAM-SHA-256" or len(challenges) < 2 or mechanism.satisfied is False


@given(st.lists(st.text("r=,sive+:;0123456789abcAZ= é\n"), max_size=4))
def test_scram_is_satisfied_by_nothing_but_the_proof(texts: list[str]) -> None:
    scram = Scram("bot", "secret")
    for text in ("", *texts):
        try:
            scram.answer(text.encode())
        except Dishonest:
            break
    assert not scram.satisfied


def test_scram_with_names_that_need_care() -> None:
    """A comma, an equals sign and letters beyond ASCII go through both ways."""
    account, password = "a,b=ü", "p,=ß漢"
    mechanism = ScramMechanism("SCRAM-SHA-256")
    secrets = mechanism.make_auth_info(password, iteration_count=4096)
    asked = []

    def look_up(name: str) -> object:
        asked.append(name)
        return secrets

    server, scram = mechanism.make_server(look_up), Scram(account, password)
    server.set_client_first(scram.answer(b"").decode())
    server.set_client_final(scram.answer(server.get_server_first().encode()).decode())
    assert not scram.satisfied
    assert scram.answer(server.get_server_final().encode()) == b""
    assert scram.satisfied
    assert asked == [account]


def test_what_scram_cannot_carry_goes_another_way() -> None:
    """A control character in a password."""
    login = Login(account="bot", password="a\x07b")
    with pytest.raises(Unusable):
        Scram(login.account, login.password)
    assert _asked(_new(login), "SCRAM-SHA-256,PLAIN") == ["AUTHENTICATE PLAIN"]


def test_a_challenge_in_pieces_is_put_together() -> None:
    """400 bytes go on; a "+" ends what is a multiple of them."""
    heard = []

    def sign(challenge: bytes) -> bytes:
        heard.append(challenge)
        return b"x" * 300

    registration = _new(Login(account="bot", sign=sign))
    _asked(registration, "ECDSA-NIST256P-CHALLENGE")
    _feed(registration, "AUTHENTICATE +")
    text = base64.b64encode(b"c" * 300).decode()
    assert len(text) == 400
    assert _feed(registration, f"AUTHENTICATE {text}") == []
    assert [len(line) for line in _feed(registration, "AUTHENTICATE +")] == [413, 14]
    assert heard == [b"c" * 300]


# --- what is configured ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sasl",
    [
        {"mechanism": "auto"},
        {"mechanism": "EXTERNAL"},
        {"mechanism": "SCRAM-SHA-256", "account": "bot"},
        {"mechanism": "PLAIN", "password": {"env": "X"}},
        {"password": {"env": "X"}},
        {"mechanism": "ECDSA-NIST256P-CHALLENGE", "account": "bot", "password": {"env": "X"}},
        {"mechanism": "DIGEST-MD5", "account": "bot", "password": {"env": "X"}},
    ],
)
def test_what_can_never_log_in_is_a_mistake_of_the_configuration(sasl: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        IrcSettings.model_validate({"server": "irc.test", "channel": "#opers", "sasl": sasl})


def test_a_key_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """A file that is none ends the login with its name, and tells the server nothing."""
    (tmp_path / "key").write_text("no key")
    (tmp_path / "key").chmod(0o600)
    sasl = {"account": "bot", "key": str(tmp_path / "key")}
    login = read_login(IrcSettings.model_validate({"server": "irc.test", "channel": "#opers", "sasl": sasl}))
    assert login is not None
    registration = _new(login)
    _asked(registration, "ECDSA-NIST256P-CHALLENGE")
    _feed(registration, "AUTHENTICATE +")
    challenge = base64.b64encode(b"c" * 32).decode()
    assert _feed(registration, f"AUTHENTICATE {challenge}") == ["AUTHENTICATE *", "CAP END"]
    assert str(tmp_path / "key") in registration.sasl_failure

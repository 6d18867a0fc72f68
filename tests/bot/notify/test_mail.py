"""E-mail through a real server: STARTTLS, a login, several people, and what each refusal means."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from bot.demo.certificates import make_pair
from bot.demo.network import free_port
from bot.notify.mail import MailNotifier
from bot.notify_settings import MailSettings
from tests.bot.notify.said import notice


@dataclass
class Postbox:
    """Remembers letters; `answers` are given to recipients by the part before the @."""

    letters: list[bytes] = field(default_factory=list)
    people: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 — aiosmtpd's name
        del server, session, options
        if (code := address.partition("@")[0]).isdecimal():
            return f"{code} as you wish"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd's name
        del server, session
        self.letters.append(envelope.content)
        self.people.append(envelope.rcpt_tos)
        return "250 taken"


@contextmanager
def _server(folder: Path, box: Postbox) -> Iterator[tuple[int, Path]]:
    make_pair(folder, host="localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")

    def login(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        del server, session, envelope, mechanism
        return AuthResult(success=given.password == b"hunter2", handled=False)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
    )
    controller.start()
    try:
        yield controller.port, folder / "ca.pem"
    finally:
        controller.stop()


def _notifier(folder: Path, port: int, ca: Path, *to: str, password: str = "hunter2") -> MailNotifier:
    secret = folder / "mail.password"
    secret.write_text(password)
    secret.chmod(0o600)
    given = {
        "kind": "mail",
        "server": "localhost",
        "port": port,
        "ca_file": str(ca),
        "user": "backupserv",
        "password": {"file": str(secret)},
        "sender": "backupserv@example.net",
        "to": to or ("opers@example.net",),
    }
    return MailNotifier("mail", MailSettings.model_validate(given), "ExampleNet")


async def test_a_letter_arrives_over_tls_with_its_own_time(tmp_path: Path) -> None:
    box = Postbox()
    with _server(tmp_path, box) as (port, ca):
        told = notice(title="sub\r\nject: Bcc: x@example.net", count=3)
        answer = await _notifier(tmp_path, port, ca, "a@example.net", "b@example.net").send(told)
    assert answer.kind == "heard", answer
    letter = message_from_bytes(box.letters[0], policy=policy.default)
    assert letter["Subject"] == "[ExampleNet] ERROR sub ject: Bcc: (an e-mail address) (3 times)"
    assert letter["Date"].datetime == told.at
    assert letter["Message-ID"] == "<6f1c0de5@example.net>"
    assert "!backup now services" in letter.get_content()
    assert box.people == [["a@example.net", "b@example.net"]]


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        (["451@example.net"], "later"),
        (["550@example.net"], "refused"),
        (["550@example.net", "451@example.net"], "later"),
        (["550@example.net", "a@example.net"], "heard"),
    ],
)
async def test_what_the_server_says_of_people(tmp_path: Path, to: list[str], kind: str) -> None:
    with _server(tmp_path, Postbox()) as (port, ca):
        assert (await _notifier(tmp_path, port, ca, *to).send(notice())).kind == kind


async def test_a_wrong_password_is_tried_once_an_hour_and_never_said(tmp_path: Path) -> None:
    with _server(tmp_path, Postbox()) as (port, ca):
        answer = await _notifier(tmp_path, port, ca, password="wrongpassword").send(notice())
    assert (answer.kind, answer.after) == ("later", 3600)
    assert "wrongpassword" not in answer.why


async def test_a_server_whose_certificate_nobody_signed_is_told_nothing(tmp_path: Path) -> None:
    box, other = Postbox(), tmp_path / "other"
    other.mkdir()
    make_pair(other, host="localhost")
    with _server(tmp_path, box) as (port, _):
        answer = await _notifier(tmp_path, port, other / "ca.pem").send(notice())
    assert answer.kind == "later"
    assert not box.letters


async def test_nobody_there(tmp_path: Path) -> None:
    make_pair(tmp_path, host="localhost")
    answer = await _notifier(tmp_path, 1, tmp_path / "ca.pem").send(notice())
    assert (answer.kind, "not reached" in answer.why) == ("later", True)

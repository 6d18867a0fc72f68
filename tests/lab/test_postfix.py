"""E-mail through the mail server that many hosts run: Debian's postfix, with a configuration and a queue of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo.certificates import make_pair
from bot.notify.mail import MailNotifier
from bot.notify_settings import MailSettings
from tests.bot.notify.said import notice
from tests.conftest import require
from tests.lab.network import free_port
from tests.machine import NOBODY, open_folder, until

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = static:opers/
virtual_minimum_uid = 1
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/tls/server.pem
smtpd_tls_key_file = {folder}/tls/server.key
smtpd_tls_received_header = yes
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access
  inline:{{ {{ busy@example.net = 450 4.2.1 later }}, {{ left@example.net = 550 5.1.1 gone }} }}
default_transport = error:nothing leaves this machine
maillog_file = /dev/stdout
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """It runs, and this is where letters arrive."""

    folder: Path
    port: int

    def letters(self) -> list[EmailMessage]:
        new = self.folder / "boxes" / "opers" / "new"
        found = sorted(new.iterdir(), key=lambda path: path.stat().st_mtime) if new.is_dir() else []
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]

    def notifier(self, *to: str, tls: str = "starttls") -> MailNotifier:
        given = {
            "kind": "mail",
            "server": "localhost",
            "port": self.port,
            "tls": tls,
            "ca_file": str(self.folder / "tls" / "ca.pem"),
            "sender": "backupserv@example.net",
            "to": to or ("opers@example.net",),
        }
        return MailNotifier("mail", MailSettings.model_validate(given), "Beispiel-Netz")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    require("postfix", "postconf")
    if os.geteuid() != 0:
        pytest.skip("postfix's master runs as root alone")
    with open_folder() as folder:
        yield from _running(folder)


def _running(folder: Path) -> Iterator[Postfix]:
    port = free_port()
    for name in ("conf", "queue", "state", "boxes", "tls"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "state", "postfix")
    os.chown(folder / "boxes", NOBODY, NOBODY)
    make_pair(folder / "tls", host="localhost")
    (folder / "conf" / "main.cf").write_text(_MAIN.format(folder=folder, nobody=NOBODY))
    (folder / "conf" / "master.cf").write_text(_MASTER.format(port=port))
    words = ["postfix", "-c", str(folder / "conf")]
    environment = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*words, "start-fg"], stdout=log, stderr=log, env=environment)
    try:
        until(lambda: b"daemon started" in (folder / "log").read_bytes(), "postfix runs")
        yield Postfix(folder=folder, port=port)
    finally:
        subprocess.run([*words, "stop"], check=False, capture_output=True, env=environment, timeout=20)
        process.wait(20)


async def test_a_notice_arrives_as_it_was_said_over_tls(postfix: Postfix) -> None:
    told = notice(title="Dienste können nicht gespeichert werden: 空き容量 0", detail=f"Zeile ä\n{'lang ' * 500}ende")
    answer = await postfix.notifier().send(told)
    assert answer.kind == "heard", answer
    until(postfix.letters, "it is in the box")
    (letter,) = postfix.letters()
    assert letter["Subject"] == "[Beispiel-Netz] ERROR Dienste können nicht gespeichert werden: 空き容量 0"
    assert letter["Date"].datetime == told.at
    assert letter["Message-ID"] == "<6f1c0de5@example.net>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (letter["From"], letter["To"]) == ("backupserv@example.net", "opers@example.net")
    assert "using TLSv1" in letter["Received"]
    text = letter.get_content()
    assert "Zeile ä" in text
    assert f"{'lang ' * 500}ende" in text
    assert "!backup now services" in text


@pytest.mark.parametrize(
    ("to", "kind"),
    [("busy@example.net", "later"), ("left@example.net", "refused"), ("opers@elsewhere.test", "refused")],
)
async def test_what_it_says_of_people_is_understood(postfix: Postfix, to: str, kind: str) -> None:
    before = len(postfix.letters())
    answer = await postfix.notifier(to).send(notice())
    assert answer.kind == kind, answer
    assert len(postfix.letters()) == before


async def test_it_takes_nothing_in_the_clear_and_that_is_no_reason_to_give_up(postfix: Postfix) -> None:
    answer = await postfix.notifier(tls="never").send(notice())
    assert (answer.kind, answer.after) == ("later", 3600), answer
    assert "530" in answer.why

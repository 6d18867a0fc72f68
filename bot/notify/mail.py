"""E-mail, by a server that is spoken with over TLS."""

import asyncio
import email.policy
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from bot.notify.answer import Answer
from bot.notify.shortening import one_line, shortened
from bot.notify_settings import MailSettings
from core.domain.errors import BackupServError
from core.domain.moment import show
from core.domain.notice import Notice
from core.domain.public import public

_SUBJECT, _BODY = 200, 50_000
_NEVER = 500  # SMTP: from here on it is said to be for good
_WRONG = frozenset({530, 534, 535, 538})  # who we are, and not what we say: somebody has to change a setting
_AN_HOUR = 3600.0


class MailNotifier:
    """One server, one sender, some people."""

    def __init__(self, name: str, settings: MailSettings, network: str) -> None:
        self.name = name
        self._settings = settings
        self._network = network

    async def send(self, notice: Notice) -> Answer:
        """One message to all of them. It is heard when the server has taken it for at least one."""
        settings = self._settings
        try:
            password = await asyncio.to_thread(settings.password.reveal) if settings.password is not None else None
            refused, _ = await aiosmtplib.send(
                letter(notice, settings, self._network),
                hostname=settings.server,
                port=settings.port,
                username=settings.user,
                password=password,
                timeout=settings.timeout_seconds,
                use_tls=settings.tls == "always",
                start_tls=settings.tls == "starttls",
                tls_context=_context(settings),
            )
        except BackupServError as error:
            return Answer(kind="later", why=error.message, after=30)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _judged([item.code for item in error.recipients])
        except aiosmtplib.SMTPResponseException as error:
            return _judged([error.code])
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Answer(kind="later", why=f"not reached ({type(error).__name__})")
        return Answer(kind="heard", why=f"{len(refused)} of {len(settings.to)} refused" if refused else "")

    async def close(self) -> None:
        """Nothing stays open."""


def _context(settings: MailSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.ca_file) if settings.tls != "never" else None


def _judged(codes: list[int]) -> Answer:
    """4xx may pass; a login that is refused is not tried often; any other 5xx is for good."""
    told = f"answered {', '.join(map(str, sorted(set(codes))[:5]))}"
    if _WRONG.intersection(codes):
        return Answer(kind="later", why=f"{told}: it does not let us in", after=_AN_HOUR)
    if all(code >= _NEVER for code in codes):
        return Answer(kind="refused", why=told)
    return Answer(kind="later", why=told)


def letter(notice: Notice, settings: MailSettings, network: str) -> EmailMessage:
    """The message: its subject is the headline, its date is when it was so."""
    message = EmailMessage(policy=email.policy.SMTP)
    domain = settings.sender.rpartition("@")[2]
    message["Subject"] = one_line(f"[{network}] {public(notice.headline)}", _SUBJECT)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    lines = [public(notice.headline), "", public(notice.detail), "", notice.suggestion]
    below = f"-- \n{network} · {notice.cause} · {show(notice.at)}"
    message.set_content(shortened("\n".join(lines).strip(), _BODY) + f"\n\n{below}\n")
    return message

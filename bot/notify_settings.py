"""`[notify.NAME]`: where notices go beside the opers' channel."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from bot.settings import Settings
from core.domain.notice import Gravity
from core.secrets import Secret

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Mailbox = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+$", max_length=254)]


class _Way(Settings):
    least: Gravity = Field(default="warning", description="what is less grave does not go there")
    timeout_seconds: float = Field(default=15, gt=0, le=120, strict=False, description="for one attempt")


class DiscordSettings(_Way):
    """A Discord webhook."""

    kind: Literal["discord"]
    url: Secret = Field(description="where the webhook's address lies: it is a secret")
    thread: Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")] | None = Field(
        default=None, description="the id of a thread of that channel"
    )


class SlackSettings(_Way):
    """A Slack incoming webhook, or anything that takes its form."""

    kind: Literal["slack"]
    url: Secret = Field(description="where the webhook's address lies: it is a secret")


class WebhookSettings(_Way):
    """Any address that takes JSON."""

    kind: Literal["webhook"]
    url: Secret = Field(description="where the address lies")
    body: dict[str, Any] = Field(
        default_factory=lambda: {
            "network": "$network",
            "gravity": "$gravity",
            "state": "$state",
            "cause": "$cause",
            "title": "$title",
            "detail": "$detail",
            "suggestion": "$suggestion",
            "at": "$at",
            "id": "$id",
        },
        description="what is sent: a table whose texts may hold $title, $gravity, $at …",
    )
    header: dict[str, Secret] = Field(default_factory=dict, max_length=20, description="headers with a secret in them")


class MailSettings(_Way):
    """E-mail."""

    kind: Literal["mail"]
    server: Annotated[str, StringConstraints(min_length=1, max_length=253)] = Field(description="host name")
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "always", "never"] = Field(
        default="starttls", description='"always" for port 465; "never" on loopback alone'
    )
    ca_file: str | None = Field(default=None, description="PEM file; default: the system's CAs")
    user: str | None = None
    password: Secret | None = None
    sender: Mailbox
    to: tuple[Mailbox, ...] = Field(strict=False, min_length=1, max_length=50)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if self.tls == "never" and self.server not in _LOOPBACK:
            raise ValueError('tls = "never" is for a server on loopback')
        return self


class AlertmanagerSettings(_Way):
    """Prometheus' Alertmanager: is told again and again what is wrong now."""

    kind: Literal["alertmanager"]
    url: Secret = Field(description="where its address lies: http://127.0.0.1:9093")
    again_seconds: float = Field(default=60, gt=0, le=3600, strict=False, description="how often it is told again")


class PingSettings(Settings):
    """`[ping]`: a dead man's switch, as healthchecks.io and its kin: told of each run; its silence is the alarm."""

    url: Secret = Field(description="where the check's address lies: it is a secret")
    timeout_seconds: float = Field(default=10, gt=0, le=60, strict=False, description="for one attempt")


WaySettings = Annotated[
    DiscordSettings | SlackSettings | WebhookSettings | MailSettings | AlertmanagerSettings,
    Field(discriminator="kind"),
]

"""What Alertmanager posts, read: each alert is trouble, or the end of it. Pure.

Source: alertmanager, docs/configuration.md, webhook_config (version 4). Keys that are not known are let be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from core.domain.notice import ALERTS, OUR_ALERT, Gravity, Trouble
from core.domain.public import public

_MOST = 500  # alerts in one message
_TITLE, _DETAIL, _NAME = 200, 1000, 60  # characters
_GRAVITIES: dict[str, Gravity] = {
    "none": "info",
    "info": "info",
    "notice": "info",
    "warning": "warning",
    "error": "error",
    "critical": "emergency",
    "emergency": "emergency",
    "page": "emergency",
}
_COMMAND = re.compile(r"(?:!|backupserv )[a-z][\w #/.:-]{0,80}")
_Text = Annotated[str, Field(max_length=65536)]


class _Alert(BaseModel):
    status: Literal["firing", "resolved"]
    labels: dict[_Text, _Text]
    annotations: dict[_Text, _Text] = {}
    fingerprint: _Text = ""


class _Message(BaseModel):
    version: Literal["4"]
    alerts: list[_Alert] = Field(max_length=_MOST)
    truncated: int = Field(default=0, alias="truncatedAlerts", ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """One message of it."""

    troubles: tuple[Trouble, ...]
    ended: tuple[str, ...]  # causes
    left_out: int  # that it did not send


class NoMessage(Exception):
    """It is none that we can read; the text says why, without quoting it."""


def read_alerts(body: bytes) -> Alerts:
    """One message. What we told Alertmanager ourselves, and it tells us again, is left out.

    Raises:
        NoMessage: it is none.
    """
    try:
        message = _Message.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"] if not isinstance(part, str) or part.isidentifier())
        raise NoMessage(f"{where or 'the message'}: {first['type'].replace('_', ' ')}") from None
    meant = [alert for alert in message.alerts if alert.labels.get("alertname") != OUR_ALERT]
    return Alerts(
        troubles=tuple(_trouble(alert) for alert in meant if alert.status == "firing"),
        ended=tuple(_cause(alert) for alert in meant if alert.status == "resolved"),
        left_out=message.truncated,
    )


def _trouble(alert: _Alert) -> Trouble:
    told = alert.annotations
    name = _name(alert)
    suggestion = _line(told.get("suggestion", ""), 100)
    return Trouble(
        cause=_cause(alert),
        gravity=_GRAVITIES.get(alert.labels.get("severity", "").lower(), "warning"),
        title=_line(told.get("summary", "") or told.get("title", "") or told.get("description", ""), _TITLE) or name,
        detail=public(told.get("description", ""))[:_DETAIL] if told.get("summary") else "",
        suggestion=suggestion if _COMMAND.fullmatch(suggestion) else "",
    )


def _cause(alert: _Alert) -> str:
    """One for each set of labels: two disks that fill are two troubles, and end one by one."""
    print_ = alert.fingerprint or _printed(alert.labels)
    return f"{ALERTS}{_name(alert)}/{sha256(print_.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _printed(labels: Mapping[str, str]) -> str:
    return repr(sorted(labels.items()))


def _name(alert: _Alert) -> str:
    return re.sub(r"[^A-Za-z0-9_.:-]", "_", alert.labels.get("alertname", ""))[:_NAME] or "unnamed"


def _line(text: str, most: int) -> str:
    line = " ".join(public(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"

"""Templates become pages. Every text is escaped, whoever wrote it; a name that is missing is an error, never a gap."""

import hashlib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.http.overview import show_seconds
from core.domain.moment import ago, show
from core.domain.objective import short
from core.domain.public import public
from core.domain.size import show_size

_FOLDER = "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.http", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "at": show,
        "commands": commands,
        "seconds": show_seconds,
        "since": since,
        "size": show_size,
        "thousands": "{:,}".format,
        "public": public,
        "short": short,
        "soon": soon,
        "zoned": "{:%a %d %b %H:%M %Z}".format,
    }
    environment.globals["style_digest"] = style()[1]
    return environment


def draw_page(template: str, **shown: Any) -> bytes:
    """The page of that template."""
    # A byte that was no UTF-8, in the name of a file, stands in a text as a lone surrogate, which cannot be sent.
    return _environment().get_template(template).render(shown).encode(errors="backslashreplace")


@cache
def style() -> tuple[bytes, str]:
    """The stylesheet, and its digest: what changed is never taken for what a browser has kept."""
    content = files("bot.http").joinpath(_FOLDER, "style.css").read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]


def since(moment: datetime, now: datetime) -> str:
    """How long ago: "3m ago"."""
    return f"{ago((now - moment).total_seconds())} ago"


def soon(moment: datetime, now: datetime) -> str:
    """How long until then: "in 3h"."""
    return f"in {ago((moment - now).total_seconds())}" if moment > now else "now"


def commands(text: str) -> Markup:
    """A sentence whose `commands` are set apart; nothing private, and nothing of it is markup."""
    parts = public(text).split("`")
    if len(parts) % 2 == 0:  # a quote that is never closed is none
        return escape("`".join(parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )

"""Trees of files: the part of the composition root that knows who looks at them, and who lives on them."""

from typing import TYPE_CHECKING

from bot.config_sources import TreeSettings, UnrealircdSite
from bot.config_sources import TreeSite as TreeSiteSettings
from bot.wiring_programs import build_control, build_reload
from core.operations.site import TreeSite
from core.ports import Clock
from core.tree_ports import TreeCheck

if TYPE_CHECKING:
    from core.formats.unrealircd import Opener


def build_tree(name: str, settings: TreeSiteSettings, clock: Clock) -> TreeSite:
    """One tree with everything that reaches the program that lives on it."""
    if isinstance(settings, UnrealircdSite):
        return _unrealircd(name, settings, clock)
    return _files(name, settings, clock)


def _files(name: str, settings: TreeSettings, clock: Clock) -> TreeSite:
    from core.sources.files import FilesSource  # noqa: PLC0415 — start-up time is a promise

    check = _check(settings, clock)
    return TreeSite(
        source=FilesSource(name=name, settings=settings, clock=clock, check=check),
        root=settings.root,
        check=check,
        control=build_control(settings.control),
        reload=build_reload(settings.reload) if settings.reload is not None else None,
        serves=settings.serves,
        bases=tuple(settings.bases),
    )


def _check(settings: TreeSettings, clock: Clock) -> TreeCheck | None:
    if settings.kind != "tls":
        return None
    from core.certificates.check import CertificateCheck  # noqa: PLC0415 — start-up time is a promise

    return CertificateCheck(root=settings.root, clock=clock)


def _unrealircd(name: str, settings: UnrealircdSite, clock: Clock) -> TreeSite:
    from core.sources.unrealircd import UnrealircdCheck, UnrealircdSource  # noqa: PLC0415 — start-up time is a promise

    opener = _opener(settings)
    check = UnrealircdCheck(opener)
    return TreeSite(
        source=UnrealircdSource(name=name, settings=settings, clock=clock, check=check),
        root=settings.root,
        control=build_control(settings.control),
        check=check,
        opener=opener,
        bases=tuple(settings.bases),
    )


def _opener(settings: UnrealircdSite) -> "Opener | None":
    if not settings.secrets:
        return None
    from core.crypto.unrealdb import UnrealdbOpener  # noqa: PLC0415 — start-up time is a promise

    return UnrealdbOpener(settings.secrets)

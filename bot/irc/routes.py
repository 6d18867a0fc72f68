"""Where to connect next: the configured servers in turn, and where STS sends us."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle

from bot.irc.sts import Offer, StsPolicies
from bot.settings import Address, IrcSettings
from core.domain.errors import BackupServError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to a server."""

    address: Address
    tls: bool

    def __str__(self) -> str:
        return f"{self.address} ({'TLS' if self.tls else 'PLAINTEXT'})"


class Routes:
    """Says which way is taken next; each answer is another server where there are several."""

    def __init__(self, settings: IrcSettings, policies: StsPolicies) -> None:
        self._mode = settings.tls.mode
        self._turn = cycle(settings.addresses)
        self._policies = policies
        self._asked: dict[
            str, int
        ] = {}  # who asked for TLS in plaintext, and where: not believed for long, but for now
        self._sent_to: Route | None = None

    def next(self) -> Route:
        """The way to try now.

        Raises:
            ConfigInvalid: the policies of STS cannot be read.
        """
        if self._sent_to is not None:
            route, self._sent_to = self._sent_to, None
            return route
        address = next(self._turn)
        if self._mode != "sts":
            return Route(address=address, tls=self._mode == "always")
        policy = self._policies.find(address.host)
        port = policy.port if policy is not None else self._asked.get(address.host)
        if port is None:
            return Route(address=address, tls=False)
        return Route(address=replace(address, port=port), tls=True)

    @property
    def redirected(self) -> bool:
        """Whether the next way is one that a server has sent us on: then there is nothing to wait for."""
        return self._sent_to is not None

    def heed(self, route: Route, offer: Offer) -> bool:
        """What a server says about TLS. True: leave this link; `next` is the one that it wants.

        Where TLS is what the configuration says, or what it forbids, a server has nothing to say about it.
        """
        if self._mode != "sts":
            return False
        if route.tls:
            if offer.duration is not None:  # its port is not heeded: we are on it
                self._keep(route.address, offer.duration)
            return False
        if offer.port is None:
            return False
        self._asked[route.address.host] = offer.port
        self._sent_to = Route(address=replace(route.address, port=offer.port), tls=True)
        return True

    def _keep(self, address: Address, duration: timedelta) -> None:
        if not duration:
            self._asked.pop(address.host, None)
        try:
            self._policies.keep(address.host, address.port, duration)
        except BackupServError as error:
            log.warning("the server's wish for TLS could not be kept: %s", error)

    def left(self, route: Route) -> None:
        """The link of that way has ended."""
        if self._mode == "sts" and route.tls:
            try:
                self._policies.renew(route.address.host)
            except BackupServError as error:
                log.warning("the server's wish for TLS could not be kept: %s", error)

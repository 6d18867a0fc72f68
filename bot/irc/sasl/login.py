"""How we log in to services: what is configured, and which mechanisms that makes possible."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.settings import IrcSettings
from core.crypto.ecdsa import ChallengeSigner

MechanismName = Literal["EXTERNAL", "ECDSA-NIST256P-CHALLENGE", "SCRAM-SHA-256", "PLAIN"]
# The best first: nothing secret is said, the password is proven but not said, it is said.
ORDER: tuple[MechanismName, ...] = ("EXTERNAL", "ECDSA-NIST256P-CHALLENGE", "SCRAM-SHA-256", "PLAIN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What we have to show."""

    mechanism: MechanismName | Literal["auto"] = "auto"
    account: str = ""
    password: str = ""
    certificate: bool = False  # whether the TLS link shows one of ours
    sign: Callable[[bytes], bytes] | None = None
    required: bool = False
    plain_without_tls: bool = False
    nickserv_server: str = ""  # where services are, if NickServ may be told the password

    def __repr__(self) -> str:
        return f"Login({self.mechanism})"  # never the password

    def mechanisms(self, *, tls: bool) -> list[MechanismName]:
        """What can be tried, the best first."""
        possible = {self.mechanism} if self.mechanism != "auto" else set(self._configured())
        if not tls:
            possible.discard("EXTERNAL")
            possible -= set() if self.plain_without_tls else {"PLAIN"}
        return [name for name in ORDER if name in possible]

    def _configured(self) -> list[MechanismName]:
        names: list[MechanismName] = ["EXTERNAL"] if self.certificate else []
        names += ["ECDSA-NIST256P-CHALLENGE"] if self.sign is not None else []
        names += ["SCRAM-SHA-256", "PLAIN"] if self.password else []
        return names


def read_login(settings: IrcSettings) -> Login | None:
    """How we log in, with the password read from where it lies.

    Raises:
        BackupServError: it cannot be read; no connection is worth a try without it.
    """
    sasl = settings.sasl
    if sasl is None:
        return None
    return Login(
        mechanism=sasl.mechanism,
        account=sasl.account or "",
        password=sasl.password.reveal() if sasl.password is not None else "",
        certificate=settings.tls.certificate is not None,
        sign=ChallengeSigner(sasl.key).sign if sasl.key is not None else None,
        required=sasl.required,
        plain_without_tls=sasl.plain_without_tls,
        nickserv_server=sasl.nickserv_server or "",
    )

"""Is there a key outside of this host? What only a key inside of it opens is lost with the host. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowFinding:
    """An identity that lies where it should not."""

    refused: bool  # no backup is made like this; otherwise it is something to look at
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyholding:
    """Where identities lie and what lies where. All paths are absolute, and free of links."""

    identities: Sequence[Path]  # files on this host that are known to hold an identity
    recovery: Path | None  # the recovery key's file, while it is still here
    recipients: int  # in the configuration
    storages: Mapping[str, Path]  # folders on this host that copies are kept in
    captured: Mapping[str, Path]  # files and folders that are saved, by their source
    opened: int | None = None  # recipients that these files open: one may hold two; None = one each

    @property
    def elsewhere(self) -> int:
        """Recipients whose identity is not known to be on this host."""
        return max(0, self.recipients - (len(self._files) if self.opened is None else self.opened))

    @property
    def _files(self) -> tuple[Path, ...]:
        here = [*self.identities, *([self.recovery] if self.recovery is not None else [])]
        return tuple(dict.fromkeys(here))

    def findings(self) -> Iterator[EscrowFinding]:
        """What is wrong, the worst first."""
        for file in self._files:
            yield from self._beside(file)
        if not self.elsewhere:
            found = list(self._locked_in())
            yield from found or self._all_here()
        if self.recovery is not None:
            yield EscrowFinding(
                refused=False,
                text=f"the recovery key still lies on this host ({self.recovery})",
                hint="print it or lock it away, prove the copy (`backupserv keys prove FILE`), and delete it here",
            )

    def _beside(self, file: Path) -> Iterator[EscrowFinding]:
        for name, folder in self.storages.items():
            if file.is_relative_to(folder):
                yield EscrowFinding(
                    refused=True,
                    text=f"the identity {file} lies inside the storage {name} ({folder})",
                    hint="move it out: whoever gets hold of the copies would open them with it",
                )

    def _all_here(self) -> Iterator[EscrowFinding]:
        if self._files and self.recovery is None:
            yield EscrowFinding(
                refused=False,
                text="every key that opens the snapshots lies on this host, and is lost with it",
                hint="keep one elsewhere: `backupserv keygen`, then `backupserv keys add`",
            )

    def _locked_in(self) -> Iterator[EscrowFinding]:
        """Every identity is on this host: one at least must be outside of what is sealed to it."""
        inside = {
            file: name for file in self._files for name, path in self.captured.items() if file.is_relative_to(path)
        }
        if self._files and len(inside) == len(self._files):
            file, name = next(iter(inside.items()))
            yield EscrowFinding(
                refused=True,
                text=f"the only copies of the identities lie inside what they open ({file} in the source {name})",
                hint="keep a recovery key off this host: `backupserv keygen`, then `backupserv keys add`",
            )

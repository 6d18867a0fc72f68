"""The one door to a container engine: Docker's Engine API over its socket, which Podman's service speaks too.

Source of names and meanings: Docker Engine API 1.41, and what Docker 20.10 and Podman 4.3 were seen to do.
"""

import errno
import socket as sockets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.control.docker_container import Container
from core.control.words import Ended, first_lines
from core.domain.errors import ControlFailed

SOCKET = Path("/var/run/docker.sock")
PROJECT = "com.docker.compose.project"
_NEVER = 10**8  # seconds: three years
_OLDEST = "1.24"  # what the library speaks at least; only to ask for the engine's own
_SAID = 4096  # bytes of a command's output that are looked at
_FRAME = 8  # bytes before each piece of output: which stream, three zeros, its length


class ContainerGone(ControlFailed):
    """There is no container of that name."""


class DockerEngine:
    """An open connection to an engine. Each call is one request."""

    def __init__(self, api: Any, socket: Path, *, is_podman: bool) -> None:
        self._api = api
        self._socket = socket
        self._is_podman = is_podman

    def look(self, name: str) -> Container:
        """What the engine says about a container now.

        Raises:
            ContainerGone: there is none.
            ControlFailed: the engine does not answer.
        """
        with self._told(name):
            return Container.of(self._api.inspect_container(name))

    def project(self, name: str) -> list[Container]:
        """The containers of a compose project, also those that are down, without those of `compose run`."""
        with self._told(name):
            listed = self._api.containers(all=True, filters={"label": f"{PROJECT}={name}"})
            boxes = [Container.of(self._api.inspect_container(item["Id"])) for item in listed]
        return [box for box in boxes if box.labels.get("com.docker.compose.oneoff", "False") != "True"]

    def start(self, name: str) -> None:
        """Start a container; returns when its first process was started."""
        with self._told(name):
            self._api.start(name)

    def send(self, name: str, signal: str) -> None:
        """Send a signal to the first process. Docker takes any signal for an end that was asked for.

        So it does not start the container again when that ends, whatever its restart policy is.
        """
        with self._told(name):
            self._api.kill(name, signal)

    def ask_to_end(self, box: Container, *, seconds: float) -> None:
        """Its stop signal, so that the engine knows that the end was asked for, and never SIGKILL.

        Podman's `kill` would leave a restart policy in force. Its `stop` does not, and waits meanwhile: returns after
        `seconds` at the latest.
        """
        if not self._is_podman:
            self.send(box.name, box.stop_signal)
            return
        address = f"{self._api.base_url}/v{self._api.api_version}/containers/{box.id}/stop"
        with suppress(OSError):  # it has not ended in time, or the engine is gone: who looks next is told
            self._api.post(address, params={"t": _NEVER}, timeout=seconds).close()

    def end(self, name: str, seconds: int) -> None:
        """The engine's own stop: the stop signal, and SIGKILL when the time is over."""
        with self._told(name):
            self._api.stop(name, timeout=seconds)

    def execute(self, name: str, words: Sequence[str], *, timeout: float) -> Ended:
        """Run a command inside a container, and wait for it.

        Raises:
            ControlFailed: it could not be run, or took longer than `timeout` seconds: it may run on, inside.
        """
        secrets = self.look(name).secrets
        with self._told(name):
            made = self._api.exec_create(name, list(words))["Id"]
            address = f"{self._api.base_url}/v{self._api.api_version}/exec/{made}/start"
            answer = self._api.post(address, json={"Detach": False, "Tty": False}, stream=True, timeout=timeout)
            answer.raise_for_status()
            said = _read(answer, words[0], timeout)
            code = self._api.exec_inspect(made)["ExitCode"]
        for secret in secrets:
            said = said.replace(secret.encode(), "…".encode())
        return Ended(code=-1 if code is None else int(code), said=first_lines(said), output=said)

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """The library's errors become ours."""
        from docker.errors import APIError, DockerException, NotFound  # noqa: PLC0415 — slow to import

        try:
            yield
        except NotFound:
            raise ContainerGone(
                f"the engine at {self._socket} has no container {name}",
                hint="`docker ps -a` names those that it has",
            ) from None
        except APIError as error:
            raise ControlFailed(
                f"the engine refused for container {name}: {first_lines(str(error.explanation or error).encode())}"
            ) from None
        except (DockerException, OSError) as error:  # what the connection itself raises is an OSError
            raise ControlFailed(
                f"the container engine at {self._socket} did not answer ({type(error).__name__})",
                hint="does it run?",
            ) from None


@contextmanager
def engine_at(socket: Path, *, timeout: float = 15) -> Iterator[DockerEngine]:
    """The engine that listens on a socket.

    Raises:
        ControlFailed: nobody is there, or we may not speak with who is.
    """
    _knock(socket)
    from docker import APIClient  # noqa: PLC0415 — start-up time is a promise
    from docker.errors import DockerException  # noqa: PLC0415 — same

    address = f"unix://{socket}"
    # The version is asked for here, and not by the library itself: it would leave its connection open if that fails.
    asked = APIClient(address, version=_OLDEST, timeout=timeout)
    try:
        told = asked.version(api_version=False)
        version = str(told["ApiVersion"])
        is_podman = any("Podman" in str(part.get("Name")) for part in told.get("Components") or ())
    except (DockerException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ControlFailed(
            f"what listens at {socket} does not speak as a container engine does ({type(error).__name__})",
            hint="Docker's socket, or that of `podman system service`",
        ) from None
    finally:
        asked.close()
    api = APIClient(address, version=version, timeout=timeout)
    try:
        yield DockerEngine(api, socket, is_podman=is_podman)
    finally:
        api.close()


def _knock(socket: Path) -> None:
    """Whether somebody listens there: the library's own words do not tell the reasons apart."""
    with sockets.socket(sockets.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(socket))
        except PermissionError:
            raise ControlFailed(
                f"we may not use the container engine's socket {socket}",
                hint="its group may; whoever is in that group is as good as root: deploy/README.md",
            ) from None
        except OSError as error:
            there = error.errno not in {errno.ENOENT, errno.ENOTDIR}
            raise ControlFailed(
                f"no container engine answers at {socket}" if there else f"there is no {socket}",
                hint="does the engine run?" if there else "is it mounted into our container?",
            ) from None


def _read(answer: Any, word: str, timeout: float) -> bytes:
    """The beginning of what a command says, until it ends."""
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 — what the library's connection raises while it is read

    deadline = time.monotonic() + timeout
    raw = bytearray()
    try:
        while piece := answer.raw.read1(_SAID):  # what is there by now: a program may talk slowly, and without end
            raw += piece[: max(0, 2 * _SAID - len(raw))]
            if time.monotonic() >= deadline:
                raise TimeoutError
    except (OSError, HTTPError):
        raise ControlFailed(
            f"`{word}` did not end within {timeout:.0f} s inside its container, where it may run on"
        ) from None
    finally:
        answer.close()
    return _unframed(bytes(raw))


def _unframed(raw: bytes) -> bytes:
    said = b""
    while len(raw) > _FRAME:
        length = int.from_bytes(raw[4:_FRAME], "big")
        said, raw = said + raw[_FRAME : _FRAME + length], raw[_FRAME + length :]
    return said[:_SAID]

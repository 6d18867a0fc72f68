"""The proxy of the fault tests does what it says: a test that believes in a fault which never came proves nothing."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.tcpfault import Fault, FaultyLink

SENT = bytes(range(256)) * 400


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def _echo(connection: socket.socket) -> None:
    try:
        with connection:
            while piece := connection.recv(1 << 16):
                connection.sendall(piece)
    except OSError:
        return


@pytest.fixture
def link(echo: tuple[str, int]) -> Iterator[FaultyLink]:
    with FaultyLink(echo) as link:
        yield link


def talk(link: FaultyLink, *, patience: float = 10) -> bytes:
    """What comes back of what was sent, until the connection ends or nothing comes any more."""
    got = b""
    with socket.create_connection(("127.0.0.1", link.port), timeout=patience) as client:
        sender = threading.Thread(target=_send, args=(client,))
        sender.start()
        try:
            while len(got) < len(SENT) and (piece := client.recv(1 << 16)):
                got += piece
        except TimeoutError:
            return got
        finally:
            sender.join()
    return got


def _send(client: socket.socket) -> None:
    try:
        client.sendall(SENT)
    except OSError:
        return


def test_without_a_fault_everything_passes(link: FaultyLink) -> None:
    assert talk(link) == SENT
    assert link.carried == 2 * len(SENT)


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_cut_lets_exactly_so_many_bytes_pass(link: FaultyLink, way: str) -> None:
    """And ends in good order, as if all had been said."""
    link.fault = Fault(kind="cut", after=1000, way="down" if way == "down" else "up")
    assert SENT.startswith(talk(link))
    assert link.struck == 1


def test_what_was_cut_on_its_way_to_the_client_arrives_up_to_there(link: FaultyLink) -> None:
    link.fault = Fault(kind="cut", after=1000, way="down")
    assert talk(link) == SENT[:1000]


def test_a_reset_is_one(link: FaultyLink) -> None:
    link.fault = Fault(kind="reset", after=1000, way="down")
    with pytest.raises(ConnectionResetError):
        talk(link)


def test_a_fault_that_passes_strikes_so_often(link: FaultyLink) -> None:
    link.fault = Fault(kind="reset", times=2)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            talk(link)
    assert talk(link) == SENT


def test_what_was_stalled_goes_on_when_the_fault_is_lifted(link: FaultyLink) -> None:
    """Nothing is lost, it only waited; before that nothing came."""
    link.fault = Fault(kind="stall", after=1000, way="down")
    assert talk(link, patience=0.3) == SENT[:1000]
    threading.Timer(0.3, link.strikes_no_more).start()
    link.fault = Fault(kind="stall", after=1000, way="down")
    assert talk(link) == SENT


def test_a_slow_connection_brings_everything(link: FaultyLink) -> None:
    link.fault = Fault(kind="slow", way="down", rate=len(SENT) * 4)
    assert talk(link) == SENT


def test_who_is_refused_is_told_at_once_and_let_in_later(link: FaultyLink) -> None:
    link.refuse()
    with pytest.raises(ConnectionRefusedError):
        talk(link)
    link.listen()
    assert talk(link) == SENT

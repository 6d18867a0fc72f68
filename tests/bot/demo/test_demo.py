"""The demo tells the truth: its conversation happens, on a network that is gone afterwards."""

import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest

from bot.demo import password
from bot.demo.network import lay_out
from core.formats.atheme import check


def test_the_demo_plays_to_its_end_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--once", "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bob is back" in done.stdout
    assert "✓ his three memos are there" in done.stdout
    assert not (folder / "services" / "services.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_whose_window_is_closed_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """And while it is open, the status page is there."""
    folder = tmp_path / "network"
    words = [sys.executable, "-m", "bot", "demo", "--folder", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as demo:
        try:
            deadline = time.monotonic() + 50
            while not (folder / "bot.log").exists() or not (folder / "bot.log").stat().st_size:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert _who_names(folder)
            assert "on demo" in _page(folder, deadline)
            demo.send_signal(number)
            said = demo.communicate(timeout=50)[1]
        finally:
            demo.kill()
    assert demo.returncode == 130, said
    assert "Traceback" not in said
    assert _who_names(folder) == []


def _page(folder: Path, deadline: float) -> str:
    """The status page, as soon as it is served."""
    address = f"http://{tomllib.loads((folder / 'bot.toml').read_text())['http']['listen']}/"
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                page: str = answer.read().decode()
                return page
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _who_names(folder: Path) -> list[str]:
    """The command lines of running programs that name something in this folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().decode("utf-8", "replace").replace("\0", " "))
        except OSError:  # it ended while we looked
            continue
    return [line for line in lines if f"{folder}" in line]


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    words = [sys.executable, "-m", "bot", "demo", "--once", "--folder", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_the_sample_network_is_one_that_services_load(tmp_path: Path) -> None:
    network = lay_out(tmp_path)
    assert check(network.database.read_bytes(), casemapping="rfc1459") == ()
    private = [network.tls / "server.key", network.folder / "keys" / "host.key", network.link_password]
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)


def test_passwords_are_kept_as_atheme_keeps_them() -> None:
    crypt = password.make("wonderland")
    assert crypt.startswith(b"$z$26$")
    assert password.matches("wonderland", crypt)
    assert not password.matches("Wonderland", crypt)
    assert not password.matches("x", b"$1$something$else")

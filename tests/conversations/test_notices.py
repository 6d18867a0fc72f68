"""Trouble is told in the channel and elsewhere, known, muted and tried, as conversations with the real bot."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, audit, somebody
from tests.machine import until


class Pager:
    """Anybody's address that takes JSON: remembers it, and may be out of order."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 200
        pager = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if pager.status == 200:
                    pager.heard.append(body["text"])
                self.send_response(pager.status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def has(self, text: str) -> bool:
        return any(text in line for line in self.heard)


@pytest.fixture(scope="module")
def pager() -> Iterator[Pager]:
    made = Pager()
    yield made
    made.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, pager: Pager) -> Iterator[Stage]:
    """The demo's network, with a pager beside the channel, and a source whose folder is not there yet."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    url = place.network.folder / "pager.url"
    url.write_text(pager.url)
    url.chmod(0o600)
    text = place.network.config.read_text()
    way = f'\n[notify.pager]\nkind = "webhook"\nurl = {{ file = "{url}" }}\nbody = {{ text = "$headline" }}\n'
    tree = f'\n[sources.themes]\nkind = "files"\nfolder = "users"\nroot = "{place.network.folder}/themes"\n'
    place.network.config.write_text(text + tree + way)
    with place as running:
        yield running


def test_what_cannot_be_saved_is_told_in_the_channel_and_elsewhere_once_and_somebody_knows_of_it(
    stage: Stage, pager: Pager
) -> None:
    """<alice> !backup now / ERROR themes cannot be saved; <alice> !ack backup/themes / alice knows of it."""
    folder = stage.network.folder / "themes"
    with somebody(stage, "alice", account="alice") as alice:
        alice.say("#opers", "!backup now themes")
        alice.wait("ERROR themes cannot be saved: .* · !backup now themes")
        until(lambda: pager.has("ERROR themes cannot be saved"), "the pager has it")
        assert not pager.has(str(folder))
        ask(alice, "!backup now themes", "cannot be read")
        ask(alice, "!alerts", r"ERROR backup/themes: themes cannot be saved: .* 2 times\)")
        ask(alice, "!ack backup/nothing", "no such incident")
        ask(alice, "!ack backup/themes", "alice knows of backup/themes: quiet for a day")
        assert sum("themes cannot be saved" in line for line in pager.heard) == 1
        folder.mkdir()
        ask(alice, "!backup now themes", "snapshot")
        ask(alice, "!alerts", r"backup/themes: .* · alice knows · seems to be over")
    assert any(line["event"] == "acknowledged" for line in audit(stage))


def test_somebody_tells_everybody_something_and_not_what_is_muted(stage: Stage, pager: Pager) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!notify loud hello", "how grave is it")
        alice.say("#opers", "!notify emergency services are down, restore under way")
        alice.wait(r"EMERGENCY services are down, restore under way \(alice\)")
        until(lambda: pager.has("EMERGENCY services are down, restore under way (alice)"), "the pager has it")
        ask(alice, "!mute all for 9w", "for how long")
        ask(alice, "!mute all for 2h", "nothing is said of all, but emergencies until .*; !unmute all ends it")
        ask(alice, "!notify warning nobody hears this", "NOT SAID: it is muted, or no place hears what is warning")
        ask(alice, "!alerts", "muted by alice until")
        ask(alice, "!unmute all", "all is heard again")
        ask(alice, "!unmute all", "not muted")
        ask(alice, "!notify info some hear this", "said to 1 place;")
        ask(alice, "!notify warning everybody hears this", "said to 2 places")
        until(lambda: pager.has("WARNING everybody hears this"), "the pager has it")
        assert not pager.has("nobody hears this")


def test_every_place_is_tried_and_one_that_had_gone_is_told_again(stage: Stage, pager: Pager) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        alice.say("#opers", "!test alerts")
        alice.wait(r"irc: ok in \d")
        alice.wait(r"pager: ok in \d")
        pager.status = 404
        alice.say("#opers", "!notify error where nobody lives any more")
        alice.wait("ERROR pager is told nothing any more: answered 404")
        ask(alice, "!alerts", "pager is told nothing any more")
        pager.status = 200
        alice.say("#opers", "!test alerts")
        alice.wait(r"pager: ok in \d")
        ask(alice, "!notify error where somebody lives again", "said to")
        until(lambda: pager.has("where somebody lives again"), "the pager has it")
        assert not pager.has("where nobody lives any more")

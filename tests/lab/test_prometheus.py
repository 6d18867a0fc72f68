"""Prometheus scrapes the real bot, an alert fires and is resolved, and the channel hears both through Alertmanager.

With the rules and the configurations that are shipped; only addresses, the token's place and waiting times are others.
"""

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bot.demo.network import free_port
from bot.demo.stage import Stage
from tests.conftest import require
from tests.conversations.test_authority import ask, somebody
from tests.machine import until

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]
SHIPPED = Path(__file__).parents[2] / "deploy" / "prometheus"
TOKEN = "s3cret-of-the-lab"


class Watched:
    """The demo's network with `[http]`, a source that was never saved, Prometheus and Alertmanager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.alertmanager, self.prometheus = free_port(), free_port(), free_port()
        self.stage = Stage(folder / "network")
        self.themes = folder / "themes"
        self.token = folder / "token"
        self.token.write_text(TOKEN)
        self.token.chmod(0o600)
        config = self.stage.network.config
        config.write_text(
            f"{config.read_text()}\n"
            f'[http]\nlisten = "127.0.0.1:{self.port}"\ntoken = {{ file = "{self.token}" }}\n'
            f'[metrics]\ntextfile = "{folder}/backupserv.prom"\nevery_seconds = 5\n'
            f'[log]\nformat = "json"\n'
            f'[sources.themes]\nkind = "files"\nfolder = "users"\nroot = "{self.themes}"\n'
        )

    def get(self, path: str, token: str = TOKEN) -> tuple[int, str]:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": token})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 — our own server
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def written(self, name: str) -> Path:
        """A file as it is shipped, for here, and impatient."""
        text = (SHIPPED / name).read_text().replace("/etc/prometheus/backupserv.token", str(self.token))
        for old, new in (("8350", self.port), ("9093", self.alertmanager)):
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        text = re.sub(r"(scrape_interval|evaluation_interval): \w+", r"\1: 1s", text)
        text = re.sub(r"group_(wait|interval): \w+", r"group_\1: 1s", text)
        file = self.folder / name
        file.write_text(re.sub(r"\bfor: \w+", "for: 1s", text))
        return file

    def programs(self) -> list[list[str]]:
        self.written("backupserv.rules.yml")
        return [
            [
                "prometheus-alertmanager",
                f"--config.file={self.written('alertmanager.yml')}",
                f"--storage.path={self.folder}/alertmanager",
                f"--web.listen-address=127.0.0.1:{self.alertmanager}",
                "--cluster.listen-address=",
            ],
            [
                "prometheus",
                f"--config.file={self.written('prometheus.yml')}",
                f"--storage.tsdb.path={self.folder}/prometheus",
                f"--web.listen-address=127.0.0.1:{self.prometheus}",
            ],
        ]


@contextmanager
def _running(words: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as file, subprocess.Popen(words, stdout=file, stderr=file, cwd=log.parent) as program:
        try:
            yield
        finally:
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    require("prometheus", "prometheus-alertmanager", "promtool")
    place = Watched(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(place.stage)
        for number, words in enumerate(place.programs()):
            stack.enter_context(_running(words, tmp_path / f"program{number}.log"))
        yield place


def test_what_prometheus_sees_is_heard_in_the_channel_and_so_is_its_end(watched: Watched) -> None:
    """<BackupServ> ERROR themes was never saved / <alice> !backup now themes / RESOLVED …: all by way of Prometheus."""
    with somebody(watched.stage, "alice", account="alice") as alice:
        until(lambda: watched.get("/readyz") == (200, "ok\n"), "the bot is ready")
        assert watched.get("/metrics", token="")[0] == 401
        status, text = watched.get("/metrics", f"Bearer {TOKEN}")
        assert status == 200
        assert "backupserv_irc_connected 1.0" in text
        words = ["promtool", "check", "metrics"]
        checked = subprocess.run(words, input=text, text=True, capture_output=True, timeout=60, check=False)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
        alice.wait(r"ERROR themes was never saved · !backup now themes")
        ask(alice, "!alerts", r"ERROR alert/BackupServNeverSaved/\w{6}: themes was never saved")
        watched.themes.mkdir()
        (watched.themes / "style.css").write_text("a {}")
        ask(alice, "!backup now themes", "snapshot")
        alice.wait(r"RESOLVED themes was never saved")
    until(
        lambda: 'backupserv_snapshots{source="themes"} 1.0' in (watched.folder / "backupserv.prom").read_text(),
        "the file for node_exporter has it too",
    )
    lines = [json.loads(line) for line in (watched.stage.network.folder / "bot.log").read_text().splitlines()]
    assert {"at", "level", "logger", "message"} <= set.intersection(*map(set, lines)), (
        "each line of the log is one object"
    )
    assert TOKEN not in json.dumps(lines)

"""What is shipped for Prometheus is what Prometheus takes, and speaks of nothing that is not exported."""

import re
import subprocess
from pathlib import Path

import pytest

from bot.metrics.table import METRICS, OWN
from tests.conftest import require

PROMETHEUS = Path(__file__).parents[3] / "deploy" / "prometheus"
EXPORTED = {metric.name for metric in METRICS} | {metric.name for metric in OWN}


def _tool(*words: str, folder: Path = PROMETHEUS) -> str:
    require(words[0])
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_alert_rings_when_it_should_and_none_when_all_is_well() -> None:
    assert "SUCCESS" in _tool("promtool", "test", "rules", "backupserv.test.yml")


def test_every_alert_is_proven_by_a_test() -> None:
    rules = re.findall(r"- alert: (\w+)", (PROMETHEUS / "backupserv.rules.yml").read_text())
    proven = (PROMETHEUS / "backupserv.test.yml").read_text()
    assert len(rules) > 15
    assert [name for name in rules if name not in proven] == []


def test_the_configurations_are_taken(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "alertmanager.yml", "backupserv.rules.yml"):
        text = (PROMETHEUS / name).read_text().replace("/etc/prometheus/backupserv.token", f"{tmp_path}/token")
        (tmp_path / name).write_text(text)
    (tmp_path / "token").write_text("s3cret")
    _tool("promtool", "check", "config", "prometheus.yml", folder=tmp_path)
    _tool("amtool", "check-config", "alertmanager.yml", folder=tmp_path)


@pytest.mark.parametrize("name", ["backupserv.rules.yml", "backupserv.test.yml"])
def test_every_metric_that_is_spoken_of_is_exported(name: str) -> None:
    spoken = set(re.findall(r"\bbackup(?:serv)?_\w+", (PROMETHEUS / name).read_text()))
    assert spoken
    assert spoken <= EXPORTED


def test_alerts_have_words_that_the_receiver_takes() -> None:
    """What people are told in the channel: a summary, a gravity that is known, and a command that is taken as one."""
    text = (PROMETHEUS / "backupserv.rules.yml").read_text()
    rules = text.split("- alert: ")[1:]
    assert all("summary:" in rule and re.search(r"severity: (warning|error|critical)", rule) for rule in rules)
    for suggestion in re.findall(r"suggestion: \"?(.+?)\"?\n", text):
        assert re.match(r"(!|backupserv )[a-z]", suggestion)

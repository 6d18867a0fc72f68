"""What is shipped for Prometheus is what Prometheus takes, and speaks of nothing that is not exported."""

import json
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


DASHBOARD = json.loads((PROMETHEUS.parent / "grafana" / "backupserv.json").read_text())
DRAWN = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in DRAWN for target in panel["targets"]]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}


def test_the_dashboard_draws_nothing_that_is_not_exported() -> None:
    asked = [*QUERIES, *(item["query"]["query"] for name, item in VARIABLES.items() if name != "datasource")]
    assert len(asked) > 20
    for query in asked:
        spoken = set(re.findall(r"\bbackup(?:serv)?_\w+", query))
        assert spoken, query
        assert spoken <= EXPORTED, query
        assert set(re.findall(r"\$(?!__)\{?(\w+)", query)) <= set(VARIABLES), query


def test_what_the_dashboard_asks_is_promql_with_labels_that_there_are(tmp_path: Path) -> None:
    """Prometheus' own tool reads each query as a rule."""
    labels = {metric.name: {*metric.labels, "instance", "job"} for metric in METRICS}
    labels |= {metric.name: {*metric.labels, "instance", "job"} for metric in OWN}
    for query in QUERIES:
        for name, matchers in re.findall(r"\b(backup(?:serv)?_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)(?:=~|!=|!~|=)", matchers)) <= labels[name], query
    rules = [{"record": "x", "expr": query.replace("$instance", ".*").replace("$source", ".*")} for query in QUERIES]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    _tool("promtool", "check", "rules", "--lint=none", "rules.yml", folder=tmp_path)


def test_no_panel_lies_on_another_and_each_says_what_it_shows() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, (panel["title"], taken.get((x, y)))
                taken[x, y] = panel["title"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in DRAWN)
    assert all(panel["title"] for panel in DASHBOARD["panels"])

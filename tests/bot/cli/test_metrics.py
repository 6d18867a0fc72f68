"""Figures with the bot dead: printed, as JSON, and in a file that is written whole."""

import json
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_figures_are_told_with_no_bot_at_all(host: Host, tmp_path: Path) -> None:
    before = host.run("metrics")
    assert 'backupserv_backup_last_success_timestamp_seconds{source="services"} 0.0' in before
    assert "\nbackupserv_services_running " not in before, "nobody can tell"
    host.run("backup")
    text = host.run("metrics")
    assert 'backupserv_rpo_objective_seconds{source="services"} 3600.0' in text
    assert "backupserv_job_next_timestamp_seconds{" in text
    assert 'backupserv_records{kind="accounts",source="services"} 7.0' in text
    assert "backupserv_irc_connected" not in text
    for private in ("alice", str(tmp_path), "AGE"):
        assert private not in text
    listed = json.loads(host.run("metrics", "--json"))
    assert {"name": "backupserv_snapshots", "labels": {"source": "services"}, "value": 1.0} in listed
    file = tmp_path / "backupserv.prom"
    host.run("metrics", "--output", str(file))
    assert 'backupserv_snapshots{source="services"} 1.0' in file.read_text()
    host.run("metrics", "--output", str(tmp_path / "nowhere" / "x.prom"), code=6)

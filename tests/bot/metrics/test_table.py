"""Every metric is named by the conventions, means something, and says nothing of anybody."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics.own import Own
from bot.metrics.table import METRICS, OWN
from bot.metrics.text import render, samples
from core.domain.notice import GRAVITIES
from core.domain.objective import WHOLE, Measured, Objective, Recovered
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.operations.figures import (
    Attempts,
    CopyFigures,
    Figures,
    JobFigures,
    Kept,
    SourceFigures,
    StandbyFigures,
    TargetFigures,
)
from core.repository.ledger import Proof
from tests.conftest import require

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NEWEST = Snapshot(
    id="20261123T093000Z-7q2fk3",
    source="services",
    kind="atheme",
    taken_at=NOW,
    saved_at=NOW,
    sequence=1,
    predecessor="",
    size=1000,
    digest="d" * 64,
    key="TestNet/host1/databases/20261123T093000Z-7q2fk3.db.zst.age",
    stored_size=200,
    stored_digest="e" * 64,
    reason="asked by alice",
    counts={"accounts": 7, "channels": 6},
)
PROOF = Proof(snapshot_id=NEWEST.id, level=3, verdict="proven", at=NOW, detail="/var/lib/x")
RUN = Run(verb="backup", what="services", at=NOW, seconds=1.5, good=True, detail="alice!a@10.1.2.3")
OWN_NOW = Own(started_at=NOW, on_irc=True, jobs=1, lag=0.25, tasks=12, ailing=0, guards_looked_at=NOW)
FULL = Figures(
    at=NOW,
    readable=True,
    listed_at=NOW,
    services_running=True,
    sources=(
        SourceFigures(
            name="services",
            attempts=Attempts(last=RUN, good=RUN),
            succeeded_at=NOW,
            saved_at=NOW,
            kept=Kept(newest=NEWEST, snapshots=3, stored=600, proof=PROOF, proven=NEWEST),
        ),
        SourceFigures(
            name="certificates", kept=Kept(newest=replace(NEWEST, size=77), snapshots=1), is_certificates=True
        ),
        SourceFigures(name="new"),
    ),
    copies=(CopyFigures(name="offsite", behind=2, behind_since=NOW),),
    measured=(
        Measured(
            what="services",
            objective=Objective(),
            age_seconds=60,
            window_seconds=300,
            recovered=Recovered(by="drill", at=NOW, seconds=41, good=False),
        ),
        Measured(what=WHOLE, objective=Objective(), age_seconds=None, window_seconds=None, recovered=None),
    ),
    rules={"copies": True, "offsite": False},
    verbs={"prune": Attempts(last=replace(RUN, good=False, seconds=3), good=RUN)},
    jobs=(JobFigures(name="hourly", begun_at=NOW, next_at=NOW, failing=True),),
    standbys=(StandbyFigures(name="b", current_at=NOW),),
    targets=(TargetFigures(name="irc", waiting=3, oldest_at=NOW),),
    incidents=dict.fromkeys(GRAVITIES, 0) | {"error": 2},
    areas={"disk": 2},
)


LABELS = {"source", "storage", "standby", "target", "name", "verb", "rule", "gravity", "area", "kind", "version"}


def _values(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_what_is_measured_is_what_is_told() -> None:
    told = _values(render(FULL, OWN_NOW))
    services = (("source", "services"),)
    assert told["backupserv_backup_last_success_timestamp_seconds", services] == NOW.timestamp()
    assert told["backupserv_backup_last_duration_seconds", services] == 1.5
    assert told["backupserv_backup_failing", services] == 0
    assert told["backupserv_snapshot_size_bytes", services] == 1000
    assert told["backupserv_snapshot_stored_bytes", services] == 200
    assert told["backupserv_stored_bytes", services] == 600
    assert told["backupserv_records", (("kind", "accounts"), *services)] == 7
    assert told["backupserv_proof_level", services] == 3
    assert told["backupserv_copy_behind_snapshots", (("storage", "offsite"),)] == 2
    assert told["backupserv_notices_waiting", (("target", "irc"),)] == 3
    assert told["backupserv_incidents", (("gravity", "error"),)] == 2
    assert told["backupserv_incidents_by_area", (("area", "disk"),)] == 2
    assert told["backupserv_rpo_objective_seconds", services] == 3600
    assert told["backupserv_rpo_measured_seconds", services] == 300
    assert told["backupserv_rto_measured_seconds", services] == 41
    assert told["backupserv_recovery_failing", services] == 1
    assert told["backupserv_recovery_tried_timestamp_seconds", (("source", "network"),)] == 0
    assert ("backupserv_rto_measured_seconds", (("source", "network"),)) not in told
    assert told["backupserv_rule_met", (("rule", "offsite"),)] == 0
    assert told["backupserv_job_failing", (("name", "hourly"),)] == 1
    assert told["backupserv_job_next_timestamp_seconds", (("name", "hourly"),)] == NOW.timestamp()
    assert told["backupserv_run_last_success_timestamp_seconds", (("verb", "prune"),)] == NOW.timestamp()
    assert told["backupserv_run_last_duration_seconds", (("verb", "prune"),)] == 3
    assert told["backupserv_guards_looked_timestamp_seconds", ()] == NOW.timestamp()
    assert told["backupserv_irc_connected", ()] == 1
    assert told["backupserv_loop_lag_seconds", ()] == 0.25


def test_the_three_that_the_guide_has_keep_their_names() -> None:
    told = _values(render(FULL))
    assert told["backup_last_success_timestamp", ()] == NOW.timestamp()
    assert told["backup_database_size_bytes", ()] == 1000
    assert told["backup_ssl_size_bytes", ()] == 77


def test_what_never_was_is_zero_from_the_start_and_what_nobody_knows_is_not_there() -> None:
    """An alarm over a metric that is not there never rings."""
    empty = Figures(at=NOW, readable=False, listed_at=None, sources=(SourceFigures(name="new"),))
    told = _values(render(empty))
    assert told["backupserv_backup_last_success_timestamp_seconds", (("source", "new"),)] == 0
    assert told["backupserv_proof_level", (("source", "new"),)] == 0
    assert told["backup_last_success_timestamp", ()] == 0
    assert ("backupserv_services_running", ()) not in told
    assert ("backupserv_irc_connected", ()) not in told, "no bot runs"


def test_a_damaged_snapshot_is_not_called_proven_however_far_it_was_looked_at() -> None:
    source = replace(FULL.sources[0], kept=Kept(newest=NEWEST, proof=replace(PROOF, verdict="damaged")))
    told = _values(render(replace(FULL, sources=(source,))))
    assert told["backupserv_proof_level", (("source", "services"),)] == 0


def test_names_follow_the_conventions() -> None:
    told = [(metric.name, metric.help, metric.labels) for metric in METRICS]
    told += [(metric.name, metric.help, metric.labels) for metric in OWN]
    for name, text, labels in told:
        assert re.fullmatch(r"backup(serv)?_[a-z_]+", name)
        assert text.endswith(".")
        assert not name.endswith("_total"), "nothing here counts up"
        is_time = any(word in name for word in ("_timestamp", "_duration", "_lag", "_rpo_", "_rto_"))
        assert name.endswith("_seconds") == is_time or name == "backup_last_success_timestamp"
        assert set(labels) <= LABELS
    names = [name for name, _, _ in told]
    assert len(names) == len(set(names))


def test_nothing_private_and_nothing_without_bounds_is_in_it() -> None:
    text = render(FULL, OWN_NOW).decode()
    for private in ("alice", "10.1.2.3", "/var", NEWEST.id, NEWEST.digest, "TestNet", "asked"):
        assert private not in text
    many = replace(NEWEST, counts={f"kind{number:04}": 1 for number in range(1000)})
    crowded = replace(FULL, sources=(replace(FULL.sources[0], kept=Kept(newest=many)),))
    assert render(crowded).decode().count("backupserv_records{") == 40


def test_no_sample_bears_a_time_since_node_exporter_refuses_the_whole_file_then() -> None:
    families = text_string_to_metric_families(render(FULL, OWN_NOW).decode())
    assert all(sample.timestamp is None for family in families for sample in family.samples)


def test_prometheus_own_tool_finds_nothing_to_say() -> None:
    require("promtool")
    words = ["promtool", "check", "metrics"]
    done = subprocess.run(words, input=render(FULL, OWN_NOW), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_other_machines_get_the_same_as_samples() -> None:
    told = _values(render(FULL))
    listed = {(item["name"], tuple(sorted(item["labels"].items()))): item["value"] for item in samples(FULL)}  # type: ignore[attr-defined]  # labels are a dict
    assert listed == told

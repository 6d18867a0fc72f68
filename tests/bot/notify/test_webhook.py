"""Any JSON: the form is the operator's, and no quote in a text breaks out of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.notify.alertmanager import AlertmanagerNotifier
from bot.notify.ping import Ping
from bot.notify.webhook import WebhookNotifier, filled
from bot.notify_settings import AlertmanagerSettings, PingSettings, WebhookSettings
from core.domain.notice import Trouble
from core.notices.incident import seen, unsaid
from tests.bot.notify.receiver import Receiver, receiving
from tests.bot.notify.said import NOW, notice


async def test_the_operators_form_is_filled_in_and_secrets_go_into_headers(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("Bearer hunter2\n")
    token.chmod(0o600)
    async with receiving(Receiver()) as receiver:
        given = {
            "kind": "webhook",
            "url": receiver.secret(tmp_path),
            "body": {"text": '$network: $headline "$$5"', "list": ["$at", 7, None], "what": "$unknown"},
            "header": {"Authorization": {"file": str(token)}},
        }
        notifier = WebhookNotifier("pager", WebhookSettings.model_validate(given), "ExampleNet")
        assert (await notifier.send(notice(title='he said "no"\\', detail="$network"))).kind == "heard"
        await notifier.close()
    assert receiver.heard == [
        {
            "text": 'ExampleNet: ERROR he said "no"\\ "$5"',
            "list": ["2026-11-23T03:00:00+00:00", 7, None],
            "what": "$unknown",
        }
    ]
    assert receiver.headers[0]["Authorization"] == "Bearer hunter2"
    assert receiver.headers[0]["Idempotency-Key"] == "6f1c0de5"


@given(st.text(), st.text())
def test_a_text_fills_its_own_place_and_no_other(title: str, form: str) -> None:
    known = {"title": title, "network": "ExampleNet"}
    assert filled({"a": "$title", "b": ["$network"]}, known) == {"a": title, "b": ["ExampleNet"]}
    assert isinstance(filled(form, known), str)


async def test_alertmanager_is_told_what_begins_goes_on_and_ends(tmp_path: Path) -> None:
    async with receiving(Receiver()) as receiver:
        settings = AlertmanagerSettings.model_validate({"kind": "alertmanager", "url": receiver.secret(tmp_path)})
        notifier = AlertmanagerNotifier("prometheus", settings, "ExampleNet")
        incident, _ = seen(None, Trouble(cause="disk", gravity="emergency", title="the disk is full"), NOW)
        for answer in (
            await notifier.send(notice()),
            await notifier.tell_again([incident], NOW),
            await notifier.send(notice(state="resolved")),
        ):
            assert answer.kind == "heard"
        await notifier.close()
    begun, goes_on, ended = (alerts[0] for alerts in receiver.heard)
    assert receiver.paths[0].endswith("/api/v2/alerts")
    assert begun["labels"] == {
        "alertname": "BackupServ",
        "cause": "backup/services",
        "severity": "error",
        "network": "ExampleNet",
    }
    assert begun["endsAt"] > NOW.isoformat()
    assert (goes_on["labels"]["severity"], goes_on["startsAt"]) == ("critical", NOW.isoformat())
    assert ended["endsAt"] == NOW.isoformat()


async def test_alertmanager_is_not_told_again_what_does_not_go_there(tmp_path: Path) -> None:
    """What is less grave than it wants, and what was muted when it began. A clock that was ahead spoils no other."""
    async with receiving(Receiver()) as receiver:
        given = {"kind": "alertmanager", "url": receiver.secret(tmp_path), "least": "error"}
        notifier = AlertmanagerNotifier("prometheus", AlertmanagerSettings.model_validate(given), "ExampleNet")
        small, _ = seen(None, Trouble(cause="small", gravity="warning", title="it is late"), NOW)
        grave, _ = seen(None, Trouble(cause="grave", gravity="error", title="it burns"), NOW + timedelta(days=400))
        muted = unsaid(replace(grave, trouble=replace(grave.trouble, cause="muted")), None)
        assert (await notifier.tell_again([small, grave, muted], NOW)).kind == "heard"
        await notifier.close()
    (alert,) = receiver.heard[0]
    assert alert["labels"]["cause"] == "grave"
    assert alert["startsAt"] == NOW.isoformat()


async def test_a_run_is_told_by_one_id_from_its_start_to_its_end(tmp_path: Path) -> None:
    async with receiving(Receiver()) as receiver:
        ping = Ping(PingSettings(url=receiver.secret(tmp_path)))
        run = await ping.begin()
        assert (await ping.end(run, good=False, text="x " * 10_000 + "the end")).kind == "heard"
        await ping.close()
    assert [path.rpartition("verysecrettoken")[2] for path in receiver.paths] == [
        f"/start?rid={run}",
        f"/fail?rid={run}",
    ]
    assert len(receiver.heard[1]) == 9000
    assert receiver.heard[1].endswith(" the end")


async def test_the_end_of_a_long_text_is_what_a_switch_keeps_in_whatever_letters(tmp_path: Path) -> None:
    """It keeps 10,000 bytes, the first ones."""
    async with receiving(Receiver()) as receiver:
        ping = Ping(PingSettings(url=receiver.secret(tmp_path)))
        assert (await ping.end("run", good=False, text="é" * 10_000 + "the end")).kind == "heard"
        await ping.close()
    assert 8990 < len(receiver.heard[0].encode()) <= 9000
    assert receiver.heard[0].endswith("éthe end")

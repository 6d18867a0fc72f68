"""`[objectives]`, and what kind of place a storage is."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.template import EXAMPLE, render
from bot.config import parse
from bot.wiring_objectives import build_aims, disk_of
from core.domain.errors import ConfigInvalid
from core.domain.objective import Objective

GOOD = render(EXAMPLE)
_BUCKET = '[storage.s3]\nkind = "s3"\nbucket = "backups"\nlock = { mode = "governance", days = 30 }\n'
_NEAR = '[storage.near]\nkind = "s3"\nbucket = "backups"\nendpoint = "http://127.0.0.1:9000"\n'
_SSH = '[storage.ssh]\nkind = "sftp"\nhost = "backup.example.net"\nuser = "b"\npath = "x"\npassword = { env = "X" }\n'
_SSH += 'known_hosts = "/etc/ssh/ssh_known_hosts"\n'


def test_what_is_left_out_of_a_pair_is_as_usual() -> None:
    """Of a source alone, what is left out is that of its kind."""
    text = '[objectives]\nliving = { window = "10m" }\n[objectives.source.services]\nrecovery = "5m"\n'
    aims = build_aims(parse(f"{GOOD}\n{text}"))
    assert aims.living == Objective(window=timedelta(minutes=10), recovery=timedelta(hours=1))
    assert aims.of("services", living=True) == Objective(window=timedelta(minutes=10), recovery=timedelta(minutes=5))
    assert aims.configuration.window == timedelta(hours=24)


def test_a_storage_is_what_its_table_says() -> None:
    places = {place.name: place for place in build_aims(parse(f"{GOOD}\n{_BUCKET}\n{_NEAR}\n{_SSH}")).places}
    assert [
        (name, places[name].medium, places[name].offsite, places[name].immutable) for name in ("s3", "near", "ssh")
    ] == [
        ("s3", "bucket", True, True),
        ("near", "bucket", False, False),
        ("ssh", "ssh", True, False),
    ]
    assert not places["disk"].offsite


def test_another_partition_of_one_disk_is_no_other_disk(tmp_path: Path) -> None:
    """As sysfs has it: a partition lies in the folder of its disk, and says so."""
    blocks = tmp_path / "dev" / "block"
    blocks.mkdir(parents=True)
    for number, place in {"8:0": "sda", "8:1": "sda/sda1", "8:2": "sda/sda2", "8:17": "sdb/sdb1"}.items():
        folder = tmp_path / "devices" / place
        folder.mkdir(parents=True)
        (blocks / number).symlink_to(folder)
        if "/" in place:
            (folder / "partition").touch()
    first, second, whole, other = (disk_of(os.makedev(8, minor), blocks) for minor in (1, 2, 0, 17))
    assert first == second == whole != other
    assert disk_of(os.makedev(0, 27), blocks) not in {"", first, other}, "what is no block device is its own"
    assert disk_of(0, blocks) == ""


def test_who_knows_better_what_is_offsite_says_so() -> None:
    aims = build_aims(parse(f'{GOOD}\n{_BUCKET}\n{_NEAR}\n[objectives]\noffsite = ["near"]\n'))
    assert [place.name for place in aims.places if place.offsite] == ["near"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[objectives.source.nothing]\nwindow = "1h"', "objectives.source: nothing is no source"),
        ('[objectives]\noffsite = ["moon"]', "objectives.offsite: moon is no storage"),
        ('[objectives]\nliving = { window = "0m" }', "objectives.living.window"),
        ('[objectives]\nliving = { rpo = "1h" }', "objectives.living.rpo"),
    ],
)
def test_mistakes_are_named(text: str, told: str) -> None:
    with pytest.raises(ConfigInvalid, match=told):
        parse(f"{GOOD}\n{text}\n")

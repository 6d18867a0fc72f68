"""The host is gone. What is left is a bucket and the recovery key, and what docs/restore.md says to type."""

import getpass
import re
from pathlib import Path

import pytest

from core.formats.atheme import parse
from tests.lab.s3.fixture import Shop
from tests.test_restore_document import DOCUMENT, agreed, as_here, run, sample_words


@pytest.mark.timeout(180)
def test_from_a_real_bucket_a_new_machine_has_all_of_it(radosgw_locking: Shop, tmp_path: Path) -> None:
    """With a fresh state directory, the configuration as it stands there, and nothing of the old host."""
    shop = radosgw_locking
    (tmp_path / "old").mkdir()
    words = sample_words(tmp_path / "old")
    bucket = shop.storage(prefix="new-machine")
    repository = tmp_path / "old" / "repository"
    for path in sorted(repository.glob("ExampleNet/**/*")):
        if path.is_file():
            bucket.put(str(path.relative_to(repository)), [path.read_bytes()])
            path.unlink()
    for name, secret in (("access", shop.place.key), ("secret", shop.place.secret)):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o600)
        words[f"/root/s3.{name}"] = str(tmp_path / name)
    words |= {"https://s3.example.net": shop.place.endpoint, '"BUCKET"': f'"{shop.bucket}"\nprefix = "new-machine"'}
    words |= {'region = "us-east-1"': f'addressing = "path"\nca_file = "{shop.place.ca}"'}
    words |= {"/var/lib/atheme": str(tmp_path / "atheme"), "/etc/unrealircd": str(tmp_path / "unrealircd")}
    words |= {'owner = "irc"': f'owner = "{getpass.getuser()}"'}
    (config,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "bot.toml").write_text(as_here(config, words))
    told = run(agreed("On a new machine, with only the bucket and the recovery key"), tmp_path, libraries=True)
    assert [code for code, _ in told] == [0] * 6, told
    assert "DONE  recovery " in told[2][1]
    assert "is good (level 3 of 3, on offsite" in told[3][1]
    for database, motd in (("rescue/services.db", "rescue/config/motd"), ("atheme/services.db", "unrealircd/motd")):
        assert len(parse((tmp_path / database).read_bytes()).rows) > 100
        assert (tmp_path / motd).read_text() == "Welcome.\n"

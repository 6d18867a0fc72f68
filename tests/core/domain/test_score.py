"""3-2-1-1-0, and what is missing of it in words."""

from core.domain.score import Kept, score

DISK = Kept(name="disk", medium="disk", offsite=False, immutable=False)
SSH = Kept(name="ssh", medium="ssh", offsite=True, immutable=False)
BUCKET = Kept(name="s3", medium="bucket", offsite=True, immutable=True)


def test_all_of_it() -> None:
    made = score([DISK, BUCKET], errors=[], proven=True)
    assert (made.points, str(made), made.missing) == (5, "3-2-1-1-0 met", ())
    assert [rule.told for rule in made.rules][:2] == ["the living data, disk, s3", "disk, bucket"]


def test_one_disk_alone_is_told_what_it_lacks() -> None:
    """Each sentence names what to configure."""
    made = score([DISK], errors=[], proven=True)
    assert str(made) == "3-2-1-1-0: 1 of 5, not copies, media, offsite, immutable"
    assert [text.partition(":")[0] for text in made.missing] == ["copies", "media", "offsite", "immutable"]
    assert all("storage.NAME" in text or "write_once" in text for text in made.missing)


def test_two_disks_are_one_medium_and_in_one_house() -> None:
    made = score([DISK, Kept(name="usb", medium="disk", offsite=False, immutable=False)], errors=[], proven=True)
    assert [rule.name for rule in made.rules if not rule.met] == ["media", "offsite", "immutable"]


def test_an_error_at_the_last_proof_is_the_zero_that_is_not_met() -> None:
    made = score([DISK, SSH, BUCKET], errors=["7q2fk3 of services on ssh is damaged"], proven=True)
    assert made.points == 4
    assert made.missing == ("errors: 7q2fk3 of services on ssh is damaged: `verify all` tells why",)


def test_no_error_was_found_where_nobody_has_looked() -> None:
    made = score([DISK, BUCKET], errors=[], proven=False)
    assert made.points == 4
    assert "not proven yet" in made.missing[0]

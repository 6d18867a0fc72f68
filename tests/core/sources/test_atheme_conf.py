"""What is read from atheme.conf, and what is left to Atheme."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import SourceUnreadable
from core.registrations.wish import Network
from core.sources.atheme_conf import AthemeConf, parse_conf, read_conf

EXAMPLE = """
/* casemapping = ascii; */
# casemapping = ascii;
loadmodule "modules/backend/opensex"; // serverinfo { casemapping = ascii; };
serverinfo {
    name = "services.example.net"; # the "name"
    desc = "a } brace and a ; in quotes";
    casemapping = rfc1459;
    loglevel = { error; info; };
};
general { commit_interval = 10; exempts { "casemapping"; }; };
nickserv { nick = "NickServ"; spam; expire = 30; enforce_expire = 14; };
CHANSERV { EXPIRE = 60; templates { vop = "+AV"; }; };
operator "root1" { operclass = "sra"; };
operator "Erin[x]" { operclass = "ircop"; password = "$1$x"; };
"""


def test_a_real_configuration_is_understood() -> None:
    """Comments, quotes, lists and nested blocks are Atheme's own."""
    assert parse_conf(EXAMPLE) == AthemeConf(
        commit_minutes=10, operators=("root1", "Erin[x]"), nick_days=30, channel_days=60
    )


def test_a_plan_learns_from_it_what_no_database_says() -> None:
    """Casemapping, expiry and operators, as one value."""
    conf = parse_conf(EXAMPLE + "serverinfo { casemapping = ascii; };")
    assert conf.network == Network(casemapping="ascii", nick_days=30, channel_days=60, operators=("root1", "Erin[x]"))


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("30", 30),
        ("30d", 30),
        ("4W", 28),
        ("720h", 30),
        ('"2 w"', 14),
        ("2592000s", 30),
        ("12h", 1),
        ("25h", 1),
        ("0", 0),
        ("0d", 0),
        ("never", 0),
        ("30 fortnights", 30),
        ("30fortnights", 0),
        ("-1", 0),
        ("", 0),
        ("99999", 0),
    ],
)
def test_expiry_is_read_as_atheme_reads_durations(value: str, days: int) -> None:
    """Days, unless a unit says otherwise; what Atheme refuses expires nothing, and a part of a day is not never."""
    conf = parse_conf(f"nickserv {{ expire = {value}; }}; chanserv {{ enforce_expire = 3; }};")
    assert (conf.nick_days, conf.channel_days) == (days, 0)
    assert parse_conf(f"chanserv {{ expire = {value}; }};").channel_days == days


@pytest.mark.parametrize(
    ("text", "casemapping"),
    [
        ("serverinfo { casemapping = ascii; };", "ascii"),
        ('serverinfo{casemapping="ascii";};', "ascii"),
        ("serverinfo { casemapping ascii; };", "ascii"),
        ("serverinfo { /* x */ casemapping /* = rfc1459 */ = ascii; };", "ascii"),
        ("serverinfo { casemapping = rfc1459; };", "rfc1459"),
        ("serverinfo { casemapping = klingon; };", "rfc1459"),
        ("other { casemapping = ascii; };", "rfc1459"),
        ("casemapping = ascii;", "rfc1459"),
        ("", "rfc1459"),
    ],
)
def test_the_casemapping_is_that_of_serverinfo(text: str, casemapping: str) -> None:
    """Nowhere else, and Atheme's default where it says nothing that Atheme knows."""
    assert parse_conf(text).casemapping == casemapping


@pytest.mark.parametrize(("value", "minutes"), [("1", 1), ("60", 60), ("0", 5), ("61", 5), ("x", 5), ("-1", 5)])
def test_the_commit_interval_has_atheme_s_bounds(value: str, minutes: int) -> None:
    """From 1 to 60 minutes; Atheme takes 5 for anything else."""
    assert parse_conf(f"general {{ commit_interval = {value}; }};").commit_minutes == minutes


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    """A configuration that Atheme would refuse is Atheme's to refuse."""
    parse_conf(text)


@given(st.text(alphabet='{};="\n/*# a'))
def test_unbalanced_configurations_are_read_without_an_error(text: str) -> None:
    """The same for what looks like one."""
    parse_conf(text)


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    """Guessing the casemapping would compare names wrongly."""
    with pytest.raises(SourceUnreadable, match=r"gone\.conf"):
        read_conf(tmp_path / "gone.conf")


def test_bytes_that_are_not_utf_8_are_no_obstacle(tmp_path: Path) -> None:
    """Old configurations are in Latin-1."""
    path = tmp_path / "atheme.conf"
    path.write_bytes(b'serverinfo { adminname = "J\xf6rg"; casemapping = ascii; };')
    assert read_conf(path).casemapping == "ascii"

"""No secret of a configuration is shown, in whatever way it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.masking import HIDDEN, masked

SECRET = "Xy7hunter2"

ONE_LINE = [
    'password "{}";',
    "password '{}';",
    'link hub { password "{}" { spkifp; }; };',
    '    password "{}" { sslclientcertfp; };',
    'cloak-keys { "{}"; "{}"; };',
    '<oper name="bob" password="{}" host="*@*">',
    '<connect allow="*" password="{}" hash="plain">',
    'send_password = "{}";',
    '\tpassword = "{}"; /* of the link */',
    "Password = {}",
    "Password = {} with words",
    ";Password = {}",
    "DB_PASSWORD={}",
    "export API_TOKEN='{}'",
    'SECRET_KEY="{}"',
    '"password": "{}",',
    "  password: {}",
    "  - secret_key: {}",
    "'password' => '{}',",
    "define('DB_PASSWORD', '{}');",
    "mysql://irc:{}@db/services",
    'url "https://hooks.slack.com/services/T0/B0/{}";',
    "https://discord.com/api/webhooks/1/{}",
    "pass {}",
    '#    username="secrets" password="{}" whitelist="127.0.0.*">',
    "pass {};",
    'passphrase "{}',
]

MANY_LINES = [
    ["cloak-keys {", '\t"{}";', '\t"{}";', "}"],
    ["cloak-keys", "{", '\t"{}";', "}"],
    ["-----BEGIN PRIVATE KEY-----", "{}", "{}", "-----END PRIVATE KEY-----"],
    ['<oper password="', "{}", '">'],
    ['password "', "{}", '";'],
    ["password", '"{}";'],
    ["tokens: [", '  "{}",', "]"],
    ["password: |", "  {}"],
]


@pytest.mark.parametrize("line", ONE_LINE)
def test_a_secret_of_one_line_is_not_shown(line: str) -> None:
    """Its name is, so that people see what it is about."""
    (shown,) = masked([line.replace("{}", SECRET)])
    assert SECRET not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("lines", MANY_LINES)
def test_a_secret_of_many_lines_is_not_shown(lines: list[str]) -> None:
    """Blocks, PEM, values that go on."""
    shown = list(masked([*(line.replace("{}", SECRET) for line in lines), "port 6667;"]))
    assert not any(SECRET in line for line in shown)


@pytest.mark.parametrize(
    "line",
    [
        'commands="CONNECT MKPASSWD">',
        '# as "PeerPassword" on the other server',
        "Passive = no",
        "KeyFile = /etc/ngircd/key.pem",
        "listen { ip *; port 6667; }",
        '<bind address="" port="6697" type="clients">',
        "name = irc.example.org",
        "",
        "# x",
    ],
)
def test_what_is_no_secret_is_shown_as_it_is(line: str) -> None:
    """Else nobody could judge the change."""
    assert list(masked([line])) == [line]


def test_hashes_and_long_keys_are_secret_by_their_look() -> None:
    """Whatever they are called."""
    lines = [
        "x $2y$10$abcdefghijklmnopqrstuv;",
        "y $argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$aGFzaA;",
        "z " + "a1" * 20,
    ]
    assert all(HIDDEN in line and "abcdef" not in line and "a1a1" not in line for line in masked(lines))


def test_all_shows_again_after_a_secret_of_many_lines() -> None:
    """A block that ends is over."""
    lines = ["cloak-keys {", '"x";', "}", "port 6667;", "-----BEGIN X-----", "y", "-----END X-----", "port 6697;"]
    shown = list(masked(lines))
    assert (shown[3], shown[7]) == ("port 6667;", "port 6697;")


@given(st.lists(st.text(max_size=60), max_size=20))
def test_any_text_gives_as_many_lines(lines: list[str]) -> None:
    """A comparison counts on it."""
    assert len(list(masked(lines))) == len(lines)

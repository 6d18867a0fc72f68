"""Recipients are changed in a file that people wrote: nothing else in it is, not even a comment."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.rewriting import with_recipients
from bot.cli.template import EXAMPLE, render
from core.domain.errors import PlanBlocked

ELSEWHERE = """\
# recipients = ["A", "B"]
note = 'recipients = ["A", "B"]'
[mail]
recipients = ["A", "B"]
[keys]
# recipients = ["A", "B"]
"""
SHAPES = {
    "one line": ('[keys]\nrecipients = ["A", "B"]  # both\n', '[keys]\nrecipients = ["N", "B", "C"]  # both\n'),
    "a line each": (
        '[keys]\nrecipients = [\n  "A",  # host\n  "B"  # paper\n]\nidentity = "x"\n',
        '[keys]\nrecipients = [\n  "N",  # host\n  "B",  # paper\n  "C",\n]\nidentity = "x"\n',
    ),
    "a comma at the end": ("[keys]\nrecipients = [\"A\", 'B',]\n", '[keys]\nrecipients = ["N", \'B\', "C",]\n'),
    "an inline table": (
        'keys = { recipients = ["A", "B"], identity = "x" }\n',
        'keys = { recipients = ["N", "B", "C"], identity = "x" }\n',
    ),
    "dotted": ('keys.recipients = [ "A", "B" ]\n', 'keys.recipients = [ "N", "B", "C" ]\n'),
    "named in a comment, in text and in another table": (
        f'{ELSEWHERE}recipients = [\n  # ] the first\n  "A", "B",\n]\n',
        f'{ELSEWHERE}recipients = [\n  # ] the first\n  "N", "B",\n  "C",\n]\n',
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_is_replaced_and_one_added_and_nothing_else(shape: str) -> None:
    """A comment stays with what it speaks of."""
    before, after = SHAPES[shape]
    assert with_recipients(before, ["N", "B", "C"], name="bot.toml") == after


def test_what_init_writes_can_be_changed() -> None:
    """With all its comments."""
    text = render(EXAMPLE)
    changed = with_recipients(text, [*EXAMPLE.recipients, "age1new"], name="bot.toml")
    assert changed.replace('  "age1new",\n', "") == text
    assert tomllib.loads(changed)["keys"]["recipients"] == [*EXAMPLE.recipients, "age1new"]


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\nrecipients = ["A", """B"""]\n',
        '[keys]\n"recipients" = ["A", "B"]\n',
        '[keys]\nrecipients = ["A", "\\u0042"]\n',
        '[keys]\nrecipients = [\n"A",\n"B" # x\n,\n]\n',
    ],
)
def test_another_shape_is_left_alone_and_the_lines_are_shown(text: str) -> None:
    """Rather nothing than something else."""
    with pytest.raises(PlanBlocked, match="not changed by program") as caught:
        with_recipients(text, ["N", "B", "C"], name="bot.toml")
    assert 'recipients = [\n  "' in caught.value.hint


@given(text=st.text(alphabet="recipntsky=[]\"',# \nAB.", max_size=80), more=st.lists(st.just("C"), max_size=2))
def test_no_text_is_changed_into_anything_but_the_intent(text: str, more: list[str]) -> None:
    """Whatever stands around it: the parsed result is the intent, or the file is left alone."""
    whole = f'[keys]\nrecipients = ["A", "B"]\n{text}'
    try:
        intent = tomllib.loads(whole)
    except tomllib.TOMLDecodeError:
        return
    wanted = ["N", "B", *more]
    intent["keys"]["recipients"] = wanted
    assert tomllib.loads(with_recipients(whole, wanted, name="bot.toml")) == intent

"""The status page as people see it: Chromium, light and dark, wide and narrow, by keyboard, without scripts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.http.page import Answer, Asked, Page
from tests.bot.http.browser import Scheme, chromium, reader
from tests.bot.http.shelves import engine_with, served, settings, status_pages, with_drills, with_incidents
from tests.conftest import require

MOST = 300_000  # bytes on the wire, and unpacked
PATHS = ("/", "/sources/services")
HOSTILE = "<img src=x onerror=alert(1)>" + "W" * 90


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require("chromium")
    with chromium() as started:
        yield started


async def _styled(asked: Asked) -> Answer:
    del asked
    return Answer(body=b"<!doctype html><title>x</title><p style='color: red'>red</p><script>1</script>")


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, str]]:
    """Where the pages of networks with so many snapshots are."""
    with ExitStack() as stack:
        found = {}
        for number in (0, 1, 5000):
            engine = engine_with(number, tmp_path_factory.mktemp("shelf") / "world")
            if number == 5000:
                with_drills(with_incidents(engine, "services have not saved for 20 minutes", HOSTILE))
            pages = [*status_pages(engine), Page(path="/styled", make=_styled)]
            found[number] = stack.enter_context(served(pages))
        yield found


@pytest.mark.parametrize("number", [0, 1, 5000])
def test_it_is_small_and_whole_and_the_browser_complains_of_nothing(
    browser: Browser, addresses: dict[int, str], number: int
) -> None:
    with reader(browser) as window:
        for path in PATHS:
            window.go(f"{addresses[number]}{path}")
            sizes = window.page.evaluate(
                "() => performance.getEntries().filter(one => 'transferSize' in one)"
                ".map(one => [one.transferSize, one.decodedBodySize])"
            )
            assert 0 < sum(sent for sent, _ in sizes) < MOST
            assert 0 < sum(unpacked for _, unpacked in sizes) < MOST
            assert window.page.locator("h1").count() == 1
            assert window.page.locator("script").count() == 0
            cards = 0 if path != "/" else 3 + 2 if number == 5000 else 1  # sources, and drills
            assert window.page.locator("article").count() == cards
            drawn = window.page.locator("figure svg").evaluate_all(
                "all => all.map(one => [one.getAttribute('role'), one.querySelector('title').textContent,"
                " one.querySelector('desc').textContent, one.getBoundingClientRect().height])"
            )
            assert bool(drawn) == (number > 0 or path != "/")
            assert all(role == "img" and title and told and height > 20 for role, title, told, height in drawn)
            tables = window.page.locator("table").count()
            assert tables == window.page.locator("table > caption").count()
        assert window.complaints == []


def test_a_style_or_a_script_in_the_page_would_be_complained_of(browser: Browser, addresses: dict[int, str]) -> None:
    """So that the silence in the other tests means something."""
    with reader(browser) as window:
        window.go(f"{addresses[0]}/styled")
        assert any("style" in complaint for complaint in window.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_stands_out_from_its_ground(browser: Browser, addresses: dict[int, str], scheme: Scheme) -> None:
    """Texts by 4.5 to 1, shapes of pictures by 3 to 1 (WCAG 2.2: 1.4.3, 1.4.11); and the schemes are two."""
    with reader(browser, scheme=scheme) as window:
        for number, path in ((0, "/"), (1, "/"), (5000, "/"), (5000, "/sources/services")):
            window.go(f"{addresses[number]}{path}")
            found = window.contrasts()
            assert {kind for kind, *_ in found} == ({"text", "shape"} if number else {"text"})
            assert not [item for item in found if item[2] < (4.5 if item[0] == "text" else 3)]
        ground = window.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(244, 246, 248)") == (scheme == "light")


def test_the_keyboard_leads_through_it(browser: Browser, addresses: dict[int, str]) -> None:
    """First past what is the same on every page, then to every link in its order; where one is can be seen."""
    with reader(browser) as window:
        window.go(addresses[5000])
        first = window.tab()
        assert (first["href"], first["top"] >= 0) == ("#main", True)
        visited = [first, *(window.tab() for _ in range(window.page.locator("a[href]").count() - 1))]
        in_order = window.page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        assert [place["href"] for place in visited] == in_order
        assert all(place["outline"] >= 2 for place in visited)
        assert {"/sources/services", "/sources/config", "/sources/ssl"} <= set(in_order)
        window.go(addresses[5000])
        window.tab()
        window.page.keyboard.press("Enter")
        assert window.tab()["href"] == "/sources/services"
        window.page.keyboard.press("Enter")
        window.page.wait_for_url("**/sources/services")


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_is_wider_than_the_window(browser: Browser, addresses: dict[int, str], width: int) -> None:
    """Also where somebody's text is one long word."""
    with reader(browser, width=width) as window:
        for number, address in addresses.items():
            for path in PATHS:
                window.go(f"{address}{path}")
                assert window.overflow() == 0, (number, path)


def test_people_sign_in_and_out_with_the_token(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("correct-horse\n")
    (tmp_path / "token").chmod(0o600)
    pages = status_pages(engine_with(0, tmp_path / "world"), has_door=True)
    wanted = settings(token={"file": str(tmp_path / "token")})
    with served(pages, wanted) as address, reader(browser) as window:
        window.go(address)
        page = window.page
        assert page.url == f"{address}/login"
        assert not [item for item in window.contrasts() if item[2] < 4.5]
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("alert").inner_text() == "That is not the token."
        window.complaints.clear()  # of the 403
        page.get_by_label("Token").fill("correct-horse")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
        window.go(address)
        assert page.get_by_role("heading", level=1).inner_text().startswith(("OK", "LOOK"))
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{address}/login")
        window.go(address)
        assert page.url == f"{address}/login"
        assert window.complaints == []

"""Debian's Chromium, driven by playwright: what a reader's browser sees, complains of, and can be led through."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# As root without a sandbox of its own, and with nobody to talk to.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Scheme = Literal["light", "dark"]

# Each text with its colour and the ground below it; each shape of a picture with its fill. Computed, as they are drawn.
_COLOURS = """() => {
  const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = colour => {
    const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const [r, g, b] = colour.slice(0, 3).map(v => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('svg')) continue;
    const below = ground(element), colour = parse(getComputedStyle(element).color);
    found.push(['text', walker.currentNode.data.trim().slice(0, 30), ratio(over(colour, below), below)]);
  }
  for (const path of document.querySelectorAll('figure path:not(.ground):not(.area), .key path, .steps .done')) {
    const style = getComputedStyle(path);
    const below = ground(path.closest('svg').parentElement);
    const colour = parse(style.fill === 'none' ? style.stroke : style.fill);
    found.push(['shape', path.getAttribute('class'), ratio(over(colour, below), below)]);
  }
  return found;
}"""
_FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {name: element.textContent.trim() || element.getAttribute('name'), href: element.getAttribute('href'),
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth), top: box.top, bottom: box.bottom};
}"""


class Reader:
    """One browser window, and everything that went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(f"{request.url} failed"))

    def go(self, address: str) -> None:
        """Open it; a page that asks for a moment has loaded again when this returns."""
        answer = self.page.goto(address, wait_until="load")
        while answer is not None and answer.status == 503:
            self.complaints.clear()
            answer = self.page.goto(address, wait_until="load")

    def contrasts(self) -> list[tuple[str, str, float]]:
        """Of each text and each shape: which it is, what it says, and how it stands out (1 to 21)."""
        return [(kind, name, ratio) for kind, name, ratio in self.page.evaluate(_COLOURS)]

    def tab(self) -> dict[str, Any]:
        """Where the next Tab leads."""
        self.page.keyboard.press("Tab")
        where: dict[str, Any] = self.page.evaluate(_FOCUSED)
        return where

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        wider: int = self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        return max(0, wider)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One that ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def reader(browser: Browser, *, width: int = 1200, scheme: Scheme = "light") -> Iterator[Reader]:
    """A window whose pages may run no script of their own."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=False,
        ignore_https_errors=True,
    )
    try:
        yield Reader(context.new_page())
    finally:
        context.close()

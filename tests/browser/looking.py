"""What is measured on a page that a person looks at."""

import shutil

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

CONTRAST = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (c) => {
    const [r, g, b] = [c[0], c[1], c[2]].map((v) => {
      const s = v / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const c = rgb(getComputedStyle(at).backgroundColor);
      if (c[3] > 250) return c;
    }
    return [255, 255, 255, 255];
  };
  const weak = [];
  const aside = "svg, .visually-hidden, .skip-link";
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(aside)) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const words = element.textContent.trim().slice(0, 20);
    if (ratio < 4.5) weak.push(`${element.className || element.tagName} ${ratio} ${words}`);
  }
  return weak;
}
"""
"""Returns what is written too faintly on its ground, of all that can be seen."""

_AXE = Axe()
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def hurdles(page: Page) -> list[str]:
    """Return what axe finds on a page that would keep somebody from using it, of WCAG 2.2 A and AA.

    Each is a rule, how grave axe holds it, and the first places where it is broken.
    """
    return await _violations(page, {"runOnly": _WCAG, "resultTypes": ["violations"]})


async def faint(page: Page) -> list[str]:
    """Return what axe finds too faint on a page; for a page in other colours than `hurdles` saw."""
    rules = {"type": "rule", "values": ["color-contrast"]}
    return await _violations(page, {"runOnly": rules, "resultTypes": ["violations"]})


async def _violations(page: Page, options: dict[str, object]) -> list[str]:
    # From its head: further down the bar that stays above lies over whatever is just passing it.
    await page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    # Who printed a paper stands across it, faint on purpose, and plain at its foot.
    found = await _AXE.run(page, context={"exclude": [[".watermark"]]}, options=options)
    return [
        f"{one['id']} ({one['impact']}): " + " | ".join(n["html"][:120] for n in one["nodes"][:3])
        for one in found.response["violations"]
    ]

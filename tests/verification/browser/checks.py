"""Checks of an open page; each returns descriptions of the faults it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = """async () => {
  const faults = [];
  for (const image of document.images) {
    const name = image.closest("[id]")?.id ?? image.src.slice(0, 60);
    try { await image.decode(); } catch { faults.push(`${name}: cannot be decoded`); continue; }
    if (!image.naturalWidth) faults.push(`${name}: empty`);
    if (!image.alt.trim()) faults.push(`${name}: no alt text`);
    if (image.checkVisibility() && image.getBoundingClientRect().width < 100)
      faults.push(`${name}: shown too small to see`);
  }
  return faults;
}"""

SIDEWAYS = """() => {
  const page = document.scrollingElement;
  if (page.scrollWidth <= innerWidth) return [];
  const clipped = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > innerWidth + 0.5 && !clipped(element));
  const names = wide.map((element) => element.outerHTML.slice(0, 80));
  return [`the page is ${page.scrollWidth} px wide in a window of ${innerWidth}`, ...names];
}"""

FAINT = """() => {
  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = (colours) => {
    paint.clearRect(0, 0, 1, 1);
    for (const colour of colours) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
    const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].map((value) =>
      value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const faults = [];
  for (const text of document.querySelectorAll("svg text")) {
    if (!text.checkVisibility()) continue;
    const behind = [];
    for (let up = text; up; up = up.parentElement) behind.unshift(getComputedStyle(up).backgroundColor);
    const [back, ink] = [light(["Canvas", ...behind]), light(["Canvas", ...behind, getComputedStyle(text).fill])];
    const contrast = Math.max(back, ink) / Math.min(back, ink);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${text.outerHTML.slice(0, 80)}`);
  }
  return faults;
}"""

FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const box = element.getBoundingClientRect();
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  element.dataset.visited = element.dataset.visited ? "again" : "once";
  return {
    name: element.outerHTML.slice(0, 80), again: element.dataset.visited === "again",
    ring: ring || style.boxShadow !== "none", seen,
  };
}"""

MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const style = getComputedStyle(element);
  const times = `${style.transitionDuration}, ${style.animationDuration}`.split(", ");
  const most = Math.max(...times.map((time) => parseFloat(time) * (time.endsWith("ms") ? 1 : 1000)));
  return most > 10 || style.scrollBehavior === "smooth";
}).map((element) => element.outerHTML.slice(0, 80))"""

STOPS = 1000
"""Upper limit of the Tab stops of a page."""


def images(page: Page) -> list[str]:
    """Find images that did not load, have no alternative text, or are tiny."""
    found: list[str] = page.evaluate(IMAGES)
    return found


def sideways(page: Page) -> list[str]:
    """Check whether the page is wider than its window, and which elements cause it."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found


def barriers(page: Page) -> list[str]:
    """Find accessibility violations with axe-core, such as low contrast or unnamed buttons."""
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    found: dict[str, Any] = Axe().run(page, options=options).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['failureSummary']} {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def faint(page: Page) -> list[str]:
    """Find text in drawings with low contrast, which axe-core does not check."""
    found: list[str] = page.evaluate(FAINT)
    return found


def focus(page: Page) -> tuple[int, list[str]]:
    """Press Tab through the page; return the number of stops, and those with an invisible focus."""
    faults: list[str] = []
    for stop in range(STOPS):
        page.keyboard.press("Tab")
        at: dict[str, Any] | None = page.evaluate(FOCUS)
        if at is None or at["again"]:
            return stop, faults
        if not at["ring"]:
            faults.append(f"no ring: {at['name']}")
        if not at["seen"]:
            faults.append(f"out of sight: {at['name']}")
    return STOPS, [*faults, "Tab never returns to the start"]


def moving(page: Page) -> list[str]:
    """Find elements that move although the user prefers reduced motion."""
    found: list[str] = page.evaluate(MOVING)
    return found

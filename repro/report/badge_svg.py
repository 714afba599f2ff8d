"""Draw the badge as a self-contained SVG, in the flat style of shields.io."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from repro.report.badge import GREEN, LABEL, RED, YELLOW

if TYPE_CHECKING:
    from repro.report.badge import Badge

HEIGHT, SIZE, PADDING = 20, 11, 6
FONTS = "Verdana,DejaVu Sans,Geneva,sans-serif"
# Colours of the fill, the letters and their shadow. Letters have a contrast of at least 4.5.
LEFT = ("#555", "#fff", "#010101")
RIGHT = {
    GREEN: ("#4c1", "#111", "#ccc"),
    YELLOW: ("#dfb317", "#111", "#ccc"),
    RED: ("#c5362b", "#fff", "#010101"),
}
# Advance widths of DejaVu Sans in thousandths of the font size; Verdana's are almost the same.
WIDTHS = {
    280: "ijl'",
    318: " ,.·",
    337: "/:;|",
    355: "f-",
    390: "t()[]",
    411: "r",
    523: "sz*_",
    550: "c",
    585: "kvxy",
    613: "aoe",
    635: "bdghnpqu0123456789",
    818: "w",
    974: "m",
}
WIDTH = {letter: width for width, letters in WIDTHS.items() for letter in letters}
WIDEST = 1000


def to_svg(badge: Badge) -> str:
    """Draw a badge. The texts are stretched to the widths computed here, whatever the font."""
    left, right = text_width(LABEL), text_width(badge.message)
    seam = left + 2 * PADDING
    width = seam + right + 2 * PADDING
    fill, *_ = LEFT
    right_fill, *_ = RIGHT[badge.color]
    label = escape(badge.text)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img" aria-label="{label}">
<title>{label}</title>
<linearGradient id="shade" x2="0" y2="100%">
<stop offset="0" stop-color="#bbb" stop-opacity=".1"/>
<stop offset="1" stop-opacity=".1"/>
</linearGradient>
<clipPath id="round"><rect width="{width}" height="{HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#round)">
<rect width="{seam}" height="{HEIGHT}" fill="{fill}"/>
<rect x="{seam}" width="{width - seam}" height="{HEIGHT}" fill="{right_fill}"/>
<rect width="{width}" height="{HEIGHT}" fill="url(#shade)"/>
</g>
<g font-family="{FONTS}" font-size="{SIZE}" text-rendering="geometricPrecision">
{_letters(LABEL, PADDING, left, LEFT)}
{_letters(badge.message, seam + PADDING, right, RIGHT[badge.color])}
</g>
</svg>
"""


def text_width(text: str) -> int:
    """Return the width of a text in pixels; a letter missing from the table counts as the widest."""
    return round(sum(WIDTH.get(letter, WIDEST) for letter in text) * SIZE / 1000)


def _letters(text: str, start: int, width: int, colours: tuple[str, str, str]) -> str:
    """Draw a text with a shadow one pixel below."""
    _, letters, shadow = colours
    fitted = f'textLength="{width}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text aria-hidden="true" x="{start}" y="15" fill="{shadow}" fill-opacity=".3" {fitted}>'
        f"{escape(text)}</text>\n"
        f'<text x="{start}" y="14" fill="{letters}" {fitted}>{escape(text)}</text>'
    )

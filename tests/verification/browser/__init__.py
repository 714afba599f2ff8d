"""The report in a real browser: `nox -s browser` runs the files named browser_*.py in headless Chromium.

Every test runs on a real report and on a synthetic one with all verdicts and hostile texts. A page that
prints to the console, opens a dialog or requests anything fails its test.

- `plugin`: fixtures and options; `chromium`: finds the browser; `synthetic`: the synthetic report.
- `visiting`, `using`: open a page and use it; `checks`: what can be wrong with a page.
"""

"""The report in a real browser; `nox -s browser` runs the files named browser_*.py."""

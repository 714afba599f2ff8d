"""Write the table of bugs into README.md beside this file."""

from tests.causal.bugs.table import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

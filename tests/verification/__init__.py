"""Programs that try to break the project; too slow for the ordinary tests, which test the programs.

Each asks one question. Could a wrong claim look right (`falsify`)? Do the tests catch small changes of the
code (`mutants`)? Does a kill or a damaged file lose anything (`crash`)? Is bad input refused clearly
(`fuzz`)? Can a newcomer follow the documents (`cleanroom`)? Does an independent PPO agree (`oracle`)? Does
the report work in a browser (`browser`)? Do other Python versions give the same bytes (`pythons`)? How
often is a verdict wrong (`operating_characteristics`)? Does a wheel work alone (`wheel`)? How fast is it
(`benchmarks`)?

Most run by `python -m tests.verification.NAME`; `nox -l` lists the sessions. They share:

- `program`: arguments, progress, reports and exit codes.
- `checkout`: copies of the checkout to edit and run.
- `tables`: tables in Markdown.
"""

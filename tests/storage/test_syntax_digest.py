"""The digest of code changes with the code, but not with wording, formatting or labelled moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.storage.syntax_digest import FOLDER, canonical, code_digest, imported_modules

if TYPE_CHECKING:
    from pathlib import Path

    from repro.storage.syntax_digest import Labels

STEP = '''"""A step."""

from __future__ import annotations

from dataclasses import dataclass

from sample.rate import RATE, lower

LIMIT = 3
"""Largest number of steps."""


@dataclass
class Step:
    """One step.

    Attributes:
        size: how long it is.
    """

    size: float = RATE
    """Its length."""

    def taken(self, at: float, *, times: int = 2) -> float:
        """Take it."""
        # As far as it goes.
        moved = at + times * self.size
        return moved if moved < LIMIT else lower(f"{moved:.2f} of {LIMIT}", {"a": -1.5})
'''
RATE = '''"""Rates."""

RATE = 0.5


def lower(text, facts):
    """Lower a rate."""
    return RATE / 2, text, facts
'''


def written(folder: Path, **sources: str) -> Path:
    """Make a package "sample" of modules; "a__in__b" is the module b of its package a."""
    for name, source in {"step": STEP, "rate": RATE, **sources}.items():
        path = folder.joinpath("sample", *name.split("__in__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return folder


def digest(folder: Path, labels: Labels = (), root: str = "sample.step") -> str:
    return code_digest((root,), labels, folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A step."""\n', ""),
        ('"""A step."""', '"""A step of another kind, told at length."""'),
        ('"""Largest number of steps."""', "'''The most steps.'''"),
        ('    """Its length."""\n', ""),
        ('        """Take it."""\n', '        """Take the step.\n\n        Twice.\n        """\n'),
        ("        # As far as it goes.\n", "\n        # Until the limit.\n\n"),
        ('{"a": -1.5}', "{'a' : - 1.50,}"),
        ("at + times * self.size", "(at + (times * self.size))"),
        (
            "at: float, *, times: int = 2",
            "\n        at: float,\n        *,\n        times: int = 0x2,",
        ),
        ('f"{moved:.2f} of {LIMIT}"', "f'{moved:.2f}' f' of {LIMIT}'"),
    ],
)
def test_wording_and_formatting_do_not_change_the_digest(
    tmp_path: Path, old: str, new: str
) -> None:
    assert old in STEP
    changed = STEP.replace(old, new)
    before, after = written(tmp_path / "a"), written(tmp_path / "b", step=changed)
    assert digest(before) == digest(after)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("LIMIT = 3", "LIMIT = True"),
        ("LIMIT = 3", 'LIMIT = "3"'),
        ("LIMIT = 3", 'LIMIT = b"3"'),
        ("LIMIT = 3", "LIMIT = None"),
        ("at + times", "at - times"),
        ("moved < LIMIT", "moved <= LIMIT"),
        ("times: int = 2", "times: int = 1"),
        ("at: float, *, times", "at: float, times"),
        ("size: float = RATE", "size: int = RATE"),
        ("size: float = RATE", "size: float"),
        ("import RATE, lower", "import lower, RATE"),
        ("import RATE, lower", "import RATE, higher as lower"),
        ("sample.rate import", "other.rate import"),
        ("@dataclass\n", "@dataclass(frozen=True)\n"),
        ("self.size\n", "self.size; return 0\n"),
        (".2f", ".3f"),
        ("-1.5", "1.5"),
        ('"a"', '"ä"'),
        ('{"a": -1.5}', "{**facts}"),
        ("from __future__ import annotations\n", ""),
    ],
)
def test_any_change_of_the_code_changes_the_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in STEP
    changed = STEP.replace(old, new)
    before, after = written(tmp_path / "a"), written(tmp_path / "b", step=changed)
    assert digest(before) != digest(after)


def test_a_change_of_an_imported_module_changes_the_digest_and_another_does_not(
    tmp_path: Path,
) -> None:
    before = digest(written(tmp_path / "a"))
    other = written(tmp_path / "b", figure="WIDTH = 3", rate=RATE.replace("Lower", "Reduce"))
    assert digest(other) == before
    assert digest(written(tmp_path / "c", rate=RATE.replace("0.5", "0.25"))) != before


def test_imports_are_followed_wherever_they_are(tmp_path: Path) -> None:
    step = """
import sample.plain
from typing import TYPE_CHECKING
from sample import names, missing_name
if TYPE_CHECKING:
    from sample.typed import T
def f():
    from sample.nested.inner import g
"""
    others = ("plain", "names", "typed", "nested__in__inner", "figure")
    folder = written(tmp_path, step=step, __init__="", **dict.fromkeys(others, ""))
    found = imported_modules(("sample.step",), folder)
    assert found.keys() == {
        "sample",
        "sample.step",
        "sample.plain",
        "sample.names",
        "sample.typed",
        "sample.nested.inner",
    }


def test_the_package_itself_counts_as_empty(tmp_path: Path) -> None:
    """It offers names of any module; a module that computes is imported by its own name."""
    step = STEP.replace("from sample.rate", "from sample import rate\nfrom sample.rate")
    front = "from sample.figure import WIDTH\n\n\ndef __getattr__(name): ...\n"
    packages = {
        name: written(tmp_path / name, step=step, figure="WIDTH = 3", __init__=source)
        for name, source in {"a": '"""A package."""', "b": front, "c": ""}.items()
    }
    assert len({digest(folder) for folder in packages.values()}) == 1
    found = imported_modules(("sample.step",), packages["b"])
    assert found.keys() == {"sample", "sample.step", "sample.rate"}
    nested = [
        written(tmp_path / name, step="import sample.n", __init__="", n__in____init__=source)
        for name, source in {"d": "", "e": "RATE = 3"}.items()
    ]
    assert digest(nested[0]) != digest(nested[1])


@pytest.mark.parametrize(
    "root", ["sample.gone", "sample.rate.RATE", "nowhere", "sample..x", "../x"]
)
def test_a_module_that_does_not_exist_is_an_error(tmp_path: Path, root: str) -> None:
    folder = written(tmp_path)
    with pytest.raises(UserError, match=r"given the module '.*'; expected one in .*a rename"):
        digest(folder, root=root)
    with pytest.raises(UserError, match=r"given the module 'sample\.gone'"):
        digest(written(tmp_path / "b", rate="from sample.gone import x"))


@pytest.mark.parametrize("source", ["from . import rate", "from .rate import RATE"])
def test_a_relative_import_is_an_error(tmp_path: Path, source: str) -> None:
    with pytest.raises(UserError, match=r"sample\.step has a relative import"):
        digest(written(tmp_path, step=source))


@pytest.mark.parametrize(
    ("module", "labels"),
    [
        ("pace", (("sample.pace", "sample.rate"),)),
        ("speeds__in__pace", (("sample.speeds.pace", "sample.rate"),)),
        ("speeds__in__rate", (("sample.speeds", "sample"),)),
        (
            "speeds__in__pace",
            (("sample.speeds", "sample.x"), ("sample.speeds.pace", "sample.rate")),
        ),
    ],
)
def test_a_moved_module_keeps_the_digest_with_a_label_and_not_without(
    tmp_path: Path, module: str, labels: Labels
) -> None:
    before = digest(written(tmp_path / "a"))
    name = "sample." + module.replace("__in__", ".")
    step = STEP.replace("sample.rate", name)
    folder = written(tmp_path / "b", step=step, **{module: RATE})
    (folder / "sample" / "rate.py").unlink()
    assert digest(folder, labels) == before
    assert digest(folder) != before


def test_a_moved_root_keeps_the_digest_with_a_label_and_not_without(tmp_path: Path) -> None:
    folder = written(tmp_path, walk=STEP)
    before = digest(folder)
    assert digest(folder, (("sample.walk", "sample.step"),), "sample.walk") == before
    assert digest(folder, (), "sample.walk") != before
    for other in ("sample.walking", "sample.wal"):
        unchanged = digest(folder, ((other, "sample.step"),), "sample.walk")
        assert unchanged == digest(folder, (), "sample.walk")


def test_the_digest_does_not_depend_on_the_version_of_python() -> None:
    """The text was written under Python 3.11, and is compared under every other."""
    source = (
        'def f(a, *, b=1) -> int:\n    """Add."""\n    return g(f"{a!r:>{b}}" "é{", **{"x": ...})\n'
    )
    assert canonical(source) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],"
        "kwonlyargs=[arg(arg='b')],kw_defaults=[Constant(value=1)]),body=[Return(value=Call("
        "func=Name(id='g'),args=[JoinedStr(values=[FormattedValue(value=Name(id='a'),"
        "conversion=114,format_spec=JoinedStr(values=[Constant(value='>'),FormattedValue("
        "value=Name(id='b'),conversion=-1)])),Constant(value='\\xe9{')])],keywords=[keyword("
        "value=Dict(keys=[Constant(value='x')],values=[Constant(value=Ellipsis)]))]))],"
        "returns=Name(id='int'))])"
    )
    assert canonical('f"{a:}"') == canonical('f"{a:}" ""')


def test_the_folder_is_that_of_this_package() -> None:
    assert (FOLDER / "repro" / "storage" / "syntax_digest.py").is_file()

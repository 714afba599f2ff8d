"""Files with a rule: what they define, that nothing is left behind, and how errors are reported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro.cli.audit_rule_file import MODULE, RuleFile, RuleFileError, StepFile, load_rule_file

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
def rule(bids):
    return {"A": bids}
"""
INPUTS = """
def inputs():
    return {"bids": 3}
"""


def write(folder: Path, text: str, name: str = "my_rule.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(RuleFileError) as caught, load_rule_file(path):
        pytest.fail("the file was accepted")
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_what_a_file_must_define(tmp_path: Path) -> None:
    with load_rule_file(write(tmp_path, RULE + INPUTS)) as given:
        assert isinstance(given, RuleFile)
        assert given.rule(bids=2) == {"A": 2}
        assert given.inputs == {"bids": 3}
        assert given.mechanisms is None
        assert given.update is given.execution is None


def test_what_a_file_can_define(tmp_path: Path) -> None:
    more = """
def mechanisms():
    return {"A": [1]}
def update(gradients):
    return gradients
def execution(bids):
    return bids + 1
"""
    with load_rule_file(write(tmp_path, RULE + INPUTS + more)) as given:
        assert isinstance(given, RuleFile)
        assert given.mechanisms == {"A": [1]}
        assert given.update is not None
        assert given.update({"A": 4}) == {"A": 4}
        assert given.execution is not None
        assert given.execution(bids=2) == 3


def test_a_file_can_import_its_neighbours_even_late_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    write(tmp_path, "VALUE = 7\n", "audit_neighbour.py")
    late = """
def rule(bids):
    from audit_neighbour import VALUE
    return VALUE
"""
    before = list(sys.path), sys.dont_write_bytecode
    with load_rule_file(write(tmp_path, late + INPUTS)) as given:
        assert isinstance(given, RuleFile)
        assert given.rule(1) == 7
        sys.path.append("left by the rule")
    assert (sys.path, sys.dont_write_bytecode) == before
    assert MODULE not in sys.modules
    assert {path.name for path in tmp_path.iterdir()} == {"audit_neighbour.py", "my_rule.py"}
    del sys.modules["audit_neighbour"]


def test_the_import_system_is_restored_after_an_error_too(tmp_path: Path) -> None:
    before = list(sys.path), sys.dont_write_bytecode
    error_of(write(tmp_path, "1 / 0"))
    assert (sys.path, sys.dont_write_bytecode) == before
    assert MODULE not in sys.modules


def test_classes_that_look_up_their_module_work(tmp_path: Path) -> None:
    text = """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Setting:
    rate: float
"""
    with load_rule_file(write(tmp_path, text + RULE + INPUTS)) as given:
        assert isinstance(given, RuleFile)
        assert given.inputs == {"bids": 3}


def test_a_file_with_any_extension_is_read_anew(tmp_path: Path) -> None:
    for number in (1, 2):
        path = write(tmp_path, f"{RULE}\ndef inputs():\n    return {{'n': {number}}}", "rule.txt")
        with load_rule_file(path) as given:
            assert isinstance(given, RuleFile)
            assert given.inputs == {"n": number}


def test_missing_files_and_folders(tmp_path: Path) -> None:
    assert error_of(tmp_path / "none.py") == (
        f"{tmp_path}/none.py does not exist; expected a Python file that defines rule and inputs(), or step and modules()"
    )
    assert error_of(tmp_path).startswith(f"{tmp_path} is a folder; expected a Python file")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("x = 1\ndef rule(:\n", ":2", "SyntaxError: invalid syntax"),
        ("def rule():\nreturn 1\n", ":2", "IndentationError: expected an indented block"),
        ("x = 1\n\ny = x / 0\n", ":3", "ZeroDivisionError: division by zero"),
        ("raise SystemExit('done')\n", ":1", "SystemExit: done"),
        ("raise ValueError\n", ":1", "ValueError, while"),
        ("raise ValueError('two\\nlines')\n", ":1", "ValueError: two lines"),
        ("x = '\0'\n", "", "null bytes"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path: Path, text: str, line: str, expected: str) -> None:
    path = write(tmp_path, text)
    message = error_of(path)
    assert message.startswith(f"{path}{line}: ")
    assert expected in message
    assert message.endswith(", while it was loaded; fix the file")


def test_an_error_in_a_neighbour_names_the_neighbour_or_the_import(tmp_path: Path) -> None:
    write(tmp_path, "def (:\n", "audit_broken.py")
    write(tmp_path, "x = 1\ny = x.z\n", "audit_raising.py")
    message = error_of(write(tmp_path, "import audit_broken\n"))
    assert message.startswith(f"{tmp_path / 'audit_broken.py'}:1: SyntaxError")
    message = error_of(write(tmp_path, "\nimport audit_raising\n"))
    assert message.startswith(f"{tmp_path / 'my_rule.py'}:2: AttributeError")


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "my_rule.py"
    path.write_bytes(b"x = '\xff\xfe'\n")
    assert "SyntaxError" in error_of(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INPUTS, "it has no rule; define rule, a function of the inputs by name"),
        ("rule = 3" + INPUTS, "rule is a int; define rule"),
        (RULE, "it has no inputs; define inputs, a function without arguments that returns a dict"),
        (RULE + "inputs = {'bids': 3}", "inputs is a dict; define inputs, a function"),
        (RULE + "def inputs(): return [1]", "inputs() returned a list; expected a dict of tensors"),
        (RULE + INPUTS + "mechanisms = {}", "mechanisms is a dict; define mechanisms, a function"),
        (
            RULE + INPUTS + "def mechanisms(): return 1",
            "mechanisms() returned a int; expected a dict",
        ),
        (RULE + INPUTS + "update = 'sgd'", "update is a str; define update, a function"),
    ],
)
def test_what_is_missing_or_has_the_wrong_type_is_named(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = write(tmp_path, text)
    message = error_of(path)
    assert message.startswith(f"{path}: ")
    assert expected in message


@pytest.mark.parametrize("name", ["inputs", "mechanisms"])
def test_a_function_that_fails_names_its_line(tmp_path: Path, name: str) -> None:
    text = RULE + (INPUTS if name == "mechanisms" else "")
    text += f"def {name}():\n    return helper()\ndef helper():\n    return 1 / 0\n"
    path = write(tmp_path, text)
    line = text.count("\n")
    assert error_of(path) == (
        f"{path}:{line}: ZeroDivisionError: division by zero, in {name}(); fix the file"
    )


def test_a_function_with_arguments_is_an_error(tmp_path: Path) -> None:
    message = error_of(write(tmp_path, RULE + "def inputs(n): return {}"))
    assert "missing 1 required positional argument: 'n', in inputs()" in message


def test_an_interruption_is_not_an_error_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt), load_rule_file(path):
        pass


STEP = """
def step(x):
    return x
def modules():
    return {"A": 1, "B": 2}
"""


def test_a_file_with_a_training_step(tmp_path: Path) -> None:
    with load_rule_file(write(tmp_path, STEP)) as given:
        assert isinstance(given, StepFile)
        assert given.modules == {"A": 1, "B": 2}
        assert given.batch == given.others == {}
        assert given.execution is None
        assert given.seed is None
    more = """
def batch():
    return {"x": 1}
def others():
    return {"critic": 3}
def execution(x):
    return x + 1
seed = 5
"""
    with load_rule_file(write(tmp_path, STEP + more)) as given:
        assert isinstance(given, StepFile)
        assert (given.batch, given.others, given.seed) == ({"x": 1}, {"critic": 3}, 5)
        assert given.execution is not None
        assert given.execution(x=2) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def step(): pass", "it has no modules; define modules, a function without arguments"),
        (STEP + "seed = 0.5", "seed is a float; define seed, a whole number"),
        (STEP + "def batch(): return [1]", "batch() returned a list; expected a dict of tensors"),
        (STEP + "others = {}", "others is a dict; define others, a function without arguments"),
    ],
)
def test_what_is_wrong_with_a_training_step_is_named(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert expected in error_of(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import sys\nimport no_such_library\n" + STEP, 2),
        ("from no_such_library.part import x\n" + RULE + INPUTS, 1),
        (RULE + "def inputs():\n    import no_such_library\n", 5),
        ("from neighbour import x\n" + RULE + INPUTS, 1),
    ],
)
def test_a_library_that_is_not_installed_is_named(tmp_path: Path, text: str, line: int) -> None:
    write(tmp_path, "import no_such_library\nx = 1\n", "neighbour.py")
    path = write(tmp_path, text)
    assert error_of(path) == (
        f"{path}:{line} imports no_such_library, and no module has that name; correct the name, put the file into the "
        "folder of the audited one, or, if no_such_library is a package that you know, install it"
    )


def test_a_part_that_an_installed_library_lacks_is_another_error(tmp_path: Path) -> None:
    message = error_of(write(tmp_path, "import torch.no_such_part\n"))
    assert ":1: ModuleNotFoundError: No module named 'torch.no_such_part', while" in message

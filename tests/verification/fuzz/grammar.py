"""Command lines: valid ones, and changes made by mistake or on purpose."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.verification.fuzz.oddities import words

JUDGED = "transfer.headline_direction"
"""The only claim that is judged; its test is fast."""
_OUT = ("out", "a/b/c", "file", "file/out", "", ".", "x" * 300, "[bold]", "\udcff")
_CLAIMS = (JUDGED, JUDGED, "theory.criterion", "transfer.hedline", "transfer", "")
VALUES: dict[str, tuple[str, ...]] = {
    "--tier": ("paper", "study", "quick", "audit", "papr", ""),
    "--claim": _CLAIMS,
    "-k": ("headline", "thery", "headline and not direction", "(", "not", "a or", "x()", "1 == 2"),
    "--seeds": (
        "0-2",
        "0-9",
        "3",
        "4-2",
        "0-9999",
        "0-99999",
        "1,1",
        "-1-3",
        "0-2,",
        "\u0663-\u0665",
        "0x1-2",
    ),
    "--jobs": ("1", "2", "0", "-1", "1.5", "1e3", "9" * 30, "9" * 5000, "two"),
    "--out": _OUT,
    "--store": ("store", "file", "none", "", "x" * 300),
    "--shipped": ("shipped", "file", "none", "", "x" * 300),
    "--scheduler": ("tcp://127.0.0.1:1", "tcp://", "nowhere", ""),
    "--report": ("out", "file", "none", "", "x" * 300),
    "--figure": ("a.svg", "b.png", "c.gif", "file/a.svg", ".svg", "none/a.svg", "x" * 300 + ".svg"),
    "--selection": ("route", "strict", "both"),
    **dict.fromkeys(("--fresh", "--json", "--verify", "--allow-dirty", "--help", "--version"), ()),
}
_FOLDERS = ("--store", "--shipped", "--json")
_CHOICE = ("--tier", "--claim", "-k", "--seeds", "--out", *_FOLDERS)
_WORDS = ("my_rule", "ppo", "None", "class", "Transfer.x", "transfer.", ".x", "a.b.c", "x" * 29)
GRAMMAR: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "list": (
        (("tasks", "algorithms", "hyperparameters", "claims", "claim"),),
        ("--json", "--help"),
    ),
    "explain": ((_CLAIMS,), ("--out", "--json")),
    "audit": (
        (("rule.py", "rule.py", "broken.py", "file", "none.py", ".", "x" * 300, "\udcff.py"),),
        ("--json", "--figure", "--selection", "--verify"),
    ),
    "new": ((("claim", "algorithm", "task"), ("transfer.x", JUDGED, *_WORDS)), ("--json",)),
    "docs": ((), ("--report",)),
    "ship": ((), ("--allow-dirty", *_FOLDERS)),
    "run": ((), ("--fresh", "--jobs", "--scheduler", *_CHOICE)),
    "report": ((), _CHOICE),
}
"""For each command, examples of its positional arguments, and its options."""
QUICK = ("list", "audit", "new", "docs")


@st.composite
def sound(draw: st.DrawFn, commands: tuple[str, ...]) -> tuple[str, ...]:
    """One of these commands with its arguments, whose values may be bad."""
    command = draw(st.sampled_from(commands))
    names, options = GRAMMAR[command]
    made = [draw(st.sampled_from(some)) for some in names]
    for option in draw(st.lists(st.sampled_from(options), max_size=3)):
        values = VALUES[option]
        made += [option, draw(st.sampled_from(values))] if values else [option]
    return (command, *made)


@st.composite
def odd(draw: st.DrawFn, commands: tuple[str, ...]) -> tuple[str, ...]:
    """A command line with up to two changed, odd, misplaced or missing words."""
    made = [*draw(sound(commands))]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(made) - 1))
        word = made[place]
        letter = draw(st.integers(0, max(0, len(word) - 1)))
        new = draw(words() | st.sampled_from(sorted(VALUES)) | st.sampled_from(_WORDS))
        made[place : place + 1] = {
            "a letter less": [word[:letter] + word[letter + 1 :]],
            "a letter twice": [word[: letter + 1] + word[letter:]],
            "capitals": [word.upper()],
            "another": [new],
            "more": [word + new],
            "=": [f"{word}={new}"],
            "inserted": [new, word],
            "twice": [word, word],
            "left out": [],
        }[draw(st.sampled_from(CHANGES))]
        if not made:
            break
    return tuple(made)


CHANGES = (
    *("a letter less", "a letter twice", "capitals", "another", "more", "=", "inserted", "twice"),
    "left out",
)

"""Let `pytest claims` judge the claims of this project; see `repro.plugin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.paths import choose_caches

choose_caches()  # before the next imports, which import numba

from repro.plugin.claims_plugin import ClaimsPlugin  # noqa: E402
from repro.plugin.options import add_options  # noqa: E402
from repro.plugin.project import Project  # noqa: E402

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the plugin and its connection to this project: here, because both add options."""
    plugin = ClaimsPlugin(lambda _blocks: {}, ())
    pluginmanager.register(plugin)
    pluginmanager.register(Project(plugin))
    add_options(parser)

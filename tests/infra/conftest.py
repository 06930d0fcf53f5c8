"""The synthesized templates, asked about by type and name rather than by logical id."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.resources import Resources


@pytest.fixture(params=["dev", "prod"])
def resources(request: pytest.FixtureRequest) -> Resources:
    """Of every environment in turn: what a test says holds in each."""
    template: Mapping[str, Any] = request.getfixturevalue(f"{request.param}_template")
    return Resources(template)


@pytest.fixture
def prod(prod_template: Mapping[str, Any]) -> Resources:
    return Resources(prod_template)


@pytest.fixture
def dev(dev_template: Mapping[str, Any]) -> Resources:
    return Resources(dev_template)

"""The synthesized templates as fixtures, for queries by type and name, not by logical ID."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.environment import ENVIRONMENTS
from tests import synthesis
from tests.infra.monitoring import Monitoring
from tests.infra.resources import Resources


@pytest.fixture(params=["dev", "prod"])
def resources(request: pytest.FixtureRequest) -> Resources:
    """The resources of each environment in turn: the test must pass in both."""
    template: Mapping[str, Any] = request.getfixturevalue(f"{request.param}_template")
    return Resources(template)


@pytest.fixture(params=["dev", "prod"])
def all_functions(request: pytest.FixtureRequest) -> Resources:
    """The resources of each environment in turn, with the optional functions too."""
    return Resources(synthesis.complete_template(request.param))


@pytest.fixture
def prod(prod_template: Mapping[str, Any]) -> Resources:
    return Resources(prod_template)


@pytest.fixture
def dev(dev_template: Mapping[str, Any]) -> Resources:
    return Resources(dev_template)


@pytest.fixture(scope="module", params=["dev", "prod"])
def monitoring(request: pytest.FixtureRequest) -> Monitoring:
    environment = ENVIRONMENTS[request.param]
    return Monitoring(replace(environment, alarm_address="oncall@example.com"))

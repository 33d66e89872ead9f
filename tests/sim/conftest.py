"""Cities to simulate: fresh databases as `fisc.app.setup` leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import _copy_of, _ready

NewCity = Callable[[], str]


@pytest.fixture(scope="module")
def new_city(server_dsn: str) -> Iterator[NewCity]:
    """Makes fresh databases; dropped after the module's tests."""
    template = _ready(server_dsn)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_copy_of(server_dsn, template))

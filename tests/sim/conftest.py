"""Cities to simulate: fresh databases as `fisc.app.setup` leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import _copy_of, _set_up, _template

NewCity = Callable[[], str]


@pytest.fixture(scope="module")
def new_city(server_dsn: str) -> Iterator[NewCity]:
    """Makes fresh databases; dropped after the module's tests."""
    template = _template(server_dsn, "fisc_ready", _set_up)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_copy_of(server_dsn, template))

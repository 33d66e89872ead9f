"""A file that a use case answers with."""

from __future__ import annotations

from typing import NamedTuple


class GivenFile(NamedTuple):
    """A file by its number, its bytes, and whether it was made now or is the one that was made before."""

    number: str
    content: bytes
    is_new: bool

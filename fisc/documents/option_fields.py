"""What a use case takes once for all its items, as fields: the parameters of its service beside the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from typing import Any, Final, get_args, get_origin

from fisc.documents.inputs import Field, bare_type, field_of


def is_set(kind: Any) -> bool:
    """Whether a parameter takes a set: of items, or of numbers."""
    origin = get_origin(kind)
    if not isinstance(origin, type) or not issubclass(origin, Sequence):
        return False
    inner = get_args(kind)[0]
    return inner is str or is_dataclass(inner)


#: Parameters of services that doors call by the element's name.
_CALLED: Final = {
    "region": "mof_div_code",
    "fund": "fund_type_code",
    "regions": "mof_div_codes",
    "year": "fiscal_year",
}


def option_field(
    name: str, kind: Any, default: Any, headings: tuple[tuple[str, str], ...], *, is_required: bool
) -> Field:
    """The field of a parameter. Raises Undeclared for a type or name that is not known."""
    bare, is_optional = bare_type(kind)
    if is_set(bare) and get_args(bare)[0] is str:
        bare = tuple[str, ...]
    called = _CALLED.get(name, name)
    made = field_of(called, bare, None if is_required else default, (name,), dict(headings))
    return replace(made, is_required=is_required and not is_optional)

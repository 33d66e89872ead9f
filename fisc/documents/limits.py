"""What a whole number that people give may be: marks on the types of fields. Which texts are reasons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin


@dataclass(frozen=True, slots=True)
class Between:
    """Marks a whole number of which fewer, or more, make no sense: `limit: Annotated[int, Between(1)]`."""

    least: int
    most: int | None = None


#: Bytes of a file that a service takes as it is, at most.
MOST_BYTES: Final = 100 << 20
#: A month of the books: with 0, the year's opening, and 13, its end.
BookMonth = Annotated[int, Between(0, 13)]
#: A month of the calendar, which every whole number that is called a month is, unless marked otherwise.
_MONTHS: Final = Between(1, 12)

#: Texts that lift a question or a refusal, whatever the document: each says something, or nothing at all.
REASONS: Final = ("confirm_reason", "repeat_reason")


def limits_of(name: str, kind: Any) -> Between | None:
    """The limits of a field of a name and type; None where it may be any, or is no whole number."""
    marked = (one for one in getattr(kind, "__metadata__", ()) if isinstance(one, Between))
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    is_month = bare is int and (name == "month" or name.endswith("_month"))
    return next(marked, _MONTHS if is_month else None)


def bytes_of(path: Path) -> bytes:
    """A file as it is; of one that is too large enough of it to be refused for that."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)

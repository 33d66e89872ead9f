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

#: Texts that say why, besides those called a reason: of a void statement.
_WHYS: Final = ("void_note",)


class NotOurs:
    """Marks a text called a reason that no officer says: it is a bank's, as it came."""


#: What a bank says, in its own words: `reason: WordsOfOthers`.
WordsOfOthers = Annotated[str, NotOurs()]


def says_why(name: str) -> bool:
    """Whether a text of this name is a reason, whatever the document: it says something, or nothing at all.

    What officers write beside a step (`note`) is one where the step says why: `fisc.documents.flow.Move`.
    """
    return name == "reason" or name.endswith("_reason") or name in _WHYS


def is_reason(name: str, kind: Any) -> bool:
    """Whether a field of a name and type is a reason of whoever fills it in."""
    marks = getattr(kind, "__metadata__", ())
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return bare is str and says_why(name) and not any(isinstance(one, NotOurs) for one in marks)


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

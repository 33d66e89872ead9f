"""Moments as people write and read them: Beijing time, whatever the machine's own clock is set to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from fisc.kernel.periods import BEIJING
from fisc.reading.bind import FigureError


def _given(context: typer.Context, text: str) -> str:
    """An empty moment that somebody wrote (a variable that was not set) is no moment, and not the present."""
    source = context.get_parameter_source("as_of")
    if not text.strip() and source is not None and source.name == "COMMANDLINE":
        raise typer.BadParameter("--as-of 没有给出时刻；问现在就不要写 --as-of / an empty moment")
    return text


AsOf = Annotated[
    str,
    typer.Option(
        "--as-of", callback=_given, help="按当时所知：时刻，如 2026-01-31T18:00 / what was known at a moment"
    ),
]
_SHOWN = "%Y-%m-%d %H:%M:%S"


def moment_of(text: str) -> datetime:
    """A moment as people write it; Beijing time unless it names an offset. Raises FigureError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FigureError(
            f"“{text}”不是时刻", hint="写法如 2026-01-31 或 2026-01-31T18:00:00+08:00"
        ) from None
    return placed(moment)


def asked(as_of: str) -> datetime | None:
    """The moment of an `AsOf`, None where none is given.

    Raises FigureError for what is no moment, and for one that has not come yet: what will be known then is
    not known.
    """
    moment = moment_of(as_of) if as_of else None
    if moment and moment > datetime.now(BEIJING):
        raise FigureError(
            f"{shown(moment)} 还没有到，那时知道什么现在还不知道",
            hint="请给过去的时刻；问现在就不要写 --as-of",
        )
    return moment


def placed(moment: datetime) -> datetime:
    """The moment in Beijing time; one without an offset is meant so."""
    return moment.astimezone(BEIJING) if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def shown(moment: datetime) -> str:
    """A moment as lists show it, to the second: 2026-01-31 18:00:00."""
    return placed(moment).strftime(_SHOWN)

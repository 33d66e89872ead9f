"""Documents pass the fit of their elements here: refused together, or noted where the region has it noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents.errors import RuleBroken
from fisc.documents.refusals import LISTED, listed
from fisc.kernel import Coding
from fisc.kernel.findings import Finding
from fisc.registry import elements
from fisc.registry.fit_types import Misfit, State


class Used(NamedTuple):
    """A coding block that a document puts money on: the document's key, the line in words, its amount.

    `state` says how far the block is settled, and so what it must say.
    """

    document: str
    line: str
    coding: Coding
    amount_fen: int = 0
    state: State = State.QUOTA


def require_fitting(conn: psycopg.Connection[Any], used: Iterable[Used]) -> list[Finding]:
    """What of these blocks is to be noted, for who keeps it beside the documents.

    Raises RuleBroken naming every line whose elements do not fit.
    """
    given = list(used)
    found = elements.misfits_of(conn, ((one.coding, one.state) for one in given))
    faults = [(one, misfit) for one in given for misfit in found.get((one.coding, one.state), ())]
    refuse([(one.line, misfit) for one, misfit in faults if not misfit.is_noted])
    return [_noted(one, misfit) for one, misfit in faults if misfit.is_noted]


def refuse(faults: Sequence[tuple[str, Misfit]]) -> None:
    """Raise RuleBroken for lines (in words) with what does not fit in them, if there are any."""
    if faults:
        raise refusal(faults)


def refusal(faults: Sequence[tuple[str, Misfit]]) -> RuleBroken:
    """The refusal of lines with what does not fit in them."""
    said = [f"{line} {misfit.what}" if line else misfit.what for line, misfit in faults]
    rules = dict.fromkeys(misfit.rule for _, misfit in faults)
    hints = dict.fromkeys(misfit.hint for _, misfit in faults)
    return RuleBroken(
        f"要素不符：{listed(said, mark='；')}", rule="；".join(rules), hint="；".join(hints),
        details={"refused": len(said), "items": said[:LISTED]},
    )  # fmt: skip


_HINT: Final = "请核对要素；确有依据的，请在疑点中说明"


def _noted(used: Used, misfit: Misfit) -> Finding:
    return Finding(
        misfit.rule_id, misfit.name, f"{used.line} {misfit.what}", misfit.rule, used.coding.mof_div_code,
        used.coding.fiscal_year, used.document, used.line, amount_fen=used.amount_fen, hint=_HINT,
    )  # fmt: skip

"""What people do with elements, as use cases: agencies, projects, payees, themes and tags by year.

    *keeps(AGENCIES, "agencies")

declares `registry.define-agencies`, `registry.revise-agencies` and `registry.list-agencies`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

import psycopg

from fisc.documents.inputs import OneOf
from fisc.documents.use_case import UseCase
from fisc.registry import elements
from fisc.registry.elements import table
from fisc.registry.elements.accounts import accounts_by_payee
from fisc.registry.elements.defining import DUTY
from fisc.registry.elements.items import AGENCIES, KINDS, PAYEES, PROJECTS, TAGS, THEMES, Kind

Conn = psycopg.Connection[Any]
Told = dict[str, Any]
_DEFINED: Final[dict[str, Callable[..., list[bool]]]] = {
    "agencies": elements.define_agencies, "projects": elements.define_projects,
    "payees": elements.define_payees, "themes": elements.define_themes, "tags": elements.define_tags,
}  # fmt: skip
#: What elements people take out of use, and into use again.
_NAMED: Final = OneOf({kind.name: kind.label for kind in KINDS.values()}, "要素")


def use_cases() -> tuple[UseCase, ...]:
    """The use cases of every kind of element."""
    kept = (one for kind in (AGENCIES, PROJECTS, PAYEES, THEMES, TAGS) for one in keeps(kind, kind.name))
    return (
        *kept,
        UseCase("registry.disable", disable, name="停用要素", duty=DUTY),
        UseCase("registry.enable", enable, name="恢复启用要素", duty=DUTY),
        UseCase("registry.roll-over", elements.roll_over, name="要素年度结转", duty=DUTY),
    )


#: What marks are of that projects and quotas bear.
_LABEL_KINDS: Final = {
    "three_guarantees": "三保", "direct_fund": "直达资金", "public_benefit": "惠企利民", "reach": "到人到户",
    "livelihood": "民生", "special_fund": "专项资金",
}  # fmt: skip


def keeps(kind: Kind, noun: str) -> tuple[UseCase, ...]:
    """The use cases that record elements of a kind, revise and list them; `noun` is what commands say."""
    fixed = {"duty": DUTY} if kind is PROJECTS else {}
    named = {"kind": _LABEL_KINDS} if kind in (THEMES, TAGS) else {}
    return (
        UseCase(
            f"registry.define-{noun}", _DEFINED[kind.name], name=f"登记{kind.label}", duty=DUTY, fixed=fixed
        ),
        UseCase(f"registry.revise-{noun}", _revising(kind), name=f"修订{kind.label}", duty=DUTY),
        UseCase(
            f"registry.list-{noun}", _listing(kind), name=f"{kind.label}清单", named=named, is_for_units=True
        ),
    )


def disable(
    conn: Conn, codes: Sequence[str], *, kind: Annotated[str, _NAMED], fiscal_year: int,
    mof_div_code: str = "", reason: str, by: str, on: date,
) -> list[bool]:  # fmt: skip
    """Take elements of a year out of use: True where done now. Raises as `elements.disable`."""
    return elements.disable(
        conn, kind, _keys(kind, codes, fiscal_year, mof_div_code), by=by, on=on, reason=reason
    )


def enable(
    conn: Conn, codes: Sequence[str], *, kind: Annotated[str, _NAMED], fiscal_year: int,
    mof_div_code: str = "", reason: str, by: str, on: date,
) -> list[bool]:  # fmt: skip
    """Take disabled elements into use again: True where done now. Raises as `elements.enable`."""
    return elements.enable(
        conn, kind, _keys(kind, codes, fiscal_year, mof_div_code), by=by, on=on, reason=reason
    )


def _keys(kind: str, codes: Sequence[str], fiscal_year: int, mof_div_code: str) -> list[elements.Key]:
    """Payees, themes and tags serve every region and have none."""
    where = mof_div_code if KINDS[kind].is_regional else ""
    return [elements.Key(fiscal_year, code, where) for code in codes]


def _revising(kind: Kind) -> Callable[..., list[bool]]:
    """A service that gives recorded elements of a kind other content, with a reason."""

    def work(conn: Conn, items: Sequence[Any], *, by: str, on: date, reason: str) -> list[bool]:
        return elements.revise(conn, kind.name, items, by=by, on=on, reason=reason)

    items: Any = Sequence[kind.item]  # type: ignore[name-defined]
    return _signed(work, f"revise_{kind.name}", items=items)


def _listing(kind: Kind) -> Callable[..., list[Told]]:
    """A service that lists a kind's elements of a year, those that are disabled too.

    `reason` is why each was last revised or taken out of use or in again; payees come with their `accounts`.
    """

    def work(conn: Conn, *, fiscal_year: int, mof_div_code: str = "", code: str = "") -> list[Told]:
        found = elements.find(
            conn, kind.name, fiscal_year, mof_div_code if kind.is_regional else "",
            codes=[code] if code else None, enabled_only=False,
        )  # fmt: skip
        reasons = table.last_reasons(conn, kind, fiscal_year)
        rows = [_told(one) | {"reason": reasons.get(kind.key(one.item), one.disable_reason)} for one in found]
        if kind is PAYEES:
            accounts = accounts_by_payee(conn, fiscal_year, code)
            rows = [row | {"accounts": _held(accounts.get(row["payee_code"], ()))} for row in rows]
        return rows

    dropped = () if kind.is_regional else ("mof_div_code",)
    return _signed(work, f"list_{kind.name}", *dropped)


def _held(accounts: Sequence[elements.PayeeAccount]) -> list[Told]:
    """Accounts as they stand beside their payee."""
    return [{"acct_no": a.acct_no, "bank_no": a.bank_no, "is_usable": a.is_usable} for a in accounts]


def _told(one: elements.Record) -> Told:
    said = {field.name: getattr(one.item, field.name) for field in fields(one.item)}
    return said | {"is_enabled": one.is_enabled, "disabled_on": one.disabled_on}


def _signed(work: Callable[..., Any], name: str, *dropped: str, **said: Any) -> Callable[..., Any]:
    """A service by its name, with the types `said` and without what a kind does not have."""
    found = inspect.signature(work, eval_str=True).parameters.values()
    kept = [
        one.replace(annotation=said.get(one.name, one.annotation)) for one in found if one.name not in dropped
    ]
    made = partial(work)
    made.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    made.__name__ = name  # type: ignore[attr-defined]
    return made

"""The form of items: codes, numbers and values that can be told wrong without asking the database.

Lengths and closed lists are shipped tables (element_forms.csv, element_values.csv).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fisc.registry import carried
from fisc.registry.code_forms import forms
from fisc.registry.credit_codes import credit_code_fault
from fisc.registry.elements.items import Agency, Kind, Payee, Project, Tag, Theme
from fisc.registry.elements.problems import Problem
from fisc.registry.value_lists import values
from fisc.registry.written import is_name

_YEARS: Final = range(2000, 2100)


class Fault(NamedTuple):
    """What is wrong in a column of an item, and in which of its accounts."""

    column: str
    why: str
    part: int = 0


def value_words(element: str, code: str) -> str:
    """A value of an element's closed list as people read it: its code, and its name where it has one."""
    return " ".join(filter(None, (code, values().get(element, {}).get(code))))


def problems(kind: Kind, items: Sequence[Any]) -> list[Problem]:
    """What is wrong with the form of items of a kind, in their order."""
    look = _LOOKS[kind.item]
    return [
        Problem(index, f"{kind.key(item).code} {item.name}", fault.why, column=fault.column, part=fault.part)
        for index, item in enumerate(items)
        for fault in look(item)
    ]


def same_name(one: str, other: str) -> bool:
    """Whether two printed names are one: width of marks and spaces do not count."""
    return one == other or _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _code(element: str, text: str, may_be_empty: bool = False) -> Iterator[Fault]:
    if not text and may_be_empty:
        return
    fault = forms()[element].fault(text) if text else f"没有{forms()[element].name}"
    if fault:
        yield Fault(element, fault)


def _value(element: str, text: str, may_be_empty: bool = False) -> Iterator[Fault]:
    known = values()[element]
    if text not in known and not (may_be_empty and not text):
        offered = "、".join(f"{code} {name}" for code, name in known.items())
        yield Fault(element, f"没有取值“{text}”，可用：{offered}")


def _common(item: Any) -> Iterator[Fault]:
    if item.fiscal_year not in _YEARS:
        yield Fault("fiscal_year", f"预算年度 {item.fiscal_year} 不成立")
    if not is_name(item.name):
        yield Fault("name", "名称是空的、首尾有空格，或含不可见字符")


def _agency(item: Agency) -> Iterator[Fault]:
    yield from _common(item)
    yield from _code("mof_div_code", item.mof_div_code)
    yield from _code("agency_code", item.agency_code)
    yield from _code("dept_code", item.dept_code, may_be_empty=True)
    yield from _code("manage_mof_dep_code", item.manage_mof_dep_code, may_be_empty=True)
    yield from _value("agency_kind", item.kind)


def _project(item: Project) -> Iterator[Fault]:
    yield from _common(item)
    yield from _code("mof_div_code", item.mof_div_code)
    yield from _code("pro_code", item.pro_code)
    yield from _code("agency_code", item.agency_code, may_be_empty=True)
    yield from _value("pro_kind_code", item.pro_kind_code, may_be_empty=True)
    for element, codes in (("theme_code", item.theme_codes), ("tag_code", item.tags)):
        for code in codes:
            yield from _code(element, code)


def _payee(item: Payee) -> Iterator[Fault]:
    yield from _common(item)
    yield from _code("payee_code", item.payee_code)
    yield from _value("payee_kind", item.kind)
    if item.credit_code and (why := credit_code_fault(item.credit_code)):
        yield Fault("credit_code", why)
    if is_name(item.name) and (why := carried.fault(carried.NAME, item.name)):
        yield Fault("name", why)
    for part, account in enumerate(item.accounts):
        found = (*_code("acct_no", account.acct_no), *_code("bank_no", account.bank_no, may_be_empty=True))
        yield from (fault._replace(part=part) for fault in found)
        if not found and (
            why := carried.first_fault(((carried.ACCOUNT, account.acct_no), (carried.BANK, account.bank_no)))
        ):
            yield Fault("acct_no", why, part)
        if account.acct_name and not same_name(account.acct_name, item.name):
            why = f"账号 {account.acct_no} 的户名“{account.acct_name}”不是收款人名称“{item.name}”"
            yield Fault("acct_name", why, part)


def _theme(item: Theme) -> Iterator[Fault]:
    yield from _common(item)
    yield from _code("theme_code", item.code)


def _tag(item: Tag) -> Iterator[Fault]:
    yield from _common(item)
    yield from _code("tag_code", item.code)


_LOOKS: Final[Mapping[type[Any], Callable[[Any], Iterator[Fault]]]] = {
    Agency: _agency, Project: _project, Payee: _payee, Theme: _theme, Tag: _tag,
}  # fmt: skip

"""What is done with settings of a region: made by one officer, put in force by another.

A setting says its kind (`setting_kinds.csv`), a value that the kind takes, the day from which it holds and
the paper it rests on. Nothing that held is changed: a later setting takes its place from its own day on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.documents import RuleBroken, advance, taken
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.offers import offered
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By, make
from fisc.kernel import FiscError
from fisc.kernel.money import AmountError, format_fen, parse_amount
from fisc.kernel.posting import in_transaction
from fisc.regional.kinds import SETTING
from fisc.registry import classifications, own_settings, regions
from fisc.registry.setting_kinds import SettingKind, setting_kinds
from fisc.registry.settings import livelihood_sets
from fisc.settings import INSTALLED_APPS

if TYPE_CHECKING:
    from fisc.regional.models import SettingDocument

Conn = psycopg.Connection[Any]
_RULE: Final = "地区设定由两名人员办理，写明取值、起始日期和依据文号；原有的设定保留，后来的接替"
_SETTINGS: Final = OneOf(lambda: {code: kind.name for code, kind in setting_kinds().items()}, "设定事项")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting from a day on; `figure` begins the figures meant.

    Of a livelihood set the value is the id of a known one, or title, version and functional classes are said:
    a set of the region's own.
    """

    setting_no: str
    mof_div_code: str
    setting: Annotated[str, _SETTINGS]
    valid_from: date
    approval_no: str
    value: str = ""
    figure: str = ""
    title: str = ""
    version: str = ""
    exp_func_codes: tuple[str, ...] = ()


def make_settings(conn: Conn, settings: Sequence[Setting], *, by: By, on: date) -> list[bool]:
    """Make settings (编制), all or none: True where new; nothing holds yet.

    Raises RuleBroken for a value that the setting does not take, and a day that it cannot begin on.
    """

    def work() -> list[bool]:
        given = [_normal(one) for one in settings]
        _require_sound({one.setting_no: _faults(one, on) for one in given})
        rows = [SETTING.row(one, doc_key=one.setting_no, fiscal_year=one.valid_from.year) for one in given]
        return make(conn, SETTING, fresh(conn, SETTING, rows), by=by, on=on)

    return in_transaction(conn, work)


def approve_settings(conn: Conn, setting_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Put settings in force (审核生效): True where this call did it. What made them sound is asked again.

    Raises as `make_settings`; WrongState, FourEyes.
    """

    def work() -> list[bool]:
        keys = current(conn, SETTING, setting_nos)
        moved = advance(conn, SETTING, keys, "approve", by=by, on=on)
        _require_sound({one.doc_key: _faults(one, on) for one in moved})
        return taken(keys, moved)

    done = in_transaction(conn, work)
    own_settings.KEPT.forget()
    return done


def discard_settings(
    conn: Conn, setting_nos: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Give settings up before they hold (作废); their numbers may be entered anew."""
    return move_last(conn, SETTING, setting_nos, "discard", by=by, on=on, note=note)


def _normal(one: Setting) -> Setting:
    """A setting as it is recorded: an amount or a rate with two decimals and no commas, single blanks."""
    kind = setting_kinds().get(one.setting)
    value = " ".join(one.value.split())
    if kind and kind.takes in ("amount", "rate"):
        with suppress(AmountError):  # told with what else is wrong
            value = format_fen(parse_amount(value)).replace(",", "")
    return replace(one, value=value)


def _require_sound(faults: dict[str, Iterator[str]]) -> None:
    wrong: dict[str, FiscError] = {}
    for number, found in faults.items():
        if told := "；".join(found):
            wrong[number] = RuleBroken(
                f"{SETTING.name} {number}：{told}", rule=_RULE,
                hint="各事项的取值见 fisc registry list setting_kinds；"
                "现在的设定见 fisc registry settings-in-force",
            )  # fmt: skip
    refuse_all(wrong)


def _faults(one: Setting | SettingDocument, on: date) -> Iterator[str]:
    kind = setting_kinds().get(one.setting)
    if kind is None:
        yield f"没有设定事项 {one.setting}；可用的事项：{'、'.join(setting_kinds())}"
        return
    if one.mof_div_code != regions.own(one.mof_div_code):
        yield f"{one.mof_div_code} 不是一级政府的代码（末三位 000）"
    if not one.approval_no.strip():
        yield "没有写明依据文号"
    yield from _faults_of_day(one, kind, on)
    yield from _faults_of_rest(one, kind)
    yield from _VALUES[kind.takes](one, kind)


def _faults_of_day(one: Setting | SettingDocument, kind: SettingKind, on: date) -> Iterator[str]:
    """Years begin with January; what is done by the day is not judged by what was settled afterwards."""
    if kind.is_yearly and (one.valid_from.month, one.valid_from.day) != (1, 1):
        yield f"{kind.name}按年度设定，起始日期应为 1 月 1 日，不是 {one.valid_from}"
    if not kind.is_yearly and one.valid_from < on:
        yield f"{kind.name}不溯及以往：起始日期 {one.valid_from} 早于办理日 {on}"


def _faults_of_rest(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    """What only settings of another kind say."""
    if one.figure and kind.setting != "figure_area":
        yield f"{kind.name}不写指标编号"
    if (one.title or one.version or one.exp_func_codes) and kind.takes != "livelihood_set":
        yield f"{kind.name}不写口径的名称、版本和所列功能分类"


def _amount(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    try:
        if parse_amount(one.value) <= 0:
            yield f"{kind.name}须大于零，不是 {one.value}"
    except AmountError as error:
        yield error.message


def _rate(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    """A rate of a year in per cent, to a basis point."""
    said = list(_amount(one, kind))
    if not said and parse_amount(one.value) > _WHOLE_BP:
        said.append(f"{kind.name}以百分数填写，不高于 100，不是 {one.value}")
    yield from said


_WHOLE_BP: Final = 10_000


def _days(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    if not (one.value.isascii() and one.value.isdigit() and int(one.value) <= _MOST_DAYS):
        yield f"{kind.name}应为 0 至 {_MOST_DAYS} 的整数，不是“{one.value}”"


_MOST_DAYS: Final = 366


def _choice(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    if one.value not in kind.choices:
        told = "、".join(f"{code}（{name}）" for code, name in kind.choices.items())
        yield f"{kind.name}没有取值“{one.value}”，可用：{told}"
    if kind.setting == "figure_area" and not one.figure:
        yield "没有写明是哪些指标：请写指标编号或它的开头（fisc figures list）"
    if one.figure and not any(f"{known}.".startswith(f"{one.figure}.") for known in _figure_ids()):
        yield f"没有指标 {one.figure}，也没有以它开头的（fisc figures list）"


@cache
def _figure_ids() -> frozenset[str]:
    """The ids of all figures that domains offer."""
    return frozenset(figure.id for figure in offered(INSTALLED_APPS, "figures", "FIGURES"))


def _words(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    if not one.value:
        yield f"{kind.name}没有写关键字"


def _livelihood(one: Setting | SettingDocument, kind: SettingKind) -> Iterator[str]:
    if not one.exp_func_codes:
        if one.value not in livelihood_sets():
            known = "、".join(f"{code}（{found.title}）" for code, found in livelihood_sets().items())
            yield f"没有口径“{one.value}”，已知的有：{known}；自定的口径写明名称、版本和所列功能分类"
        if one.title or one.version:
            yield "自定的口径没有写所列功能分类"
        return
    if one.value:
        yield "自定的口径以单据编号为代号，不另写取值"
    if not (one.title.strip() and one.version.strip()):
        yield "自定的口径没有写名称或版本"
    codes, year = list(one.exp_func_codes), one.valid_from.year
    for code in codes:
        if why := classifications.unknown("exp_func", code, year, "111"):
            yield f"一般公共预算的科目：{why}"
        if twice := [other for other in codes if other.startswith(code) and other != code]:
            yield f"{code} 已包括 {'、'.join(twice)}"
    if len(set(codes)) < len(codes):
        yield "同一功能分类列了两次"


_VALUES: Final = {
    "amount": _amount,
    "rate": _rate,
    "days": _days,
    "choice": _choice,
    "words": _words,
    "livelihood_set": _livelihood,
}

"""Who may act, asked before a use case does anything: sight first, then duty, and only then what stands.

The database's guards refuse whoever may not take a step; but a service may have told by then where a document
stands, or that there is one. What lies where an officer sees nothing sounds like what does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from fisc.documents.errors import MissingDuty
from fisc.documents.refusals import listed
from fisc.documents.sight import Owned, names_in, none_of, sees_all
from fisc.documents.store import By, officers_of
from fisc.kernel import FiscError
from fisc.registry.officers import Officer, duty_names, officers_by_code

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]


class Acting(NamedTuple):
    """One item, by its number, the officer who acts on it (None: not registered), where, and on what."""

    number: str
    code: str
    officer: Officer | None
    mof_div_code: str
    owned: Sequence[Owned] = ()


def require_may_act(conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By) -> None:
    """Raise NotFound for what is named and who acts does not see, MissingDuty where they lack the duty.

    `by` is one officer for all that is `given`, or one for each. Refusals name the numbers they concern.
    """
    judged = _judged(conn, case, given, said, by)
    if judged.hidden:
        names = list(dict.fromkeys(judged.hidden.values()))
        raise none_of(case, names, [judged.acting[place].number for place in judged.hidden])
    if judged.lacking:
        raise _missing(case, [judged.acting[place] for place in judged.lacking])


def refusals(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By
) -> dict[int, FiscError]:
    """As `require_may_act`, for each by itself: the place of what is refused among the `given`, and why."""
    judged = _judged(conn, case, given, said, by)
    found: dict[int, FiscError] = {
        place: none_of(case, [name], [judged.acting[place].number]) for place, name in judged.hidden.items()
    }
    return {place: _missing(case, [judged.acting[place]]) for place in judged.lacking} | found


class _Judged(NamedTuple):
    """What acts on what; by place, the names of what is hidden from who acts, and who lacks the duty."""

    acting: Sequence[Acting]
    hidden: Mapping[int, str]
    lacking: Sequence[int]


def _judged(conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By) -> _Judged:
    numbers = case.numbers_of(given) or [""]
    codes = officers_of(by, len(numbers))
    known = officers_by_code(conn, set(codes))
    beside = str(said.get("region") or said.get("mof_div_code") or "")
    places = [str(getattr(one, "mof_div_code", "") or beside) for one in given] or [beside]
    asked = [
        Acting(number, code, known.get(code), place)
        for number, code, place in zip(numbers, codes, places, strict=True)
    ]
    acting, hidden = _with_owners(conn, case, asked, given, said)
    return _Judged(acting, hidden, [place for place, one in enumerate(acting) if not _holds(case, one)])


def _with_owners(
    conn: Conn, case: UseCase, acting: Sequence[Acting], given: Sequence[Any], said: Mapping[str, Any]
) -> tuple[Sequence[Acting], dict[int, str]]:
    """The items with whose things they name, and those that who acts does not see.

    Who is not registered is told of the duty they lack.
    """
    if case.asked_of is None:
        return acting, {}
    names = names_in(case, case.asked_of, given, said)
    names = names * len(acting) if len(names) == 1 else names
    owned = case.asked_of.find(conn, names, {**case.fixed, **said})
    found = [one._replace(owned=owned.get(name, ())) for one, name in zip(acting, names, strict=True)]
    hidden = {
        place: name for place, (one, name) in enumerate(zip(found, names, strict=True))
        if not (one.owned if one.officer is None else sees_all(one.officer, one.owned))
    }  # fmt: skip
    return found, hidden


def _holds(case: UseCase, one: Acting) -> bool:
    """Whether an officer has the duty, where they act; of a step the guard of the documents asks the same."""
    if one.officer is None or case.duty_code not in one.officer.duties:
        return False
    own = one.officer.mof_div_code
    if not case.moves_by:
        return not one.mof_div_code or own in ("", one.mof_div_code)
    return all(own in ("", each["mof_div_code"]) and _is_of_unit(one.officer, each) for each in one.owned)


def _is_of_unit(officer: Officer, owned: Owned) -> bool:
    """Whether an officer acts for the unit or department of a document; who is of none acts for all."""
    if not officer.agency_code or owned.get("agency_code") is None:
        return True
    return officer.agency_code in (owned["agency_code"], owned.get("dept_code"))


def _missing(case: UseCase, lacking: Sequence[Acting]) -> MissingDuty:
    duty, numbers = duty_names()[case.duty_code], [one.number for one in lacking if one.number]
    about = f"：{listed(numbers, most=5)}" if numbers else ""
    return MissingDuty(
        f"人员 {lacking[0].code} 没有本区划的岗位“{duty}”，不能办理“{case.title}”{about}",
        rule="内部控制规范：按岗位授权（财会〔2012〕21号）", hint="请由持有该岗位的本区划、本单位人员办理",
        details={"officer": lacking[0].code, "duty": case.duty_code, "keys": numbers[:20],
                 "refused": len(lacking)},
    )  # fmt: skip

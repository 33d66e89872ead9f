"""Who may act, asked before a use case does anything: sight first, then duty, and only then what stands.

The database's guards refuse whoever may not take a step; but a service may have told by then where a document
stands, or that there is one. What lies where an officer sees nothing sounds like what does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from fisc.documents.errors import MissingDuty
from fisc.documents.naming import Strange, refusal_of, strange_names
from fisc.documents.refusals import listed
from fisc.documents.sight import Owned, names_in, none_of, sees_all
from fisc.documents.store import By, officers_of
from fisc.kernel import FiscError
from fisc.registry.officers import Officer, duty_names, officers_by_code

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]


class _Judged(NamedTuple):
    """By place among the items: their numbers, who acts, what they name, and who is refused what."""

    numbers: Sequence[str]
    officers: Sequence[str]
    names: Sequence[str]
    hidden: Sequence[int]
    lacking: Sequence[int]
    strange: Sequence[Strange]


def require_may_act(conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By) -> None:
    """Raise NotFound for what is named and who acts does not see, MissingDuty where they lack the duty.

    `by` is one officer for all that is `given`, or one for each. Refusals name the numbers they concern.
    """
    judged = _judged(conn, case, given, said, by)
    if judged.hidden:
        raise _hidden(case, judged, judged.hidden)
    if judged.strange:
        raise refusal_of(judged.strange, judged.numbers)
    if judged.lacking:
        raise _missing(case, judged, judged.lacking)


def refusals(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By
) -> dict[int, FiscError]:
    """As `require_may_act`, for each by itself: the place of what is refused among the `given`, and why."""
    judged = _judged(conn, case, given, said, by)
    found: dict[int, FiscError] = {place: _missing(case, judged, [place]) for place in judged.lacking}
    for one in judged.strange:
        found[one.place] = refusal_of([one], judged.numbers)
    return found | {place: _hidden(case, judged, [place]) for place in judged.hidden}


def _judged(conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By) -> _Judged:
    """Each item by its officer, its place and whose things it names; those alike in these are judged once."""
    numbers = case.numbers_of(given) or [""]
    codes = officers_of(by, len(numbers))
    known = officers_by_code(conn, set(codes))
    beside = str(said.get("region") or said.get("mof_div_code") or "")
    places = [str(getattr(one, "mof_div_code", "") or beside) for one in given] or [beside]
    names, owners = _named(conn, case, given, said, len(numbers))
    told: dict[tuple[object, ...], tuple[bool, bool]] = {}
    hidden, lacking = [], []
    for at, (code, place, owned) in enumerate(zip(codes, places, owners, strict=True)):
        alike = (code, place, *map(id, owned))
        if alike not in told:
            officer = known.get(code)
            told[alike] = (_sees(case, officer, owned), _holds(case, officer, place, owned))
        sees, holds = told[alike]
        if not sees:
            hidden.append(at)
        if not holds:
            lacking.append(at)
    strange = strange_names(conn, case, given, [known.get(code) for code in codes]) if given else ()
    return _Judged(numbers, codes, names, hidden, lacking, strange)


def _named(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], count: int
) -> tuple[Sequence[str], Sequence[Sequence[Owned]]]:
    """What each of `count` items names, and whose that is; nothing where a use case names nothing."""
    if case.asked_of is None:
        return [""] * count, [()] * count
    names = names_in(case, case.asked_of, given, said)
    names = names * count if len(names) == 1 else names
    owned = case.asked_of.find(conn, names, {**case.fixed, **said})
    return names, [owned.get(name, ()) for name in names]


def _sees(case: UseCase, officer: Officer | None, owned: Sequence[Owned]) -> bool:
    """Whether who acts sees what is named. Who is not registered is told of the duty they lack."""
    if case.asked_of is None:
        return True
    return bool(owned) if officer is None else sees_all(officer, owned)


def _holds(case: UseCase, officer: Officer | None, place: str, owned: Sequence[Owned]) -> bool:
    """Whether an officer has the duty, where they act; of a step the guard of the documents asks the same."""
    if officer is None or case.duty_code not in officer.duties:
        return False
    own = officer.mof_div_code
    if not case.moves_by:
        return not place or own in ("", place)
    return all(own in ("", each["mof_div_code"]) and _is_of_unit(officer, each) for each in owned)


def _is_of_unit(officer: Officer, owned: Owned) -> bool:
    """Whether an officer acts for the unit or department of a document; who is of none acts for all."""
    if not officer.agency_code or owned.get("agency_code") is None:
        return True
    return officer.agency_code in (owned["agency_code"], owned.get("dept_code"))


def _hidden(case: UseCase, judged: _Judged, places: Sequence[int]) -> FiscError:
    names = list(dict.fromkeys(judged.names[at] for at in places))
    return none_of(case, names, [judged.numbers[at] for at in places])


def _missing(case: UseCase, judged: _Judged, places: Sequence[int]) -> MissingDuty:
    duty, officer = duty_names()[case.duty_code], judged.officers[places[0]]
    numbers = [judged.numbers[at] for at in places if judged.numbers[at]]
    about = f"：{listed(numbers, most=5)}" if numbers else ""
    return MissingDuty(
        f"人员 {officer} 没有本区划的岗位“{duty}”，不能办理“{case.title}”{about}",
        rule="内部控制规范：按岗位授权（财会〔2012〕21号）", hint="请由持有该岗位的本区划、本单位人员办理",
        details={"officer": officer, "duty": case.duty_code, "keys": numbers[:20],
                 "refused": len(places)},
    )  # fmt: skip

"""What an officer sees: their region and those below it; of what units own, a unit's officer their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fisc.documents.errors import NotFound
from fisc.documents.store import not_found, read
from fisc.registry import regions
from fisc.registry.officers import Officer

if TYPE_CHECKING:
    import psycopg

    from fisc.documents.use_case import UseCase


def may_see(officer: Officer, mof_div_code: str) -> bool:
    """Whether an officer sees a region: all see their own and those below it, some see every one."""
    own = officer.mof_div_code
    if not own or own == mof_div_code:
        return True
    found = regions.lookup(mof_div_code) if mof_div_code else None
    while found is not None and found.parent:
        if found.parent == own:
            return True
        found = regions.lookup(found.parent)
    return False


def require_sight(officer: Officer, mof_div_code: str) -> None:
    """Raise NotFound for a region that an officer does not see: what lies there is not told either."""
    if not may_see(officer, mof_div_code):
        raise NotFound(
            f"{officer.code} 看不到{f'区划 {mof_div_code}' if mof_div_code else '全部区划'}的数据",
            rule="各级各部门只见本级及所属的数据", hint="请写明本级或所属的区划，或由该区划、上级的人员查看",
        )  # fmt: skip


def sees_unit(officer: Officer, one: Mapping[str, Any]) -> bool:
    """Whether an officer sees what a unit owns: a unit's officer what is theirs, or no unit's.

    `one` names its unit, and may name its department, whose officers see it too.
    """
    own = officer.agency_code
    return not own or one.get("agency_code") in (None, "", own) or one.get("dept_code") == own


def is_common(case: UseCase) -> bool:
    """Whether a question is of what all regions share, as payees and themes are: it names no place."""
    return case.number is None and not case.gives_file and not any(
        field.is_division or field.name == "mof_div_codes" for field in case.options
    )  # fmt: skip


def sees(
    officer: Officer, said: Mapping[str, Any], row: Mapping[str, Any], *, is_common: bool = False
) -> bool:
    """Whether an officer sees a row: by the region it names, or that was asked for; else who sees all.

    What `is_common` to all regions everybody sees.
    """
    inner = row.get("document")
    one = inner if "mof_div_code" not in row and isinstance(inner, Mapping) else row
    if not sees_unit(officer, one):
        return False
    if "mof_div_code" in one:
        return may_see(officer, str(one["mof_div_code"]))
    is_asked = bool(said.get("mof_div_code") or said.get("mof_div_codes"))
    return is_common or is_asked or not officer.mof_div_code


def sees_document(officer: Officer, document: Any) -> bool:
    """Whether an officer sees a document of any kind."""
    named = {name: getattr(document, name, "") for name in ("mof_div_code", "agency_code", "dept_code")}
    return sees(officer, {}, named)


def require_documents(
    conn: psycopg.Connection[Any], officer: Officer, case: UseCase, numbers: Sequence[str]
) -> bool:
    """Whether a use case asks for documents by their numbers; then all of them are seen.

    Raises NotFound for those that do not exist or that the officer does not see: both sound alike.
    """
    if case.kind is None or case.number is None or case.number.name not in ("doc_key", case.kind.number):
        return False
    found = {one.doc_key: one for one in read(conn, case.kind, list(dict.fromkeys(numbers)))}
    if hidden := [key for key, one in found.items() if not sees_document(officer, one)]:
        raise not_found(case.kind, hidden)
    return True

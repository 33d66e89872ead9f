"""Every use case, by group: what `fisc GROUP VERB`, the API and the forms are made from.

A domain offers its own as `USE_CASES` of its module `use_cases`; a city's own domains do so too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from fisc.documents.errors import NotFound
from fisc.documents.offers import offered
from fisc.documents.use_case import UseCase
from fisc.settings import INSTALLED_APPS


@cache
def use_cases() -> dict[str, UseCase]:
    """Code -> use case, domain by domain. Raises Undeclared where one does not fit its service."""
    found: dict[str, UseCase] = {}
    for one in _offered(INSTALLED_APPS):
        one.check()
        if found.setdefault(one.code, one) is not one:
            raise ValueError(f"{one.code} is declared twice")
    return found


#: Groups that are not called after the one domain that brings them.
_GROUPS: Final = {
    "treasury": ("treasury", "cash", "rosters"), "findings": ("documents",), "officers": ("documents",),
    "registry": ("documents", "regional"), "books": ("documents", "reading", "closing", "disclosure"),
    "year-end": ("closing",),
}  # fmt: skip


def of_group(group: str) -> list[UseCase]:
    """The use cases of a group, without reading the other domains where its name says which one it is."""
    wanted = _GROUPS.get(group, (group.replace("-", "_"),))
    apps = [app for app in INSTALLED_APPS if app.rpartition(".")[2] in wanted]
    return [one for one in _offered(apps or INSTALLED_APPS) if one.group == group]


def use_case(code: str) -> UseCase:
    """The use case of a code, of its group alone. Raises NotFound."""
    for one in of_group(code.partition(".")[0]):
        if one.code == code:
            one.check()
            return one
    raise NotFound(f"没有用例 {code}", rule="用例先声明后办理", hint="用 fisc docs use-cases 查看全部用例")


def _offered(apps: Iterable[str]) -> Iterable[UseCase]:
    return offered(apps, "use_cases", "USE_CASES")

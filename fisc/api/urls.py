"""Where the API lies: its addresses by group, so that one is found without trying five hundred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, include, path

from fisc.api import problems
from fisc.api.app import PLACE, api

handler400, handler404, handler500 = problems.HANDLERS


def _by_group(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    """The same addresses, those with the same first part below one another."""
    groups: dict[str, list[URLPattern]] = defaultdict(list)
    for one in patterns:
        group, _, rest = str(one.pattern).partition("/")
        if isinstance(one, URLPattern) and rest:
            groups[group].append(path(rest, one.callback, name=one.name))
        else:
            yield one
    for group, inside in groups.items():
        yield path(f"{group}/", include(inside))


_patterns, _app, _namespace = api().urls
urlpatterns = [path(PLACE.removeprefix("/"), (list(_by_group(_patterns)), _app, _namespace))]

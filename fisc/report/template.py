"""A report template: sentences with figure calls -> `Report`.

The template language is Jinja2 (sandboxed, undefined names refused) around the markup of
`fisc.report.parser`. A template sees:

    scope                the `Scope`: name, counties, fiscal_year, compiled_by, dated_on
    city, level          `View`s of the whole city and of the city level, this fiscal year
    next_city, next_level  the same for the next fiscal year
    counties             a `View` per county; each has .name
    receiving            a `View` per county below it, where its own level alone is reported, too
    is_clean             whether this is the clean edition
    whole, own, grade, area, below  what these are called: 全市, 市本级, 市级, 全市, 县（市、区）
    is_own               whether the own level alone is reported: then `whole` is 市本级 too
    fig(id, ...)         city.fig(id, ...)
    merged(parts, ...)   the parts of several breakdowns, each code once
    coded(parts, length, section) the parts whose codes have so many signs, and begin so
    holding(views, id)   the views whose place has a value for the figure
    items(key, views...) the rows of a balance table, see `fisc.report.balance`
    is_alike(key, views, others) whether two such tables would show the same
    is_split(key, view)  whether it is known what of a balance at the end goes on and what nobody needs
    rolled(key, view)    what of a balance stood, moved and stands, see `fisc.report.rolls`; is_held, why_off
    explained(view, ...) where a change comes from, in words; is_worth_saying(view, id): whether to ask
    left_out             has(words, view, ids...): whether the books hold it, else it is noted; rows

Every figure id written in a template is checked before a single figure is computed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from fisc.kernel.errors import FiscError
from fisc.report import balance
from fisc.report.errors import TemplateError
from fisc.report.explained import explained, is_worth_saying
from fisc.report.fonts import require_coverage
from fisc.report.left_out import LeftOut
from fisc.report.marks import Marked, Marks
from fisc.report.model import Report
from fisc.report.parser import Parser
from fisc.report.ports import FigureResult, FigureSource, Place, Scope
from fisc.report.rolls import is_held, rolled, why_off
from fisc.report.views import Desk, View, coded, holding, merged

TEMPLATES = Path(__file__).parent / "templates"
_MAX_ROUNDS = 8
T = TypeVar("T")
_FIGURE_CALLS = {"fig", "value", "is_zero", "change", "amount_change", "claim", "parts"}


#: Further names that a template may use, made afresh for each rendering's desk.
Extras = Callable[[Desk], Mapping[str, Any]]


def no_extras(_: Desk) -> Mapping[str, Any]:
    """No further names."""
    return {}


def compose(
    name: str, source: FigureSource, scope: Scope, extras: Extras = no_extras, *, is_clean: bool = False
) -> Report:
    """The report of the shipped template `name` (file name in templates/); as `compose_text` makes it."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return compose_text(text, name, source, scope, extras, is_clean=is_clean)


def compose_text(
    text: str, name: str, source: FigureSource, scope: Scope, extras: Extras = no_extras, *,
    is_clean: bool = False,
) -> Report:  # fmt: skip
    """The report of a template given as text; `name` is how errors call it.

    The clean edition leaves out what a number is missing for, and lists it; the other shows the gap.

    Raises TemplateError with the line for unknown figures, unknown names and bad markup,
    FontCoverageError for characters that the shipped fonts lack.
    """
    _check(text, name, source)
    code = _environment(Marks()).compile(text, name, name)

    def render(desk: Desk) -> str:
        return _render(code, name, desk, {**_names(desk, scope), "is_clean": is_clean, **extras(desk)})

    desk, rendered = settle(render, source, name)
    parser = Parser(desk.marks, is_clean, scope.fiscal_year, scope.county_name)
    try:
        sections = parser.read(rendered)
    except ValueError as error:
        raise TemplateError(f"模板 {name}：{error}") from error
    left_out = tuple(parser.left_out.values())
    report = Report(parser.title, scope, tuple(sections), desk.used, left_out)
    require_coverage(report.text() + scope.compiled_by)
    return report


def settle(read: Callable[[Desk], T], source: FigureSource, name: str = "") -> tuple[Desk, T]:
    """A desk that knows every figure `read` asks it for, however they depend on each other; what it read."""
    known: dict[str, FigureResult] = {}
    for _ in range(_MAX_ROUNDS):
        desk = Desk(source, Marks(), known)
        found = read(desk)
        if not desk.wanted:
            return desk, found
        results = source.get_many(list(desk.wanted.values()))
        known |= dict(zip(desk.wanted, results, strict=True))
    raise TemplateError(f"模板 {name} 的条件层层相套，{_MAX_ROUNDS} 轮仍未取齐指标", hint="请减少条件的层数")


def _environment(marks: Marks) -> Environment:
    @pass_context  # a template is compiled once, so nothing may be marked while it is compiled
    def finalize(_: Context, value: object) -> object:
        return value if isinstance(value, Marked) else marks.put(str(value))

    # autoescape makes macros return Markup; finalize makes everything Markup, so nothing is
    # ever escaped for HTML here: that is the business of the HTML renderer.
    return SandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )


def _names(desk: Desk, scope: Scope) -> dict[str, Any]:
    city = View(desk, Place(scope.whole, scope.whole_word), scope.fiscal_year)
    level = View(desk, Place(scope.level, scope.own_word), scope.fiscal_year)
    after = scope.fiscal_year + 1
    return {
        "scope": scope, "city": city, "level": level, "fig": city.fig,
        "year": scope.fiscal_year, "last_year": scope.fiscal_year - 1, "next_year": after,
        "next_city": city.at(after), "next_level": level.at(after),
        "merged": merged, "coded": coded, "holding": holding, "items": balance.items,
        "is_alike": balance.is_alike, "is_split": balance.is_split,
        "is_held": is_held, "rolled": rolled, "why_off": why_off,
        "explained": explained, "is_worth_saying": is_worth_saying,
        "left_out": LeftOut(), "whole": scope.whole_word, "own": scope.own_word,
        "is_own": scope.is_own, "below": scope.below, "grade": scope.grade_word, "area": scope.area_word,
        "counties": [View(desk, place, scope.fiscal_year) for place in scope.counties],
        "receiving": [View(desk, place, scope.fiscal_year) for place in scope.counties or scope.receiving],
    }  # fmt: skip


def _check(text: str, name: str, source: FigureSource) -> None:
    """Refuse a template with syntax errors or with figure ids that the catalogue lacks."""
    try:
        tree = _environment(Marks()).parse(text, name)
    except TemplateSyntaxError as error:
        raise TemplateError(f"模板 {name} 第 {error.lineno} 行写法有误：{error.message}") from error
    unknown = [
        f"第 {line} 行 {figure_id}" for line, figure_id in _figure_ids(tree) if not source.knows(figure_id)
    ]
    if unknown:
        raise TemplateError(
            f"模板 {name} 用了指标目录里没有的指标：{'、'.join(unknown)}",
            hint="用 fisc figures 查看可用的指标",
        )


def _figure_ids(tree: nodes.Template) -> list[tuple[int, str]]:
    """(line, id) of each figure call whose id is written out."""
    found = []
    for call in tree.find_all(nodes.Call):
        name = getattr(call.node, "attr", getattr(call.node, "name", ""))
        first = call.args[0] if call.args else None
        if name in _FIGURE_CALLS and isinstance(first, nodes.Const) and isinstance(first.value, str):
            found.append((call.lineno, first.value))
    return found


def _render(code: CodeType, name: str, desk: Desk, names: Mapping[str, Any]) -> str:
    environment = _environment(desk.marks)
    template = environment.template_class.from_code(environment, code, environment.make_globals(None))
    try:
        return template.render(names)
    except UndefinedError as error:
        raise TemplateError(f"模板 {name} 第 {_line(error, name)} 行用了没有的名字：{error}") from error
    except FiscError as error:
        raise TemplateError(
            f"模板 {name} 第 {_line(error, name)} 行：{error.message}", rule=error.rule, hint=error.hint
        ) from error


def _line(error: BaseException, name: str) -> int:
    """The template line that an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == name), 0)

"""The items of a use case from what people hand in: texts by field, or JSON; files are in `item_files`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from fisc.documents import reasons
from fisc.documents.errors import RuleBroken
from fisc.documents.grouping import group
from fisc.documents.inputs import Field, Shape, build
from fisc.documents.json_faults import SAID_BESIDE, told_once
from fisc.documents.limits import Between
from fisc.documents.refusals import listed
from fisc.registry import regions
from fisc.sheets.columns import BadCell, value_of
from fisc.sheets.text import says_something

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

RULE: Final = "各栏按规定的形式填写，必填的不能空缺"


def from_texts(case: UseCase, texts: Mapping[str, Any], region: str = "") -> Any:
    """One item from the texts of its fields, amounts in 元; a region that is not said is `region`.

    Raises RuleBroken naming every field that is missing or not understood.
    """
    shape = shape_taken(case)
    values = _required(case, shape.flat, texts, region)
    return build(shape, group(shape, [values])[0].values)


def options_from_texts(
    case: UseCase, texts: Mapping[str, Any], region: str = "", told: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """What is said once for all items, by the service's parameters; `told` is what a file says of them.

    Raises as `from_texts`, and for what is said in both.
    """
    if twice := [f.heading for f in case.options if f.name in told and texts.get(f.name) is not None]:
        raise RuleBroken(
            f"{case.title}：{'、'.join(twice)}在文件里写了，又另外写了一次", rule="一栏只填写一次",
            hint="请只在一处填写",
        )  # fmt: skip
    others = [field for field in case.options if field.name not in told]
    values = _required(case, others, texts, region) | dict(told)
    return {field.path[0]: values.get(field.name, field.default) for field in case.options}


def _required(
    case: UseCase, fields: Sequence[Field], texts: Mapping[str, Any], region: str
) -> dict[str, Any]:
    """`read_texts`, where nothing may be wrong."""
    values, wrong = read_texts(fields, texts, region)
    if wrong:
        raise RuleBroken(
            f"{case.title}：{listed(wrong)}", rule=RULE, hint="请补正后重新提交；加 --help 看各栏"
        )
    return values


def read_texts(
    fields: Sequence[Field], texts: Mapping[str, Any], region: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """The values of fields that something was said of, and what is wrong with the others."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    missing: list[str] = []
    for field in fields:
        said = texts.get(field.name)
        if said is None and field.name == "mof_div_code":
            said = region or None
        if said is None and not field.is_required:
            continue
        try:
            values[field.name] = said if isinstance(said, bool | bytes) else value_of_text(field, said or "")
        except BadCell as error:
            if error.code == "missing":
                missing.append(f"{field.heading}（{field.remedy}）" if field.remedy else field.heading)
            else:
                wrong.append(f"{error}{f'（{error.remedy}）' if error.remedy else ''}")
    return values, ([f"没有填写{'、'.join(missing)}"] if missing else []) + wrong


def value_of_text(field: Field, text: str) -> Any:
    """What a text says for a field. Raises BadCell, for a division that does not exist UnknownRegion."""
    value = value_of(field.column, text)
    if field.limits is not None and value is not None:
        _require_within(field.heading, field.limits, value, text)
    if field.is_reason and value and not says_something(value):
        raise BadCell(reasons.fault(field.heading, text), reasons.HINT)
    return placed(field, value)


def _require_within(heading: str, limits: Between, value: int, text: str) -> None:
    if value < limits.least:
        raise BadCell(f"{heading}“{text}”太小", f"不得小于 {limits.least}")
    if limits.most is not None and value > limits.most:
        raise BadCell(f"{heading}“{text}”太大", f"不得大于 {limits.most}")


def placed(field: Field, value: Any) -> Any:
    """A value with the divisions that it names by their nine digits. Raises UnknownRegion."""
    if field.is_division and value:
        return division(value)
    return tuple(division(one) for one in value or ()) if field.are_divisions else value


def division(code: str) -> str:
    """The nine digits of a division given by six or nine, or by its name; '' stays. Raises UnknownRegion."""
    return regions.find(code).mof_div_code if code else ""


def from_json(case: UseCase, data: Any) -> list[Any]:
    """The items, or numbers, of JSON: an object, a list, or {"items": [...]}. Raises RuleBroken."""
    from pydantic import ValidationError

    from fisc.documents.schemas import model_of, plain

    given = _listed(case, data)
    if case.number is not None:
        return [_number(case, case.number.name, place, one) for place, one in enumerate(given, 1)]
    shape = shape_taken(case)
    model = model_of(shape)
    made = []
    for place, one in enumerate(given, 1):
        try:
            made.append(build(shape, plain(model.model_validate(one, strict=False))))
        except ValidationError as error:
            raise _not_valid(case, f"第 {place} 项", error) from None
        except RuleBroken as refusal:
            raise RuleBroken(
                f"{case.title}第 {place} 项：{refusal.message}", rule=refusal.rule, hint=refusal.hint
            ) from None
    return made


def said_in_json(case: UseCase, data: Any) -> dict[str, Any]:
    """What JSON says beside its list of items, by the options' names. Raises RuleBroken."""
    from pydantic import ValidationError

    from fisc.documents.schemas import model_of_fields, plain

    if not _has_items(case, data):
        return {}
    fields = tuple(replace(f, is_required=False, default=None) for f in case.options if not f.is_bytes)
    model = model_of_fields("Beside", fields)
    try:
        said = model.model_validate({name: one for name, one in data.items() if name != "items"})
    except ValidationError as error:
        raise _not_valid(case, "各项之外", error) from None
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in plain(said).items() if name in said.model_fields_set
    }  # fmt: skip


def _has_items(case: UseCase, data: Any) -> bool:
    """Whether JSON holds a list of items, and is no item that has one of that name."""
    own = {field.name for field in case.shape.flat} if case.shape is not None else set()
    return isinstance(data, Mapping) and "items" in data and "items" not in own


def _listed(case: UseCase, data: Any) -> list[Any]:
    """The list that JSON is or holds, an object alone as a list of one."""
    given: Any = data
    if isinstance(data, Mapping):
        given = data["items"] if _has_items(case, data) else [data]
    if not isinstance(given, list) or not given:
        what = "须是一个对象，或对象的列表" if given != [] else "一项也没有"
        raise RuleBroken(f"{case.title}：{what}", rule=RULE, hint="请核对 JSON 的形式")
    return given


def _number(case: UseCase, name: str, place: int, one: Any) -> str:
    """A number of a document in JSON: a text, or an object that says it and nothing else."""
    found = one[name] if isinstance(one, Mapping) and one.keys() == {name} else one
    if not isinstance(found, str) or not found:
        raise RuleBroken(
            f"{case.title}第 {place} 项：应为编号，写作文字，或写作 {{\"{name}\": 编号}}", rule=RULE,
            hint=f"各栏见 fisc docs use-cases {case.code}",
        )  # fmt: skip
    return found


def _not_valid(case: UseCase, place: str, error: Any) -> RuleBroken:
    errors = [_with_near(case, one) for one in error.errors()]
    wrong = told_once(errors, _counted)
    return RuleBroken(
        f"{case.title}{place}：{listed(wrong)}", rule=RULE,
        hint=f"各栏见 fisc docs use-cases {case.code}", details={"item": place, "wrong": wrong[:20]},
    )  # fmt: skip


def _counted(place: Sequence[str]) -> str:
    """A place in an item as people count: transfers 第 1 行 amount_fen."""
    return " ".join(f"第 {int(part) + 1} 行" if part.isdigit() else part for part in place)


def _with_near(case: UseCase, error: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error; of a field that there is not with the names of those that are written most alike."""
    if error.get("type") != "extra_forbidden" or case.shape is None:
        return error
    *above, name = error["loc"]
    shape: Shape | None = case.shape
    for part in above:
        if isinstance(part, str) and shape is not None:
            shape = next((one.shape for one in shape.parts if one.name == part), None)
    known = {f.name: f.heading for f in shape.fields} if shape is not None else {}
    known |= {part.name: part.heading for part in shape.parts} if shape is not None else {}
    near = get_close_matches(str(name), known, _NEAR)
    told = (
        f"没有这一栏；相近的有 {'、'.join(f'{one}（{known[one]}）' for one in near)}"
        if near
        else "没有这一栏"
    )
    return {**error, "type": SAID_BESIDE, "msg": told}


#: Fields that are named in the place of one that is not there.
_NEAR: Final = 3


def shape_taken(case: UseCase) -> Shape:
    """What an item of a use case has. Raises RuleBroken where it takes none."""
    if case.shape is None:
        raise RuleBroken(f"{case.title}不收列表", rule=RULE, hint=f"各栏见 fisc docs use-cases {case.code}")
    return case.shape

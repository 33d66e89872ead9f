"""The items of a use case from what people hand in: texts by field, a file of rows, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fisc.documents.errors import RuleBroken
from fisc.documents.inputs import PART, Field, Shape, build, group
from fisc.documents.json_text import read_json
from fisc.documents.refusals import listed
from fisc.registry import regions
from fisc.registry.errors import UnknownRegion
from fisc.sheets import read_table
from fisc.sheets.columns import BadCell, value_of

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase
    from fisc.sheets import Fault, Table

#: What the column of numbers may be called, whatever document they are of.
_NUMBERS: Final = ("编号", "单据号", "单据编号")
_RULE: Final = "各栏按规定的形式填写，必填的不能空缺"


def from_texts(case: UseCase, texts: Mapping[str, Any], region: str = "") -> Any:
    """One item from the texts of its fields, amounts in 元; a region that is not said is `region`.

    Raises RuleBroken naming every field that is missing or not understood.
    """
    shape = _shape(case)
    values = _required(case, shape.flat, texts, region)
    return build(shape, group(shape, [values])[0])


def options_from_texts(case: UseCase, texts: Mapping[str, Any], region: str = "") -> dict[str, Any]:
    """What is said once for all items, by the service's parameters. Raises as `from_texts`."""
    values = _required(case, case.options, texts, region)
    return {field.path[0]: values.get(field.name, field.default) for field in case.options}


def _required(
    case: UseCase, fields: Sequence[Field], texts: Mapping[str, Any], region: str
) -> dict[str, Any]:
    """`read_texts`, where nothing may be wrong."""
    values, wrong = read_texts(fields, texts, region)
    if wrong:
        raise RuleBroken(
            f"{case.title}：{listed(wrong)}", rule=_RULE, hint="请补正后重新提交；加 --help 看各栏"
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
                missing.append(field.heading)
            else:
                wrong.append(f"{error}{f'（{error.remedy}）' if error.remedy else ''}")
    return values, ([f"没有填写{'、'.join(missing)}"] if missing else []) + wrong


def value_of_text(field: Field, text: str) -> Any:
    """What a text says for a field. Raises BadCell, for a division that does not exist UnknownRegion."""
    return _placed(field, value_of(field.column, text))


def _placed(field: Field, value: Any) -> Any:
    """A value with the divisions that it names by their nine digits."""
    if field.is_division and value:
        return division(value)
    return tuple(division(one) for one in value or ()) if field.name == "mof_div_codes" else value


def division(code: str) -> str:
    """The nine digits of a division given by six or nine, or by its name; '' stays. Raises UnknownRegion."""
    return regions.find(code).mof_div_code if code else ""


def from_file(case: UseCase, path: Path, region: str = "", sheet: str | None = None) -> list[Any]:
    """The items of a file: .json an object or a list of them, .xlsx and .csv flat rows with headings.

    Of a use case that takes numbers, its numbers; of a workbook the `sheet` that is named, or the one that
    has the table. A file of flat rows without a column of the region is of `region`, where one is given.
    Raises RowsRefused naming each cell, FileRefused, RuleBroken.
    """
    if path.suffix.lower() == ".json":
        return from_json(case, _json_of(path))
    if case.number is not None:
        numbers = replace(case.number.column, also=(*case.number.column.also, *_NUMBERS))
        table = read_table(path, (numbers,), sheet=sheet)
        table.require_clean()
        return [row.values[case.number.name] for row in table.rows]
    shape = _shape(case)
    is_placed = any(field.name == "mof_div_code" for field in shape.fields)
    own = {"mof_div_code": region} if region and is_placed else {}
    columns = (replace(one, is_required=False) if one.name in own else one for one in shape.columns)
    table = read_table(path, tuple(columns), sheet=sheet)
    table.require_clean(list(_unknown_divisions(shape, table)))
    rows = [own | _resolved(shape, row.values) for row in table.rows]
    return [build(shape, one) for one in group(shape, rows)]


def _unknown_divisions(shape: Shape, table: Table) -> Iterator[Fault]:
    """The cells that name a division which there is not."""
    placed = [field for field in shape.flat if field.is_division or field.name == "mof_div_codes"]
    for row in table.rows:
        for field in placed:
            try:
                _placed(field, row.values.get(field.name))
            except UnknownRegion as unknown:
                yield table.fault(row.number, field.name, unknown.message, unknown.hint)


def _resolved(shape: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row without the columns that say nothing, divisions by their nine digits."""
    by_name = {field.name: field for field in shape.flat}
    told = {
        name: value for name, value in values.items() if name == PART or not _is_empty(by_name[name], value)
    }
    return {name: value if name == PART else _placed(by_name[name], value) for name, value in told.items()}


def _is_empty(field: Field, value: Any) -> bool:
    return value is None or (value in ("", ()) and not field.is_required)


def from_json(case: UseCase, data: Any) -> list[Any]:
    """The items, or numbers, of JSON: an object, a list, or {"items": [...]}. Raises RuleBroken."""
    from pydantic import ValidationError

    from fisc.documents.schemas import model_of, plain

    given = _listed(case, data)
    if case.number is not None:
        return [_number(case, case.number.name, place, one) for place, one in enumerate(given, 1)]
    shape = _shape(case)
    model = model_of(shape)
    made = []
    for place, one in enumerate(given, 1):
        try:
            made.append(build(shape, plain(model.model_validate(one, strict=False))))
        except ValidationError as error:
            raise _not_valid(case, place, error) from None
        except RuleBroken as refusal:
            raise RuleBroken(
                f"{case.title}第 {place} 项：{refusal.message}", rule=refusal.rule, hint=refusal.hint
            ) from None
    return made


def _listed(case: UseCase, data: Any) -> list[Any]:
    """The list that JSON is or holds, an object alone as a list of one."""
    given: Any = data
    if isinstance(data, Mapping):
        given = data["items"] if data.keys() == {"items"} else [data]
    if not isinstance(given, list) or not given:
        what = "须是一个对象，或对象的列表" if given != [] else "一项也没有"
        raise RuleBroken(f"{case.title}：{what}", rule=_RULE, hint="请核对 JSON 的形式")
    return given


def _number(case: UseCase, name: str, place: int, one: Any) -> str:
    """A number of a document in JSON: a text, or an object that says it and nothing else."""
    found = one[name] if isinstance(one, Mapping) and one.keys() == {name} else one
    if not isinstance(found, str) or not found:
        raise RuleBroken(
            f"{case.title}第 {place} 项：应为编号，写作文字，或写作 {{\"{name}\": 编号}}", rule=_RULE,
            hint=f"各栏见 fisc docs use-cases {case.code}",
        )  # fmt: skip
    return found


def _not_valid(case: UseCase, place: int, error: Any) -> RuleBroken:
    wrong = [
        f"{'.'.join(map(str, each['loc']))}：{_WORDS.get(each['type'], each['msg'])}"
        for each in error.errors()
    ]
    return RuleBroken(
        f"{case.title}第 {place} 项：{listed(wrong)}", rule=_RULE,
        hint=f"各栏见 fisc docs use-cases {case.code}", details={"item": place, "wrong": wrong[:20]},
    )  # fmt: skip


#: What the checker of JSON finds, in words.
_WORDS: Final[Mapping[str, str]] = {
    "missing": "没有填写", "extra_forbidden": "不是要填的栏", "int_type": "不是整数",
    "int_parsing": "不是整数", "int_from_float": "不是整数", "string_type": "不是文字",
    "bool_type": "不是 true 或 false",
    "list_type": "不是列表", "model_type": "不是对象", "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "string_too_long": "太长", "too_long": "太多", "literal_error": "不在可用的值中",
    "decimal_parsing": "不是数字", "decimal_type": "不是数字",
    "date_from_datetime_parsing": "不是年-月-日", "date_parsing": "不是年-月-日", "date_type": "不是年-月-日",
}  # fmt: skip


def _json_of(path: Path) -> Any:
    try:
        return read_json(path.read_text("utf8"))
    except (ValueError, RecursionError) as error:
        raise RuleBroken(
            f"{path.name} 不是 JSON：{error}", rule=_RULE, hint="请核对文件内容与 UTF-8 编码"
        ) from None


def _shape(case: UseCase) -> Shape:
    if case.shape is None:
        raise RuleBroken(f"{case.title}不收列表", rule=_RULE, hint=f"各栏见 fisc docs use-cases {case.code}")
    return case.shape

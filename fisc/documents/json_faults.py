"""What the checker of JSON finds, in words: one table for files, commands and the API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

#: pydantic's kind of an error -> what it says to who gave a field; names in braces stand in its context.
_WORDS: Final[Mapping[str, str]] = {
    "missing": "没有填写", "extra_forbidden": "没有这一栏", "said_twice": "写了不止一次",
    "of_body": "写在请求体里，不写在地址里",
    "none_required": "应为空", "literal_error": "可用 {expected}", "enum": "可用 {expected}",
    "int_type": "应为整数", "int_parsing": "应为整数", "int_from_float": "应为整数",
    "int_parsing_size": "数字太大",
    "float_type": "应为数字", "float_parsing": "应为数字", "finite_number": "应为数字",
    "decimal_type": "应为数字", "decimal_parsing": "应为数字", "decimal_max_digits": "数字的位数太多",
    "decimal_max_places": "小数位数太多", "decimal_whole_digits": "数字的位数太多",
    "string_type": "应为文字", "string_unicode": "应为 UTF-8 的文字", "string_sub_type": "应为文字",
    "string_pattern_mismatch": "不合规定的写法（{pattern}）", "string_too_long": "太长，至多 {max_length} 字",
    "string_too_short": "不能为空", "bytes_type": "应为文字",
    "bool_type": "应为 true 或 false", "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表", "tuple_type": "应为列表", "too_long": "太多，至多 {max_length} 项",
    "too_short": "不能为空", "model_type": "应为对象", "model_attributes_type": "应为对象",
    "dict_type": "应为对象", "mapping_type": "应为对象",
    "greater_than": "应大于 {gt}", "greater_than_equal": "不得小于 {ge}", "less_than": "应小于 {lt}",
    "less_than_equal": "不得大于 {le}",
    "date_type": "应为 年-月-日", "date_parsing": "应为 年-月-日",
    "date_from_datetime_parsing": "应为 年-月-日",
    "date_from_datetime_inexact": "应为 年-月-日", "value_error": "{error}", "assertion_error": "{error}",
    "json_invalid": "不合 JSON 的写法", "json_type": "应为 JSON",
}  # fmt: skip


def words_of(error: Mapping[str, Any]) -> str:
    """What an error of pydantic says, in words."""
    kind = str(error.get("type"))
    if kind == SAID_BESIDE:
        return str(error.get("msg", ""))
    context = {name: _plain(value) for name, value in (error.get("ctx") or {}).items()}
    try:
        return _WORDS.get(kind, "不合要求").format(**context)
    except KeyError:  # an error without what its words speak of
        return "不合要求"


#: Errors of ours, whose message is in words already: something stands in an item that is said once for all.
SAID_BESIDE: Final = "said_beside"


def _plain(value: object) -> str:
    """Choices as a list; that one may be left blank is none of them."""
    said = str(value).removeprefix("'', ").removeprefix("'' or ")
    return said.replace(" or ", "、").replace(", ", "、").replace("'", "")


def told_once(
    errors: Iterable[Mapping[str, Any]], said_at: Callable[[Sequence[str]], str] = ".".join
) -> list[str]:
    """The place and words of each error; what many items have alike is said once, with how many have it.

    `said_at` says a place: the way there through the JSON, lists by their index, unless it says otherwise.
    """
    alike = dict[tuple[str, str], list[str]]()
    for error in errors:
        place = [str(part) for part in error.get("loc", ())]
        shape = ".".join("*" if part.isdigit() else part for part in place)
        alike.setdefault((shape, words_of(error)), []).append(said_at(place))
    return [
        f"{places[0] or '请求体'}：{said}" if len(places) == 1
        else f"{shape}：{said}（{len(places):,} 处都是这样，先见于 {places[0]}）"
        for (shape, said), places in alike.items()
    ]  # fmt: skip

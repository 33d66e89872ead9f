"""JSON as people and programs hand it in: what it says twice, or nothing can keep, is refused."""

from __future__ import annotations

import json
import re
from typing import Any, Final


def read_json(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError for what is none, or is nested without end.

    So is an object that has a name twice, of whose values neither is sure, NaN or Infinity, a number of
    thousands of digits, and a text with signs that no database keeps: NUL, halves of signs.
    """
    try:
        read = text if isinstance(text, str) else text.decode("utf-8-sig")
        found = _DECODER.decode(read)
        if _MAY_BE_UNKEPT.search(read):
            _require_kept(found)
        return found
    except json.JSONDecodeError as error:
        raise ValueError(f"第 {error.lineno} 行第 {error.colno} 字起不合 JSON 的写法") from None
    except UnicodeDecodeError:
        raise ValueError("不是 UTF-8 的文字") from None
    except RecursionError:
        raise ValueError("层层嵌套得太深") from None
    except _Refused:
        raise
    except ValueError:
        raise ValueError("有一个数的位数太多，没有这样的数") from None


class _Refused(ValueError):
    """What is refused here, in words."""


class Unkept(_Refused):
    """A text that has the form of a text, and that no database keeps all the same."""


#: How signs that nothing keeps are written in JSON; few texts have the like, and only those are searched.
_MAY_BE_UNKEPT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[\ud800-\udfff]")
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")


def is_kept(text: str) -> bool:
    """Whether a database keeps every sign of a text."""
    return _UNKEPT.search(text) is None


def _require_kept(found: Any, place: str = "") -> None:
    """Raise ValueError naming the place of a text that no database keeps."""
    if isinstance(found, str):
        if not is_kept(found):
            raise Unkept(f"{place or '正文'}里有不能保存的字符（{ascii(found[:40])[1:-1]}）")
    elif isinstance(found, dict):
        for name, one in found.items():
            _require_kept(name, f"{place}的栏名")
            _require_kept(one, f"{place}.{name}".removeprefix("."))
    elif isinstance(found, list):
        for at, one in enumerate(found):
            _require_kept(one, f"{place}.{at}".removeprefix("."))


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Refused(f"同一个对象里写了两次 {next(name for name in names if names.count(name) > 1)}")
    return found


def _no_number(said: str) -> Any:
    raise _Refused(f"{said} 不是数字")


#: Made once: one that is made for each text costs more than reading a short one.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_said_once, parse_constant=_no_number)

"""JSON as people and programs hand it in: what it says twice, or no number can be, is refused."""

from __future__ import annotations

import json
from typing import Any, Final


def read_json(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError for what is none, or is nested without end.

    So is an object that has a name twice, of whose values neither is sure, and NaN or Infinity.
    """
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ValueError(f"第 {error.lineno} 行第 {error.colno} 字起不合 JSON 的写法") from None
    except UnicodeDecodeError:
        raise ValueError("不是 UTF-8 的文字") from None
    except RecursionError:
        raise ValueError("层层嵌套得太深") from None


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"同一个对象里写了两次 {next(name for name in names if names.count(name) > 1)}")
    return found


def _no_number(said: str) -> Any:
    raise ValueError(f"{said} 不是数字")


#: Made once: one that is made for each text costs more than reading a short one.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_said_once, parse_constant=_no_number)

"""Messages are made of words: no amount in 分 and no name of the inside goes into a Chinese text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fisc

PACKAGE = Path(fisc.__file__).parent
_CHINESE = re.compile("[一-鿿]")
#: What holds fen, or shares of 10,000: told by `format_fen` and `percent_words`.
_COUNTED = re.compile(r"(?:^|_)(?:fen|bp)$")
#: What holds the code of a book: told by `registry.books`. The kernel, and checks of data, know no names.
_BOOKS = re.compile(r"^book$")
_NAMELESS = ("kernel", "registry")


def names(value: ast.expr) -> str:
    """The name under which a value of a text is known; '' for what is worked out."""
    if isinstance(value, ast.Attribute):
        return value.attr
    if isinstance(value, ast.Name):
        return value.id
    key = value.slice if isinstance(value, ast.Subscript) else None
    return str(key.value) if isinstance(key, ast.Constant) else ""


def raw(source: str, *, with_books: bool = True) -> Iterator[str]:
    """What Chinese texts of a module tell as the program holds it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        words = [one for one in node.values if isinstance(one, ast.Constant)]
        if not any(_CHINESE.search(str(one.value)) for one in words):
            continue
        for one, after in zip(node.values, [*node.values[1:], None], strict=True):
            if not isinstance(one, ast.FormattedValue) or one.conversion == ord("r"):
                continue  # what is quoted as it was given is no amount
            name, unit = names(one.value), str(after.value) if isinstance(after, ast.Constant) else ""
            is_book = with_books and _BOOKS.search(name)
            if _COUNTED.search(name) or is_book or re.match(r" 分(?![钟之成])", unit):
                yield f"{node.lineno}: {ast.unparse(one.value)}"


def test_no_text_tells_what_only_programs_read() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{one}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for one in raw(path.read_text("utf8"), with_books=path.relative_to(PACKAGE).parts[0] not in _NAMELESS)
    ]
    assert found == []


def test_what_would_tell_it_is_found() -> None:
    assert list(raw("f'收到 {row.amount_fen}'")) == ["1: row.amount_fen"]
    assert list(raw("f'差 {off} 分'")) == ["1: off"]
    assert list(raw("f'占 {row[\"share_bp\"]}'")) == ["1: row['share_bp']"]
    assert list(raw("f'{book} 不平'")) == ["1: book"]
    assert list(raw("f'{format_fen(amount_fen)} 元，{wait} 分钟'")) == []

"""Messages are made of words: no amount in 分 and no name of the inside goes into a Chinese text.

What they tell people to do can be done: the commands and options that they name are there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fisc
from tests.cli.commands import every_command

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


#: An option, or a command with its verb, as a text names it.
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_COMMAND = re.compile(r"(?<!\w)fisc ([a-z][a-z-]*)(?: ([a-z][a-z-]*[a-z]))?")
#: What begins the commands of other programs.
_OF_OTHERS = "python -m django"


def told(source: str) -> Iterator[str]:
    """The Chinese texts of a module, `{}` for what is worked out."""
    for node in ast.walk(ast.parse(source)):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        words = [one.value if isinstance(one, ast.Constant) else "{}" for one in parts]
        text = "".join(one for one in words if isinstance(one, str))
        if _CHINESE.search(text):
            yield text


def not_there(text: str, commands: set[tuple[str, ...]], options: set[str]) -> Iterator[str]:
    """The commands and options that a text names and nobody has."""
    text = text.partition(_OF_OTHERS)[0]
    yield from (found for found in _OPTION.findall(text) if found not in options)
    groups = {words[0] for words in commands if len(words) > 1}
    for group, verb in _COMMAND.findall(text):
        if (group,) not in commands or (verb and group in groups and (group, verb) not in commands):
            yield f"fisc {group} {verb}".strip()


def test_what_texts_tell_people_to_do_can_be_done() -> None:
    every = every_command()
    commands = {one.words for one in every}
    options = {name for one in every for of in one.of.params for name in (*of.opts, *of.secondary_opts)}
    found = [
        f"{path.relative_to(PACKAGE)}: {one}"
        for path in sorted(PACKAGE.rglob("*.py")) for text in told(path.read_text("utf8"))
        for one in not_there(text, commands, options | {"--help"})
    ]  # fmt: skip
    assert found == []


def test_what_cannot_be_done_is_found() -> None:
    commands, options = {("db",), ("db", "status"), ("seal",)}, {"--out"}
    said = "请用 fisc db status 查看，fisc db stats、fisc seel 或 --in 另写；fisc seal 之后 --out"
    assert list(not_there(said, commands, options)) == ["--in", "fisc db stats", "fisc seel"]

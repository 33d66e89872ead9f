"""Template text -> document model.

The markup is line based:

    # title                         one, first; || marks where a long one may break
    ## heading   ### heading  #### heading     numbered 一、（一）1. by themselves
    a paragraph up to an empty line, **bold** words
    > a note
    ---                           signed here (else at the end); headings after it are annexes
    :::table caption | 单位：万元              rows of | cells | ; the first row is the head,
    :::chart bar caption | 单位：亿元          a row with a bold first cell is a total,
    :::                                       a leading full-width space indents a cell,
                                              || breaks a line of the head
    :::left-out caption                       what was left out so far, under a head of three cells:
                                              what, why, who brings it (or the first two), after the
                                              rows given

The clean edition leaves out the sentences and clauses (`fisc.report.clauses`) that a number is missing for,
and a heading under which nothing is left; those after it are numbered on.

In a chart the head names the series and each row is a label with its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import cast

from fisc.report.clauses import Mark, pruned, whole
from fisc.report.clean import drawn, gathered, without_empty
from fisc.report.errors import TemplateError
from fisc.report.footing import rounded, said_of_rounding
from fisc.report.marks import Marks, Reference
from fisc.report.model import (
    Block,
    Cell,
    Chart,
    ChartKind,
    FigureRun,
    GapRun,
    Heading,
    LeftOut,
    Note,
    Paragraph,
    Row,
    Run,
    Section,
    Signature,
    Table,
    TextRun,
)
from fisc.report.reasons import why
from fisc.report.runs import cell_runs, prose_runs

_DIRECTIVE = re.compile(r":::(table|chart|left-out)\s+(.*)")
_BAR = re.compile(r"(?<!\|)\|(?!\|)")
_SIGNED = "---"
_SPECIAL = ("#", "> ", ":::", "|", _SIGNED)
_ANNEX = "附件："
_ALL_SAID = "正文没有因缺数而略去的内容。"
_OF_A_CLAUSE = "有数，所在分句的主要数字未取得"
_NOTHING_BESIDE = "所在部分没有可写的文字"
_NOTHING_TO_DRAW = "账上没有可画的数"
_CHART_KINDS = ("bar", "line", "stacked", "hbar")
_NUMERALS = "零一二三四五六七八九十"


@dataclass(slots=True)
class Parser:
    """Reads rendered template text block by block; `marks` gives the figures in it.

    `county_of` names the county of a region's code, '' where it is the place that is reported.
    """

    marks: Marks
    is_clean: bool = False
    fiscal_year: int = 0
    county_of: Callable[[str], str] = lambda _: ""
    title: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    _counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    _tables: int = 0
    _charts: int = 0

    def read(self, text: str) -> list[Section]:
        """The sections of `text`; raises TemplateError for what is not our markup."""
        lines = iter(text.splitlines())
        words: list[str] = []
        for line in lines:
            if line.startswith(_SPECIAL) or not line.strip():
                self._paragraph(words)
                self._special(line, lines)
            else:
                words.append(line.strip())
        self._paragraph(words)
        if not self._is_signed():
            self._sign()
        return _sections(self.blocks)

    def _is_signed(self) -> bool:
        return any(isinstance(block, Signature) for block in self.blocks)

    def _paragraph(self, words: list[str]) -> None:
        """Close the paragraph gathered so far; its lines join without a space."""
        said = self._edited("".join(words))
        if said:
            self.blocks.append(Paragraph(tuple(prose_runs(self.marks, said))))
        words.clear()

    def _edited(self, text: str) -> str:
        """A paragraph as the edition has it."""
        if not self.is_clean:
            return whole(text)
        try:
            return pruned(text, self._kind, self._leave_out)
        except ValueError as error:
            raise TemplateError(f"“{whole(self.marks.plain(text[:20]))}”一段：{error}") from error

    def _kind(self, mark: str) -> Mark:
        item = self.marks.at(mark)
        if not isinstance(item, Reference):
            return Mark.WORDS
        return Mark.MISSING if item.result.value is None else Mark.THERE

    def _leave_out(self, mark: str) -> None:
        item = self.marks.at(mark)
        if isinstance(item, Reference):
            self._note(item)

    def _note(self, item: Reference) -> None:
        """Note a number that is left out: by its place in the list of slots, or by its name."""
        n, quantity, provider = item.about or ("", self._named(item), "")
        self.left_out.setdefault(n or quantity, LeftOut(n, quantity, _reason(item), provider))

    def _named(self, item: Reference) -> str:
        """The name of a number that is in no list of slots, with its year and county where it has its own."""
        ask = item.result.ask
        year = "" if ask.fiscal_year == self.fiscal_year else f"{ask.fiscal_year}年"
        return f"{year}{self.county_of(ask.region)}{item.result.name_zh}"

    def _drop_empty(self, level: int) -> None:
        """Take back the headings from `level` down under which the clean edition has nothing left.

        A drawing is nothing by itself: where no sentence and no table stands beside it, it goes too.
        """
        self._drop_drawings()
        while self.is_clean and self.blocks and isinstance(last := self.blocks[-1], Heading):
            if last.level < level:
                return
            self._counts[last.level - 1] -= 1
            self.blocks.pop()

    def _drop_drawings(self) -> None:
        """Take back the charts since the last heading, where nothing but charts stands under it."""
        if not self.is_clean:
            return
        under = list(takewhile(lambda block: not isinstance(block, Heading), reversed(self.blocks)))
        charts = [block for block in under if isinstance(block, Chart)]
        if len(charts) < len(under):
            return
        del self.blocks[len(self.blocks) - len(charts) :]
        self._charts -= len(charts)
        for chart in reversed(charts):
            told = LeftOut("", f"图：{chart.caption}", _NOTHING_BESIDE, "")
            self.left_out.setdefault(chart.caption, told)

    def _sign(self) -> None:
        self._drop_empty(1)
        self.blocks.append(Signature())

    def _special(self, line: str, lines: Iterator[str]) -> None:
        if match := _DIRECTIVE.match(line):
            self._directive(match[1], match[2], self._body(lines, line))
        elif line.strip():
            self._line(line.strip())

    def _body(self, lines: Iterator[str], opening: str) -> list[list[str]]:
        rows: list[list[str]] = []
        for line in lines:
            if line.strip() == ":::":
                return rows
            if line.strip():
                rows.append(_cells(line))
        raise TemplateError(
            f"“{self.marks.plain(opening)}”没有用 ::: 结束", hint="在表或图的最后另起一行写 :::"
        )

    def _line(self, line: str) -> None:
        if line.startswith("#"):
            hashes, _, words = line.partition(" ")
            self._heading(len(hashes), words.strip())
        elif line.startswith("> "):
            self.blocks.append(Note(tuple(prose_runs(self.marks, line[2:]))))
        elif line == _SIGNED:
            self._sign()
        else:
            raise TemplateError(
                f"看不懂这一行：{line}", hint="表写作 :::table 题名 | 单位：万元，以 ::: 结束"
            )

    def _heading(self, hashes: int, words: str) -> None:
        level = hashes - 1
        if level == 0:
            self.title = tuple(self.marks.plain(line) for line in words.split("||"))
            return
        if level > 3:
            raise TemplateError(f"标题“{words}”有 {hashes} 个 #", hint="标题最多三级，即最多 4 个 #")
        self._drop_empty(level)
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (3 - level)
        is_annex = level == 1 and self._is_signed()
        counted = _ANNEX if is_annex else number(level, self._counts[level - 1])
        self.blocks.append(Heading(level, counted, self.marks.plain(words), is_annex))

    def _directive(self, kind: str, words: str, body: list[list[str]]) -> None:
        caption, _, rest = words.partition("|")
        caption, unit = caption.strip(), self.marks.plain(rest).replace("单位：", "").strip()
        if kind == "left-out":
            self._left_out(self.marks.plain(caption), body)
            return
        if len(body) < 2 and kind == "chart" and self.is_clean:
            self._no_chart(self.marks.plain(caption.partition(" ")[2].strip()), [])
            return
        if len(body) < 2:
            raise TemplateError(f"“{self.marks.plain(caption)}”没有数据行", hint="第一行是表头，其后每行一项")
        if kind == "table":
            self._table(self.marks.plain(caption), unit, body)
        else:
            name, _, title = caption.partition(" ")
            self._chart(name, self.marks.plain(title.strip()), unit, body)

    def _left_out(self, caption: str, body: list[list[str]]) -> None:
        given = [LeftOut("", self.marks.plain(row[0]), self.marks.plain(row[1]), "") for row in body[1:]]
        self.left_out = {one.quantity: one for one in given} | self.left_out
        told = gathered([*self.left_out.values()])
        self.left_out = {one.n or one.quantity: one for one in told}
        texts = [(one.quantity, one.reason, one.provider or "—")[: len(body[0])] for one in told]
        if not texts:
            self.blocks.append(Paragraph((TextRun(_ALL_SAID),)))
            return
        rows = tuple(Row(tuple(Cell((TextRun(text),)) for text in row)) for row in texts)
        self._tables += 1
        head = Row(tuple(self._head(text) for text in body[0]))
        self.blocks.append(Table(self._tables, caption, "", (head,), rows, (False,) * len(head.cells)))

    def _table(self, caption: str, unit: str, body: list[list[str]]) -> None:
        head, *rest = body
        if bad := next((row for row in rest if len(row) != len(head)), None):
            raise TemplateError(
                f"表“{caption}”有一行是 {len(bad)} 格，表头是 {len(head)} 格",
                hint=f"这一行的开头是“{bad[0][:20]}”",
            )
        self._tables += 1
        header = Row(tuple(self._head(text) for text in head))
        rows = tuple(self._row(texts, unit, head) for texts in rest)
        numeric = tuple(_is_numeric(rows, column) for column in range(len(head)))
        amounts = [is_money and not _is_ratio(text) for text, is_money in zip(head, numeric, strict=True)]
        said = said_of_rounding(rows, unit, amounts, head)
        rows = rounded(rows, unit, amounts)
        if self.is_clean:
            rows, header, numeric = without_empty(rows, header, numeric)
        self.blocks.append(Table(self._tables, caption, unit, (header,), rows, numeric))
        if said:
            self.blocks.append(Note((TextRun(f"{said}。"),)))

    def _head(self, text: str) -> Cell:
        """A cell of the head, in lines where it says so."""
        return Cell((TextRun("\n".join(self.marks.plain(line) for line in text.split("||"))),))

    def _row(self, texts: list[str], unit: str, head: list[str]) -> Row:
        cells = []
        for index, text in enumerate(texts):
            words = text.lstrip("\u3000")
            runs = cell_runs(
                self.marks, words.replace("**", ""), unit, is_bare=_is_ratio(head[index]) or bool(unit)
            )
            if self.is_clean and any(isinstance(run, GapRun) and not run.is_undefined for run in runs):
                runs = self._emptied(words, runs)
            cells.append(Cell(tuple(runs), len(text) - len(words)))
        return Row(tuple(cells), is_total=texts[0].startswith("**"))

    def _emptied(self, text: str, runs: list[Run]) -> list[Run]:
        """A cell whose number is missing, as the clean edition has it: —, and noted."""
        for item in self.marks.split(text):
            if isinstance(item, Reference) and item.result.value is None:
                self._note(item)
        gap = next(run for run in runs if isinstance(run, GapRun) and not run.is_undefined)
        return [replace(gap, text="—", is_undefined=True)]

    def _chart(self, kind: str, caption: str, unit: str, body: list[list[str]]) -> None:
        if kind not in _CHART_KINDS:
            raise TemplateError(f"没有“{kind}”这种图", hint=f"可用：{'、'.join(_CHART_KINDS)}")
        labels = tuple(self.marks.plain(row[0]) for row in body[1:])
        series = tuple(self.marks.plain(name) for name in body[0][1:])
        grid = [[self._point(row[1 + index], unit) for row in body[1:]] for index in range(len(series))]
        if not any(isinstance(run, FigureRun) for line in grid for run in line):
            self._no_chart(caption, grid)
            return
        if self.is_clean:
            labels, series, grid = drawn(labels, series, grid)
        self._charts += 1
        values = tuple(tuple(line) for line in grid)
        self.blocks.append(Chart(self._charts, cast(ChartKind, kind), caption, unit, labels, series, values))

    def _no_chart(self, caption: str, grid: list[list[Run]]) -> None:
        """A chart without one number is a visible note, or left out of the clean edition: no empty frame."""
        gaps = [run for line in grid for run in line][:1]
        if self.is_clean:
            reason = next((run.reason for run in gaps if isinstance(run, GapRun)), _NOTHING_TO_DRAW)
            self.left_out.setdefault(caption, LeftOut("", f"图：{caption}", reason, ""))
        else:
            self.blocks.append(Note((TextRun(f"图“{caption}”没有可用的数据，未绘制："), *gaps)))

    def _point(self, text: str, unit: str) -> Run:
        runs = cell_runs(self.marks, text, unit, is_bare=True)
        if len(runs) != 1:
            raise TemplateError(f"图里的一格只能放一个指标，这里是“{text}”")
        return runs[0]


def _reason(item: Reference) -> str:
    """Why a number is left out, as the list of what was left out says it."""
    if item.result.value is not None:
        return _OF_A_CLAUSE
    return item.result.undefined_reason or (item.why or why(item.result, lambda _: True)).text


def number(level: int, count: int) -> str:
    """The number of a heading: 一、（一）1. as official documents count."""
    if level == 3:
        return f"{count}."
    return f"{chinese(count)}、" if level == 1 else f"（{chinese(count)}）"


def chinese(count: int) -> str:
    """1 to 99 in Chinese numerals."""
    tens, ones = divmod(count, 10)
    if not tens:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


def _cells(line: str) -> list[str]:
    stripped = line.strip(" ").strip("|")
    return [cell.strip(" ") for cell in _BAR.split(stripped)]


def _is_ratio(head: str) -> bool:
    """Whether a column is of percentages."""
    return "%" in head or "％" in head


def _is_numeric(rows: tuple[Row, ...], column: int) -> bool:
    """Whether a column holds numbers, or nothing but marks for numbers that there are not."""
    runs = [run for row in rows for run in row.cells[column].runs]
    return any(isinstance(run, FigureRun | GapRun) for run in runs) or {run.text for run in runs} == {"—"}


def _sections(blocks: list[Block]) -> list[Section]:
    heads: list[Heading | None] = [None]
    groups: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            heads.append(block)
            groups.append([])
        else:
            groups[-1].append(block)
    pairs = zip(heads, groups, strict=True)
    return [Section(head, tuple(group)) for head, group in pairs if head or group]

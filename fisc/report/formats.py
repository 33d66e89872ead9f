"""The file formats of a report, by name."""

from __future__ import annotations

from importlib import import_module

from fisc.report.errors import ReportError
from fisc.report.model import Report

#: format -> the module that renders it; loaded when asked for, drawing charts takes a second
RENDERERS = {"docx": "fisc.report.docx", "html": "fisc.report.html", "pdf": "fisc.report.pdf"}


def parse_formats(text: str) -> list[str]:
    """The formats named in `text`, separated by commas; refuses names it does not know."""
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in RENDERERS]
    if unknown or not wanted:
        raise ReportError(
            f"不支持的格式“{'、'.join(unknown) or text}”", rule="报告只写成规定的几种格式",
            hint=f"可用：{'、'.join(RENDERERS)}，以逗号分开",
        )  # fmt: skip
    return wanted


def render(report: Report, kind: str) -> bytes:
    """The report as the bytes of a file of that kind; the same report gives the same bytes."""
    data: bytes = import_module(RENDERERS[kind]).render(report)
    return data

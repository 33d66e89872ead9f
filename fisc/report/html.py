"""The report as one HTML file in which every number opens.

The file asks for nothing from any network: styles, script, charts and the data behind
each figure are inside. A number is a link to its own panel with definition, breakdown,
operands and source cells. Without scripts the links lead to the list at the end of the
page; print leaves the panels out.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from fisc.documents.words import shown_heading
from fisc.report.charts import to_svg
from fisc.report.evidence import Evidence, collect, script_json
from fisc.report.layout import WHOLE_CHARS
from fisc.report.metadata import metadata
from fisc.report.model import Chart, GapRun, Heading, Report, Run, TextRun
from fisc.report.webfont import font_face

_HERE = Path(__file__).parent
#: Where the styles take in the font that holds the page's own characters.
_FONTS = "/* fonts */"


def render(report: Report) -> bytes:
    """The report as the bytes of one HTML file; the same report gives the same bytes."""
    evidence = collect(report)
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["heading"] = shown_heading
    environment.globals.update(
        metadata=metadata,
        runs=lambda runs: _runs(runs, evidence),
        picture=_picture,
        kind=lambda block: type(block).__name__,
    )
    headings = [block for block in report.blocks() if isinstance(block, Heading)]
    anchors = {id(heading): f"s{number}" for number, heading in enumerate(headings, 1)}
    page = environment.get_template("report.html.j2").render(
        report=report,
        scope=report.scope,
        evidence=evidence,
        headings=headings,
        anchor=lambda heading: anchors[id(heading)],  # headings of two sections may read alike
        gaps=_by_reason(report.gaps()),
        css=_asset("report.css"),
        script=_asset("report.js"),
        data=Markup(script_json(evidence)),
    )
    return page.replace(_FONTS, font_face(page), 1).encode("utf-8")


def _by_reason(gaps: list[GapRun]) -> dict[str, list[GapRun]]:
    """The gaps of each reason, in reading order of the first."""
    found: dict[str, list[GapRun]] = {}
    for gap in gaps:
        found.setdefault(gap.reason, []).append(gap)
    return found


def _asset(name: str) -> Markup:
    """A file of our own, put into the page as it is."""
    return Markup((_HERE / "assets" / name).read_text(encoding="utf-8"))


def _picture(chart: Chart) -> str:
    """The chart as a data address, so that it stays one file and keeps its own ids."""
    return "data:image/svg+xml;base64," + b64encode(to_svg(chart)).decode("ascii")


def _runs(runs: tuple[Run, ...], evidence: Evidence) -> Markup:
    """The runs as HTML; a line never begins with the % of a number that is missing."""
    words = Markup("").join(_run(run, evidence) for run in runs)
    return Markup(str(words).replace("</a>%", "</a>&NoBreak;%"))


def _run(run: Run, evidence: Evidence) -> Markup:
    if isinstance(run, TextRun):
        return Markup("<strong>{}</strong>").format(run.text) if run.is_bold else escape(run.text)
    kind = "fig"
    if isinstance(run, GapRun):
        kind = "fig none" if run.is_undefined else "fig gap"
    if len(run.text) <= WHOLE_CHARS:
        kind += " whole"
    number = evidence.numbers[run.key]
    return Markup('<a class="{}" href="#f{}" data-f="{}">{}</a>').format(kind, number, number, run.text)

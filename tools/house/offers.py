"""What the layers below the domains offer, and whether anything uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.house import sources
from tools.house.sources import named, nodes_of, package_of, text_of, tree_of

#: Packages of which everything public is used in the tree, but for doors that domains of others are shown.
_OFFERED = ("kernel", "reading", "documents")
DOORS = {
    "fisc/documents/kind_use_cases.py": ("of_kind",),
    "fisc/documents/forms.py": ("form_of", "line_forms_of"),
    "fisc/documents/detail.py": ("detail",),
    "fisc/documents/files.py": ("read_documents", "write_documents", "detail_as_json"),
    "fisc/documents/listing.py": ("every", "counts"),
}


def unused_offers() -> list[str]:
    """Public functions and classes of the layers below the domains that nothing in the tree uses.

    Models and configurations are the framework's to use; migrations offer nothing, but what they use is used.
    What a door of its own stands on may wait for it (`DOORS`).
    """
    used = {
        one
        for path in sources.sources(".py", migrations=True)
        for one in _used(package_of(path), text_of(path))
    }
    return [
        f"{named(path)} {node.name}" for path in sources.sources(".py")
        if package_of(path) in _OFFERED and path.name not in ("models.py", "apps.py")
        for node in tree_of(text_of(path)).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        and (package_of(path), node.name) not in used and node.name not in DOORS.get(named(path), ())
    ]  # fmt: skip


def _used(package: str, text: str) -> Iterator[tuple[str, str]]:
    """(package, name) that a module uses: imported from there, an attribute of what is, or its own.

    Its own does not count within itself.
    """
    imported: dict[str, tuple[str, str]] = {}
    for node in nodes_of(text):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fisc"):
            of = str(node.module).split(".")[1:2]
            imported |= {a.asname or a.name: (of[0] if of else a.name, a.name) for a in node.names}
    mine = {top.name for top in tree_of(text).body if isinstance(top, ast.FunctionDef | ast.ClassDef)}
    for top in tree_of(text).body:
        for node in ast.walk(top):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in imported:
                yield imported[node.value.id][0], node.attr  # type: ignore[attr-defined]
            elif isinstance(node, ast.Name) and node.id in imported:
                yield imported[node.id]
            elif isinstance(node, ast.Name) and node.id in mine and node.id != getattr(top, "name", ""):
                yield package, node.id

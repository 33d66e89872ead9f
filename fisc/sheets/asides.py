"""What is written on a sheet and stands in no cell: comments, and the texts of boxes and shapes."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

#: Parts that a sheet is related to and that hold texts, by the last word of the relation.
_WITH_TEXTS: Final = frozenset(["comments", "threadedComment", "drawing"])


class Aside(NamedTuple):
    """A text, and the cell that it is a comment on; '' where it is in a box."""

    cell: str
    text: str


def asides_of(archive: zipfile.ZipFile, part: str) -> list[Aside]:
    """The texts beside the cells of a sheet's part. Raises what damaged XML does."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    names = set(archive.namelist())
    found: list[Aside] = []
    for relation in _root(archive, relations) if relations in names else ():
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if relation.get("Type", "").rpartition("/")[2] in _WITH_TEXTS and path in names:
            found += _texts(_root(archive, path))
    return found


def _root(archive: zipfile.ZipFile, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(archive.read(part), parser)


def _texts(root: etree._Element) -> Iterator[Aside]:
    for one in root.iter("{*}comment", "{*}threadedComment", "{*}txBody"):
        text = "".join(piece.text or "" for piece in one.iter("{*}t", "{*}text"))
        if text.strip():
            yield Aside(one.get("ref", ""), text)

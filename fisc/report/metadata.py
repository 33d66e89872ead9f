"""The metadata of a page of HTML."""

from __future__ import annotations

from markupsafe import Markup

from fisc.documents.properties import Properties


def metadata(said: Properties) -> Markup:
    """The elements of a page's head that say what it is, without its title."""
    words = {
        "author": said.author, "subject": said.subject, "description": said.description,
        "keywords": "，".join(said.keywords),
    }  # fmt: skip
    element = Markup('<meta name="{}" content="{}">')
    return Markup("\n").join(element.format(name, text) for name, text in words.items() if text)

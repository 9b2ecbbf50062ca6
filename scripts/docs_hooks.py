"""What is done to pages of the documentation while the site is built: it is read without repository and network."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.exceptions import PluginError

_OUT_OF_DOCS = re.compile(r"\[([^\]]*)\]\((?:\.\./)+([^)#\s]+)(?:#[^)]*)?\)")
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^>]*>|<link\b[^>]*\bhref=[\"']?(?:https?:)?//[^>]*>"
)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Make links that leave the documentation names of files: [words](../benches/x.md) becomes words (benches/x.md)."""
    if "/" in page.file.src_uri:
        # A page in a folder of its own links to its neighbours with `../`.
        return markdown
    return _OUT_OF_DOCS.sub(r"\1 (`\2`)", markdown)


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Refuse a page that fetches anything from a network."""
    found = [each for each in _FETCHED.findall(output) if "canonical" not in each]
    if found:
        raise PluginError(f"{page.file.src_uri} fetches from a network: {found[0]}")
    return output

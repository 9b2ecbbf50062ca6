"""Links that leave the documentation for the repository become names of files: the site is read without it."""

import re
from typing import Any

_OUT_OF_DOCS = re.compile(r"\[([^\]]*)\]\((?:\.\./)+([^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Replace `[words](../benches/results/limit.md)` by words and the path in the repository."""
    if "/" in page.file.src_uri:
        # A page in a folder of its own links to its neighbours with `../`.
        return markdown
    return _OUT_OF_DOCS.sub(r"\1 (`\2`)", markdown)

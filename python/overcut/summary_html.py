"""A summary as HTML for notebooks: one block of its own style, no script, nothing from the network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.summary import IntervalSummary, Summary, Table

__all__ = ["block", "facts_html", "list_html", "table_html", "to_html"]

_STYLE = """
.overcut{font-family:system-ui,sans-serif;font-size:13px;line-height:1.45;max-width:72rem}
.overcut h3{font-size:1.15em;margin:.2em 0 .4em}
.overcut h4{font-size:1em;margin:1.1em 0 .35em;padding-top:.6em;border-top:1px solid rgba(128,128,128,.35)}
.overcut dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:.3em 0}
.overcut dt{opacity:.65}.overcut dd{margin:0;overflow-wrap:anywhere}
.overcut table{border-collapse:collapse;margin:.5em 0;font-variant-numeric:tabular-nums;font-size:inherit}
.overcut caption{text-align:left;font-weight:600;padding:.3em 0}
.overcut th,.overcut td{padding:.2em .7em;text-align:left;background:none;border:0;word-break:keep-all}
.overcut thead th{border-bottom:1.5px solid currentColor;font-weight:600}
.overcut tbody tr{border-bottom:1px solid rgba(128,128,128,.22)}
.overcut tfoot td{border-top:1.5px solid currentColor;font-weight:600}
.overcut .n{text-align:right}.overcut .h{font-weight:700}
.overcut .w{border-left:3px solid #c77c02;padding:.1em .7em;margin:.5em 0}
.overcut ul{margin:.2em 0;padding-left:1.3em}
.overcut summary{cursor:pointer;opacity:.8;margin-top:.6em}
.overcut code{font-size:.9em;opacity:.75}
"""


def to_html(summary: Summary) -> str:
    """Lay out a summary as HTML; every text is escaped."""
    parts = [f"<h3>{escape(summary.title)}</h3>", facts_html(summary.facts)]
    parts += [_interval(interval) for interval in summary.intervals]
    if summary.remarks:
        parts.append(f'<div class="w">{list_html(summary.remarks)}</div>')
    if summary.assumptions:
        parts.append(f"<details open><summary>Assumptions</summary>{list_html(summary.assumptions)}</details>")
    if summary.legend:
        words = [f"{word} {zh}: {description}" for word, zh, description in summary.legend]
        parts.append(f"<details><summary>What the classes mean</summary>{list_html(words)}</details>")
    parts.append(f"<p><code>digest {escape(summary.digest)}</code></p>")
    return block(parts)


def block(parts: Iterable[str]) -> str:
    """Put parts that are escaped already into one block with its own style."""
    return f'<div class="overcut"><style>{_STYLE}</style>{"".join(parts)}</div>'


def _interval(interval: IntervalSummary) -> str:
    parts = [f"<h4>{escape(interval.title)}</h4>", facts_html(interval.facts), table_html(interval.classes)]
    if interval.unlicensed is not None:
        parts.append(table_html(interval.unlicensed, caption="Excavated patches without a licence 无证"))
    if interval.conflicts:
        parts.append(f'<div class="w"><b>Conflicts</b>{list_html(interval.conflicts)}</div>')
    return "".join(parts)


def facts_html(facts: list[tuple[str, str]]) -> str:
    """Lay out facts as a list of terms; every text is escaped."""
    return f"<dl>{''.join(f'<dt>{escape(label)}</dt><dd>{escape(text)}</dd>' for label, text in facts)}</dl>"


def list_html(sentences: list[str]) -> str:
    """Lay out sentences as a list; every text is escaped."""
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in sentences)}</ul>"


def table_html(table: Table, caption: str = "", more: str | None = None) -> str:
    """Lay out a table; every text is escaped. `more` says, in another language, how many rows are not shown."""

    def line(cells: tuple[str, ...], tag: str) -> str:
        return f"<tr>{''.join(cell(column, text, tag) for column, text in enumerate(cells))}</tr>"

    def cell(column: int, text: str, tag: str) -> str:
        names = ["n"] * (column in table.numeric) + ["h"] * (column == table.headline)
        style = f' class="{" ".join(names)}"' if names else ""
        return f"<{tag}{style}>{escape(text)}</{tag}>"

    rows = "".join(line(row, "td") for row in table.rows)
    if table.more:
        told = more or f"… and {table.more:,} more, in the tables"
        rows += f'<tr><td colspan="{len(table.head)}">{escape(told)}</td></tr>'
    foot = f"<tfoot>{line(table.total, 'td')}</tfoot>" if table.total else ""
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{named}<thead>{line(table.head, 'th')}</thead><tbody>{rows}</tbody>{foot}</table>"

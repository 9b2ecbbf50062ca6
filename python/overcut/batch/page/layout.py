"""The page: one file without script or anything that is fetched; and a short form of it for notebooks."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from overcut.batch.page.course import course, slowest_table, tiles_told, units_told
from overcut.batch.page.drawing import UNIT_COLOURS, overview_svg
from overcut.batch.page.gaps import Reason, areas_table, reasons, units_table
from overcut.batch.page.outcome import (
    compared,
    licences_table,
    patches_outside,
    patches_table,
    totals_table,
)
from overcut.batch.page.words import Words
from overcut.batch.result import sentences_of
from overcut.messages import language
from overcut.messages.sentences import assumption
from overcut.plots.colours import ATTRIBUTIONS
from overcut.report.writers.html import POLICY
from overcut.summary_html import block, facts_html, list_html, table_html
from overcut.tables import crs_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overcut.batch.result import BatchResult
    from overcut.summary import Table

__all__ = ["result_html", "run_page"]

_HTML_LANG = {"en": "en", "zh": "zh-CN"}
_SHORT_PATCHES = 5


def run_page(result: BatchResult, *, lang: str = "en") -> str:
    """Make the page that sums a run up.

    Parameters
    ----------
    result : BatchResult
        From `overcut.batch.run`.
    lang : {"en", "zh"}
        Language of the page.

    Returns
    -------
    str
        A whole HTML document: no script, no request, every text escaped.
    """
    say = Words(language(lang))
    record = result.assessment._data
    first, *_, last = (epoch["date"] for epoch in result.plan.epochs)
    title = say("title", first=first, last=last)
    subtitle = say(
        "maps.map_subtitle", crs=crs_name(record), digest=record["digest"][:16], version=record["overcut_version"]
    )
    body = [
        f"<header><h1>{escape(title)}</h1><p>{escape(subtitle)}</p></header>",
        _remark(result, say),
        _section(say("compared"), [facts_html(compared(result, say))]),
        _section(say("overview"), [overview_svg(result, say), _legend(result, say)]),
        _section(say("outcome"), _outcome(result, say)),
        _section(say("not_seen"), _not_seen(result, say)),
        _section(
            say("course"), [facts_html(course(result, say)), _optional(slowest_table(result, say), say, "slowest")]
        ),
        _section(say("assumptions"), [_assumptions(result, say)]),
        _section(say("record"), [facts_html(_record(result, say))]),
    ]
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{_HTML_LANG[say.lang]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{''.join(body)}\n</body>\n</html>\n"
    )


def result_html(result: BatchResult, *, lang: str = "en") -> str:
    """Lay out a result in short, for a notebook: the page has the rest.

    Parameters
    ----------
    result : BatchResult
        From `overcut.batch.run`.
    lang : {"en", "zh"}
        Language.
    """
    say = Words(language(lang))
    record = result.assessment._data
    first, *_, last = (epoch["date"] for epoch in result.plan.epochs)
    facts = [
        (say("units"), units_told(result, say)),
        (say("tiles"), tiles_told(result, say)),
        (say("folder"), str(result.folder)),
    ]
    parts = [f"<h3>{escape(say('title', first=first, last=last))}</h3>", _remark(result, say), facts_html(facts)]
    parts += [
        _table(totals_table(result, at, say), say, say.days(found["from"], found["to"]))
        for at, found in enumerate(record["intervals"])
    ]
    parts.append(_optional(patches_table(result, say, most=_SHORT_PATCHES), say, "patches"))
    parts.append(list_html([_counted(reason, say) for reason in reasons(result, say)]))
    parts.append(f"<p><code>{escape(say('digest'))} {escape(record['digest'])}</code></p>")
    return block(parts)


def _section(title: str, parts: list[str]) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _table(table: Table, say: Words, caption: str = "") -> str:
    return f'<div class="wide">{table_html(table, caption, say("more", count=f"{table.more:,}"))}</div>'


def _optional(table: Table | None, say: Words, caption: str) -> str:
    return "" if table is None else _table(table, say, say(caption))


def _remark(result: BatchResult, say: Words) -> str:
    """Whether all was seen: what a reader must know first."""
    rejected = sum(len(epoch["left_out"]) for epoch in result.plan.epochs)
    gaps = sum(result.units["status"] == "with gaps")
    if result.complete and not rejected:
        return f'<p class="whole">{escape(say("whole"))}</p>'
    unread = sum(result.tiles["status"] == "left_out")
    told = say(
        "gaps",
        failed=f"{len(result.failed):,}",
        gaps=f"{gaps:,}",
        rejected=f"{rejected:,}",
        unread=f"{unread:,}",
    )
    return f'<p class="w">{escape(told)}</p>'


def _legend(result: BatchResult, say: Words) -> str:
    present = set(result.units["status"])
    entries = [
        f'<span><i class="box" style="background:{colour}"></i>{escape(say.status(status))}</span>'
        for status, colour in UNIT_COLOURS.items()
        if status in present
    ]
    if result.plan.without_pair or result.plan.far:
        entries.append(f'<span><i class="box hatched"></i>{escape(say("unit_not_planned"))}</span>')
    kinds = {patch["attribution"] for patch in patches_outside(result.assessment._data)}
    entries += [
        f'<span><i class="dot" style="background:{look.colour}"></i>{escape(say(f"dot_{kind}"))}</span>'
        for kind, look in ATTRIBUTIONS.items()
        if kind in kinds
    ]
    note = f"<span>{escape(say('dots'))}</span>" if kinds else ""
    return f'<p class="legend">{"".join(entries)}{note}</p>'


def _outcome(result: BatchResult, say: Words) -> list[str]:
    record = result.assessment._data
    cuts = sum(patch["change"] == "cut" for patch in record["patches"])
    outside = len(patches_outside(record))
    parts = [f"<p>{escape(say('patches_counted', cuts=f'{cuts:,}', outside=f'{outside:,}'))}</p>"]
    parts += [
        _table(totals_table(result, at, say), say, say("totals", days=say.days(found["from"], found["to"])))
        for at, found in enumerate(record["intervals"])
    ]
    parts.append(_optional(licences_table(result, say), say, "by_licence"))
    parts.append(_optional(patches_table(result, say), say, "patches"))
    parts.append(f'<p class="note">{escape(say("note_measured"))}</p>')
    return parts


def _not_seen(result: BatchResult, say: Words) -> list[str]:
    parts = [_table(areas_table(result, say), say)]
    found = reasons(result, say)
    if found:
        head = "".join(f"<th>{escape(say(key))}</th>" for key in ("tiles", "reason", "epoch_short", "which"))
        rows = "".join(_reason_row(reason, say) for reason in found)
        parts.append(
            f'<div class="wide"><table class="reasons"><caption>{escape(say("tiles_without"))}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    else:
        parts.append(f"<p>{escape(say('no_tiles_without'))}</p>")
    parts.append(_optional(units_table(result, say), say, "units_without"))
    return parts


def _reason_row(reason: Reason, say: Words) -> str:
    more = reason.count - len(reason.paths)
    listed = [*reason.paths, *([say("more", count=f"{more:,}")] if more else [])]
    which = (
        f"<p>{escape(listed[0])}</p>"
        if len(listed) == 1
        else f"<details><summary>{escape(say('first_of', first=listed[0], count=f'{reason.count - 1:,}'))}</summary>"
        f"{list_html(listed[1:])}</details>"
    )
    return (
        f'<tr><td class="n">{reason.count:,}</td><td>{escape(reason.what)}</td><td>{escape(reason.epoch)}</td>'
        f"<td>{which}<p class='note'>{escape(reason.told)}</p></td></tr>"
    )


def _counted(reason: Reason, say: Words) -> str:
    return say("reason_counted", count=f"{reason.count:,}", what=reason.what, epoch=reason.epoch)


def _assumptions(result: BatchResult, say: Words) -> str:
    """List what was taken for granted; what the tables say of single tiles and units is not said again."""
    told = set(sentences_of(result.plan, list(result.fates), result.failed)) - set(result.plan.sentences)
    return list_html(
        _each_once(assumption(each, say.lang) for each in result.assessment.assumptions if each not in told)
    )


def _each_once(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sentences))


def _record(result: BatchResult, say: Words) -> list[tuple[str, str]]:
    return [
        (say("digest"), result.assessment.digest),
        (say("job"), result.plan.digest),
        (say("version"), f"overcut {result.assessment.version}"),
        (say("folder"), str(result.folder)),
    ]

"""The page that sums a run up: what was compared, what was found, what was not seen, how it went."""

from overcut.batch.page.layout import result_html, run_page

__all__ = ["result_html", "run_page"]

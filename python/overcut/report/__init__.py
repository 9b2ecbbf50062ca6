"""The appraisal report: one content, written as HTML, PDF, DOCX and XLSX.

`Assessment.to_report` and `Assessment.to_xlsx` are the way in. `content_of` makes the content of a record, `write`
puts it into a file.
"""

from __future__ import annotations

from overcut.report.assembling import content_of
from overcut.report.content import Content
from overcut.report.writing import FORMATS, write

__all__ = ["FORMATS", "Content", "content_of", "write"]

"""What is shown to people."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import overcut as oc
from overcut.summary import figure
from overcut.summary_text import width

from .conftest import array_dem, dig, licence, rectangle


class Balanced(HTMLParser):
    """Checks that tags are closed in the order in which they were opened, and collects the text."""

    def __init__(self):
        super().__init__()
        self.stack, self.names, self.text = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.stack.append(tag)
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(html):
    parser = Balanced()
    parser.feed(html)
    assert not parser.stack
    return parser


@pytest.fixture
def hostile(before):
    after = dig(dig(before, (10, 20), (10, 20), 2.0), (30, 38), (30, 38), 3.0)
    dems = [
        array_dem(before, "2021-05-01", name="<script>alert(1)</script>"),
        array_dem(after, "2024-05-20", name="b\x1b[31m&"),
    ]
    seam = oc.Layer("<img src=x>", roof=99.5, floor=98.5)
    ground = licence("<script>A</script>\u202e", layers=["<img src=x>"], holder='"><script>')
    return oc.assess(dems, [ground, licence("far</td>", rectangle((900, 950), (0, 40)))], layers=[seam])


def test_names_cannot_smuggle_in_html(hostile):
    for html in (hostile._repr_html_(), oc.read_licences([licence("<script>")])._repr_html_()):
        assert "<script" not in html
        assert "<img" not in html
        assert "script" not in parsed(html).names
    assert "<script>A</script>" in "".join(parsed(hostile._repr_html_()).text)


def test_names_cannot_command_a_terminal(hostile):
    assert "\x1b" not in repr(hostile)
    assert "\u202e" not in repr(hostile)


def test_a_summary_says_what_counts(case):
    for shown in (repr(case), "".join(parsed(case._repr_html_()).text)):
        for expected in ("2021-05-01 to 2024-05-20", "cut_measured_m3", "越界", "100.0", "200.0", case.digest):
            assert expected in shown
        for sentence in case.assumptions:
            assert sentence in shown


def test_a_summary_shows_patches_without_a_licence_and_the_nearest_one(hostile):
    assert "192.0" in repr(hostile)
    assert "excavated patches without a licence" in repr(hostile)
    assert "bearing" in repr(hostile)


def test_a_conflict_is_shown_with_the_licences_in_it(before):
    trench = dig(before, (5, 35), (10, 20), 1.0)
    ground = [licence("A", rectangle((0, 10), (0, 40))), licence("B", rectangle((30, 40), (0, 40)))]
    case = oc.assess([array_dem(before, "2021-05-01"), array_dem(trench, "2024-05-20")], ground)
    assert "conflicts" in repr(case)
    assert "A (10.0 m), B (10.0 m)" in repr(case)
    assert case.patches.loc[0, "conflict"]
    assert case.patches.loc[0, "licence"] == "A + B"
    assert "Conflicts" in case._repr_html_()


def test_a_summary_of_many_licences_stays_readable(before):
    squares = [
        licence(f"L{row * 10 + col:03}", rectangle((4 * col, 4 * col + 3), (4 * row, 4 * row + 3)))
        for row in range(10)
        for col in range(10)
    ]
    case = oc.assess([array_dem(before, "2021-05-01"), array_dem(before - 1.0, "2024-05-20")], squares)
    assert len(case.by_licence) > 100
    assert len(repr(case).splitlines()) < 100
    assert "more" in repr(case)


def test_columns_stand_under_each_other_with_chinese_text(case):
    lines = repr(case).splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith("licence  "))
    assert {width(line) for line in lines[start + 2 : start + 4]} == {width(lines[start + 1])}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567.89, "1,234,568"),
        (999.94, "999.9"),
        (12.345, "12.3"),
        (1.005, "1.00"),
        (0.0123, "0.012"),
        (0.0004, "< 0.001"),
        (0.0, "0"),
        (None, "–"),
    ],
)
def test_figures_have_as_many_digits_as_help(value, shown):
    assert figure(value) == shown

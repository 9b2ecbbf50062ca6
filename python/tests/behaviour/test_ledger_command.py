"""The ledger from the command line, from its making to the list of visits."""

from __future__ import annotations

import json

import geopandas
import pandas as pd
import pytest

import overcut as oc
from overcut.cli import main

from .conftest import CRS, rectangle


@pytest.fixture
def said(capsys):
    def run(*arguments):
        code = main(["ledger", *map(str, arguments)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def test_a_quarter_from_record_to_list_of_visits(said, tmp_path, case):
    ledger, record = tmp_path / "稷山.gpkg", case.to_json(tmp_path / "case.json")
    towns = geopandas.GeoDataFrame({"名称": ["石镇"]}, geometry=[rectangle((0, 40), (0, 40))], crs=CRS)
    towns.to_file(tmp_path / "towns.gpkg")
    assert said("create", ledger, "--crs", CRS, "--by", "Li")[0] == 0
    adding = ("add", ledger, record, "--by", "Li", "--townships", tmp_path / "towns.gpkg")
    code, out, _ = said(*adding, "--zone", f"farmland={tmp_path / 'towns.gpkg'}")
    assert (code, "1 new patches" in out) == (0, True)
    assert "is in the ledger already" in said(*adding)[1]
    code, out, _ = said("patches", ledger)
    assert "2024-000001" in out
    assert "石镇" in out
    (row,) = json.loads(said("patches", ledger, "--json", "--state", "new")[1])
    assert row["cut_m3"] == pytest.approx(200.0)
    assert row["notify"] == "乡(镇)综合执法队; 县自然资源局"
    assert said("describe", ledger, row["patch_id"], "--by", "Li", "--subject", "张某", "--risk", "high")[0] == 0
    assert said("lead", ledger, 500_015, 3_940_025, "--by", "Li", "--text", "夜间用电", "--kind", "electricity")[0] == 0
    names = said("watch", ledger, tmp_path / "towns.gpkg", "--kind", "closed_mine", "--by", "Li", "--interval-days", 9)
    assert names[1] == "石镇\n"
    due = json.loads(said("overdue", ledger, "--on", "2024-09-01", "--json")[1])
    assert [(each["name"], each["days_overdue"]) for each in due] == [("2024-000001", 12)]
    assert said("patrol", ledger, "2024-000001", "--by", "Zhao", "--when", "2024-08-31", "--level", "village")[0] == 0
    assert "2024-000001" not in said("overdue", ledger, "--on", "2024-09-01")[1]
    inspecting = ("inspect", ledger, "2024-000001", "--by", "Wang", "--when", "2024-09-02", "--outcome", "unlawful")
    assert said(*inspecting, "--filed", "--detail", "fine_cny=50000")[0] == 0
    code, out, _ = said("history", ledger, "2024-000001", "--lang", "zh")
    assert "现场核查：违法；立案" in out
    assert "Wang" in out
    assert "verified on site" in said("show", ledger)[1]
    assert "石镇" in said("totals", ledger)[1]
    (total,) = json.loads(said("totals", ledger, "--columns", "year", "--json")[1])
    assert (total["year"], total["patches"], total["cut_m3"]) == ("2024", 1, pytest.approx(200.0))
    written = tmp_path / "图斑.csv"
    assert said("export", ledger, written, "--constant", "region=稷山县")[1] == f"{written}\n"
    table = pd.read_csv(written, encoding="utf-8-sig")
    assert table.loc[0, ["行政区名称", "是否立案", "罚款（元）"]].to_list() == ["稷山县", "立案", 50000]


def test_what_is_refused_says_why_and_has_its_exit_code(said, tmp_path):
    code, _, err = said("show", tmp_path / "missing.gpkg")
    assert code == 3
    assert "create=True" in err
    ledger = tmp_path / "l.gpkg"
    oc.Ledger.open(ledger, create=True, crs=CRS)
    code, _, err = said("inspect", ledger, "2024-000001", "--by", "Li", "--outcome", "lawful")
    assert (code, "is not in the ledger" in err) == (1, True)
    code, _, err = said("add", ledger, tmp_path / "none.json", "--by", "Li", "--zone", "forest")
    assert code in (1, 3)

"""The licences of the scene: invented holders, invented numbers of the usual 23 characters.

- A: limestone, one licence of two parts that share an edge and have different floors; with a hole, a shrine reserve.
- B and C are stacked: one plan polygon, bauxite (B) over limestone (C), with seven metres of ground between their bands
  that belong to neither.
- D: brick clay, expired on 2022-03-31, between the first and the second survey.
- E: limestone, shares an edge with A; nothing is dug in it. The only one that names layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shapely.geometry import Polygon

import scene


@dataclass(frozen=True)
class LicencePart:
    """One row of the licence table: a plan polygon with an elevation band, of a licence."""

    letter: str
    licence: str
    part: int
    holder: str
    mineral: str
    corners: tuple[tuple[float, float], ...]
    floor_m: float
    ceiling_m: float
    valid_from: date
    valid_to: date
    hole: tuple[tuple[float, float], ...] = ()
    layers: str | None = None
    method: str = "露天开采"  # open pit

    @property
    def polygon(self) -> Polygon:
        """Boundary in the CRS of the scene."""

        def ring(corners: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
            return [(scene.WEST_M + u, scene.SOUTH_M + v) for u, v in corners]

        return Polygon(ring(self.corners), [ring(self.hole)] if self.hole else [])


A_ID = "C1408242016037110000101"
B_ID = "C1400002015063110000202"
C_ID = "C1408242017087110000303"
D_ID = "C1408242012047130000404"
E_ID = "C1408242019117110000505"
STACKED = ((306.2, 62.7), (372.4, 46.1), (428.8, 78.3), (424.1, 141.6), (371.5, 166.9), (312.9, 148.4))

# The shrine reserve: not part of A's licence, though all round it is.
SHRINE_RESERVE = ((100.4, 321.2), (125.7, 324.5), (123.9, 341.3), (97.8, 337.6))

LICENCE_PARTS = (
    LicencePart(
        "A",
        A_ID,
        1,
        "稷山县青石岭石料有限公司",
        "石灰岩",
        ((81.3, 218.4), (148.9, 203.6), (209.2, 228.7), (221.8, 301.5), (166.4, 346.9), (94.6, 358.7)),
        1152.0,
        1230.0,
        date(2016, 3, 18),
        date(2026, 3, 18),
        hole=SHRINE_RESERVE,
    ),
    LicencePart(
        "A",
        A_ID,
        2,
        "稷山县青石岭石料有限公司",
        "石灰岩",
        ((22.7, 233.1), (81.3, 218.4), (94.6, 358.7), (29.2, 351.8)),
        1164.0,
        1230.0,
        date(2016, 3, 18),
        date(2026, 3, 18),
    ),
    LicencePart(
        "B",
        B_ID,
        1,
        "山西汾南铝业有限责任公司",
        "铝土矿",
        STACKED,
        1156.0,
        1164.0,
        date(2015, 6, 10),
        date(2030, 6, 10),
    ),
    LicencePart(
        "C", C_ID, 1, "稷山县柏林坡建材有限公司", "石灰岩", STACKED, 1132.0, 1149.0, date(2017, 8, 1), date(2027, 8, 1)
    ),
    LicencePart(
        "D",
        D_ID,
        1,
        "稷山县南坡新型墙材厂",
        "砖瓦用粘土",
        ((38.3, 42.2), (133.6, 28.9), (174.2, 71.8), (150.7, 131.3), (43.1, 138.6)),
        1136.0,
        1190.0,
        date(2012, 4, 1),
        date(2022, 3, 31),
    ),
    LicencePart(
        "E",
        E_ID,
        1,
        "稷山县东沟石料有限公司",
        "石灰岩",
        ((166.4, 346.9), (221.8, 301.5), (263.1, 322.4), (258.7, 371.2), (192.3, 381.6)),
        1150.0,
        1230.0,
        date(2019, 11, 20),
        date(2029, 11, 20),
        layers="O2f limestone;O2s limestone",
    ),
)

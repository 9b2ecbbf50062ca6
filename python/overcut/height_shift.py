"""From one vertical datum to another."""

from __future__ import annotations

import json
from typing import Any, Literal

from overcut import _overcut
from overcut.exceptions import ParameterError
from overcut.stated import number, path_text, positive_integer

__all__ = ["HeightShift", "shifts_of"]


class HeightShift:
    """Change of what heights are counted from: `Dem(..., height_shift=…)`, `read_licences(..., height_shift=…)`.

    Made by one of the three constructors below. Heights of a surface are changed while they are read, each cell by what
    holds at its centre; elevations of licences by a constant only.

    Examples
    --------
    >>> import overcut as oc
    >>> oc.HeightShift.known("1956", "1985")
    <HeightShift 1956 to 1985: -0.029 m>
    >>> oc.HeightShift.constant(27.31, from_datum="ellipsoidal", to_datum="1985", source="points G1 to G4, 2024")
    <HeightShift ellipsoidal to 1985: +27.31 m>
    """

    def __init__(self, record: str, words: tuple[str, str]) -> None:
        self._record = record
        self._words = words
        self._data: dict[str, Any] = json.loads(record)

    @classmethod
    def known(cls, from_datum: str, to_datum: str) -> HeightShift:
        """Take the change between the 1956 and the 1985 height datum of China, the one that is the same everywhere.

        H(1985) = H(1956) - 0.029 m.

        Parameters
        ----------
        from_datum, to_datum : {"1956", "1985"}
            Datums.

        Returns
        -------
        HeightShift

        Raises
        ------
        VerticalDatumError
            Another pair: what lies between them must be measured or given.
        """
        return cls._made(from_datum, to_datum, None, None)

    @classmethod
    def constant(cls, metres: float, *, from_datum: str, to_datum: str, source: str) -> HeightShift:
        """Add the same everywhere: H(to) = H(from) + metres.

        Parameters
        ----------
        metres : float
            What is added. From ellipsoidal to normal heights it is the height anomaly with its sign turned.
        from_datum, to_datum : str
            As `vertical_datum` of `Dem`.
        source : str
            On whose word, such as the control points at which it was measured; goes into the record.

        Returns
        -------
        HeightShift
        """
        shift = {"kind": "constant", "metres": number(metres, "metres")}
        return cls._made(from_datum, to_datum, shift, source)

    @classmethod
    def grid(
        cls,
        path: Any,
        *,
        from_datum: str = "ellipsoidal",
        to_datum: str,
        source: str | None = None,
        interpolation: Literal["bilinear", "bicubic"] = "bilinear",
        band: int | None = None,
    ) -> HeightShift:
        """Change heights by a grid, such as a geoid or quasi-geoid model in GTX or GeoTIFF.

        With an ellipsoid on one side the grid holds the height N of the other zero above it: H = h - N, h = H + N.
        Between two other datums it holds the height of the zero of `to_datum` above that of `from_datum`, and is
        taken away.

        Parameters
        ----------
        path : str or os.PathLike
            Grid in any format that GDAL reads. It is opened when a surface is; a grid that is missing, or that does not
            cover the surface, is an error.
        from_datum, to_datum : str
            As `vertical_datum` of `Dem`.
        source : str, optional
            Which model it is, and who gave it; otherwise its path.
        interpolation : {"bilinear", "bicubic"}
            Between its points; bilinear as PROJ does.
        band : int, optional
            Which band, from 1, if it has several.

        Returns
        -------
        HeightShift
        """
        name = path_text(path, "path of the height grid")
        if interpolation not in ("bilinear", "bicubic"):
            raise ParameterError(f"interpolation is {interpolation!r}; expected 'bilinear' or 'bicubic'")
        shift = {
            "kind": "grid",
            "path": name,
            "sha256": None,
            "band": None if band is None else positive_integer(band, "band"),
            "interpolation": interpolation,
        }
        return cls._made(from_datum, to_datum, shift, source or name)

    @classmethod
    def _made(cls, from_datum: str, to_datum: str, shift: dict[str, Any] | None, source: str | None) -> HeightShift:
        words = (str(from_datum), str(to_datum))
        return cls(_overcut.height_shift(*words, None if shift is None else json.dumps(shift), source), words)

    @property
    def from_datum(self) -> str:
        """What heights are counted from before."""
        return self._words[0]

    @property
    def to_datum(self) -> str:
        """What they are counted from then."""
        return self._words[1]

    @property
    def metres(self) -> float | None:
        """What is added everywhere; None for a grid."""
        metres = self._data["shift"].get("metres")
        return None if metres is None else float(metres)

    @property
    def path(self) -> str | None:
        """Path of the grid; None for a constant."""
        path = self._data["shift"].get("path")
        return None if path is None else str(path)

    @property
    def source(self) -> str:
        """On whose word."""
        return str(self._data["source"])

    def to_dict(self) -> dict[str, Any]:
        """Everything, as it stands in the record of an assessment."""
        found: dict[str, Any] = json.loads(self._record)
        return found

    def __repr__(self) -> str:
        what = f"grid {self.path}" if self.metres is None else f"{self.metres:+g} m"
        return f"<HeightShift {self.from_datum} to {self.to_datum}: {what}>"

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, HeightShift) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._record)


def shifts_of(given: Any) -> tuple[HeightShift, ...]:
    """Check one shift, several that follow each other, or none."""
    if given is None:
        return ()
    listed = (given,) if isinstance(given, HeightShift) else tuple(given)
    for each in listed:
        if not isinstance(each, HeightShift):
            raise ParameterError(f"height_shift is a {type(each).__name__}; expected overcut.HeightShift")
    return listed

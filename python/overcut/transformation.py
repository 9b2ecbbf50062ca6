"""From one geodetic datum to another, where no authority lists an operation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from overcut import _overcut
from overcut.exceptions import ParameterError
from overcut.stated import crs_text, number

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Axes", "Convention", "Transformation", "transformations_crossing"]

Axes = Literal["east_north", "north_east"]
Convention = Literal["position_vector", "coordinate_frame"]
Kind = Literal["four_parameters", "seven_parameters"]

_AXES = ("east_north", "north_east")
_CONVENTIONS = ("position_vector", "coordinate_frame")
_PLANE = ("dx_m", "dy_m", "rotation_arcsec", "scale_ppm")
_SPACE = ("dx_m", "dy_m", "dz_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm", "height_m")


class Transformation:
    """Transformation between two geodetic datums, such as Xian 1980 and CGCS2000.

    Made by one of the four constructors below. It is used wherever coordinates have to come from the datum of
    `from_crs` to that of `to_crs`, or back, in any zone of either. Give it to `read_licences` or `assess` as
    `transformation`.

    Examples
    --------
    >>> import overcut as oc
    >>> t = oc.Transformation.four_parameters(
    ...     dx_m=-3.0, dy_m=118.0, rotation_arcsec=0.0, scale_ppm=0.0, axes="north_east",
    ...     from_crs="EPSG:2382", to_crs="EPSG:4546", source="county survey, sheet 12, 2019",
    ... )
    >>> t.transform([(498_187.664, 3_941_160.735)])
    [(498305.664, 3941157.735)]
    """

    def __init__(self, record: str) -> None:
        self._record = record
        self._data: dict[str, Any] = json.loads(record)

    @classmethod
    def four_parameters(
        cls,
        *,
        dx_m: float,
        dy_m: float,
        rotation_arcsec: float,
        scale_ppm: float,
        axes: Axes,
        from_crs: Any,
        to_crs: Any,
        source: str,
    ) -> Transformation:
        """Plane similarity (四参数) between two projected CRSs.

        ``x' = dx + k (x cos r - y sin r)``, ``y' = dy + k (x sin r + y cos r)``, with ``k = 1 + scale_ppm / 10⁶``.

        Parameters
        ----------
        dx_m, dy_m : float
            Shifts along the first and the second axis, metres.
        rotation_arcsec : float
            Rotation r from the first axis towards the second, seconds of arc.
        scale_ppm : float
            Scale less 1, millionths; of a factor k that is ``(k - 1) * 10⁶``.
        axes : {"north_east", "east_north"}
            Which axis is x in these parameters: north in Chinese sheets (X 北, Y 东), east in most programs. It must be
            stated: exchanged axes turn the other way.
        from_crs, to_crs : str, int or object of pyproj or rasterio
            The two projected CRSs in which the parameters hold, zone and prefix included.
        source : str
            Where they come from; goes into the record.

        Returns
        -------
        Transformation

        Raises
        ------
        ParameterError
            A value that cannot be meant.
        CrsError
            A CRS that is not projected, or two CRSs of one datum.
        """
        given = {"dx_m": dx_m, "dy_m": dy_m, "rotation_arcsec": rotation_arcsec, "scale_ppm": scale_ppm}
        method = {"kind": "four_parameters", **_numbers(given), "axes": _one_of(axes, _AXES, "axes")}
        return cls._made(from_crs, to_crs, method, source)

    @classmethod
    def seven_parameters(
        cls,
        *,
        dx_m: float,
        dy_m: float,
        dz_m: float,
        rx_arcsec: float,
        ry_arcsec: float,
        rz_arcsec: float,
        scale_ppm: float,
        convention: Convention,
        from_crs: Any,
        to_crs: Any,
        source: str,
        height_m: float = 0.0,
    ) -> Transformation:
        """Shifts, rotations and scale between geocentric coordinates (七参数, Helmert, Bursa-Wolf).

        Parameters
        ----------
        dx_m, dy_m, dz_m : float
            Shifts, metres.
        rx_arcsec, ry_arcsec, rz_arcsec : float
            Rotations, seconds of arc.
        scale_ppm : float
            Scale less 1, millionths.
        convention : {"position_vector", "coordinate_frame"}
            Sense of the rotations; it must be stated. In the first row of the matrix stands ``-rz`` for the position
            vector (EPSG 9606), ``+rz`` for the coordinate frame (EPSG 9607).
        from_crs, to_crs : str, int or object of pyproj or rasterio
            CRSs of the two datums, such as 4610 and 4490.
        source : str
            Where they come from; goes into the record.
        height_m : float
            Height above the ellipsoid at which the plan is transformed. A kilometre changes it by a few centimetres.

        Returns
        -------
        Transformation
        """
        given = {
            "dx_m": dx_m,
            "dy_m": dy_m,
            "dz_m": dz_m,
            "rx_arcsec": rx_arcsec,
            "ry_arcsec": ry_arcsec,
            "rz_arcsec": rz_arcsec,
            "scale_ppm": scale_ppm,
            "height_m": height_m,
        }
        sense = _one_of(convention, _CONVENTIONS, "convention")
        return cls._made(from_crs, to_crs, {"kind": "seven_parameters", **_numbers(given), "convention": sense}, source)

    @classmethod
    def from_points(
        cls,
        pairs: Mapping[str, Any] | Iterable[Any],
        *,
        kind: Kind = "four_parameters",
        axes: Axes,
        from_crs: Any,
        to_crs: Any,
        source: str,
        height_m: float = 0.0,
    ) -> Transformation:
        """Estimate a transformation from common points, by least squares.

        Parameters
        ----------
        pairs : mapping of name to (from, to), or iterable of (from, to) or (name, from, to)
            Coordinates of each point in both CRSs: two for four parameters; for seven a third, the height above the
            ellipsoid. (Normal heights on both sides will do for the plan.)
        kind : {"four_parameters", "seven_parameters"}
            Plane similarity, from at least two points; or seven parameters, from at least three that are not on a line.
        axes : {"north_east", "east_north"}
            Order of the coordinates: (X north, Y east) as in Chinese tables, or (east, north).
        from_crs, to_crs : str, int or object of pyproj or rasterio
            CRSs of the coordinates.
        source : str
            Where the points come from; goes into the record.
        height_m : float
            As in `seven_parameters`.

        Returns
        -------
        Transformation
            With `residuals`, `rms_m` and `suspects`.

        Raises
        ------
        ParameterError
            Too few points, all in one place or on a line, or pairs that do not fit each other.
        """
        order = _one_of(axes, _AXES, "axes")
        points = [_pair(position, each, order) for position, each in enumerate(_listed(pairs), start=1)]
        if not points:
            raise ParameterError("no common points given; expected at least two, for seven parameters three")
        if _one_of(kind, ("four_parameters", "seven_parameters"), "kind") == "four_parameters":
            method = {"kind": kind, **dict.fromkeys(_PLANE, 0.0), "axes": order}
        else:
            zeros = dict.fromkeys(_SPACE, 0.0)
            height = number(height_m, "height_m", unit="metres")
            method = {"kind": kind, **zeros, "height_m": height, "convention": "position_vector"}
        return cls._made(from_crs, to_crs, method, source, points)

    @classmethod
    def officially_converted(cls, *, from_crs: Any, to_crs: Any, source: str) -> Transformation:
        """State that coordinates have been converted by somebody competent: they are in `to_crs` already.

        Parameters
        ----------
        from_crs : str, int or object of pyproj or rasterio
            What the file or the paper says, or said.
        to_crs : str, int or object of pyproj or rasterio
            What the coordinates are in.
        source : str
            Who converted them, with number and date; goes into the record.

        Returns
        -------
        Transformation
        """
        return cls._made(from_crs, to_crs, {"kind": "officially_converted"}, source)

    @classmethod
    def _made(
        cls, from_crs: Any, to_crs: Any, method: dict[str, Any], source: str, points: Sequence[Any] = ()
    ) -> Transformation:
        known = {"from_crs": crs_text(from_crs), "to_crs": crs_text(to_crs)}
        for name, crs in known.items():
            if crs is None:
                raise ParameterError(f"{name} is missing; state it, such as 'EPSG:2382'")
        return cls(
            _overcut.transformation(
                str(known["from_crs"]), str(known["to_crs"]), json.dumps(method), str(source or ""), list(points)
            )
        )

    @property
    def kind(self) -> str:
        """What it is: "four_parameters", "seven_parameters" or "officially_converted"."""
        return str(self._data["method"]["kind"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters, with their convention or order of axes."""
        return {name: value for name, value in self._data["method"].items() if name != "kind"}

    @property
    def from_crs(self) -> str:
        """Code of the CRS that it comes from, else its WKT."""
        return str(self._data["from"]["code"] or self._data["from"]["wkt"])

    @property
    def to_crs(self) -> str:
        """Code of the CRS that it leads to, else its WKT."""
        return str(self._data["to"]["code"] or self._data["to"]["wkt"])

    @property
    def source(self) -> str:
        """Where it comes from."""
        return str(self._data["source"])

    @property
    def residuals(self) -> DataFrame:
        """Common points with what is left of them: transformed less given, metres. Empty without points."""
        from pandas import DataFrame

        points = (self._data["fit"] or {}).get("points", [])
        names = ("residual_east_m", "residual_north_m", "residual_up_m", "residual_m", "suspect")
        table = {"point": [each["name"] for each in points]}
        found: DataFrame = DataFrame(table | {name: [each[name] for each in points] for name in names})
        return found

    @property
    def rms_m(self) -> float | None:
        """Root of the mean square of the residuals, metres; None without points."""
        fit = self._data["fit"]
        return None if fit is None else float(fit["rms_m"])

    @property
    def sigma_m(self) -> float | None:
        """Standard error of a coordinate, metres; None without a point more than needed."""
        fit = self._data["fit"]
        return None if fit is None or fit["sigma_m"] is None else float(fit["sigma_m"])

    @property
    def suspects(self) -> tuple[str, ...]:
        """Points that look like gross errors."""
        return tuple(each["name"] for each in (self._data["fit"] or {}).get("points", []) if each["suspect"])

    def transform(self, points: Iterable[tuple[float, float]], *, from_crs: Any = None, to_crs: Any = None) -> Any:
        """Transform points, east first.

        Parameters
        ----------
        points : iterable of (float, float)
            x east (or longitude, degrees), y north (or latitude).
        from_crs, to_crs : str, int or object of pyproj or rasterio, optional
            CRSs of the points and of the result, if not those of the transformation; exchanged, it goes back.

        Returns
        -------
        list of (float, float)
        """
        ends = (crs_text(from_crs) or self.from_crs, crs_text(to_crs) or self.to_crs)
        moved, _ = _overcut.transform_points(*ends, [self._record], [(float(x), float(y)) for x, y in points])
        return moved

    def to_dict(self) -> dict[str, Any]:
        """Everything, as it stands in the record of an assessment."""
        found: dict[str, Any] = json.loads(self._record)
        return found

    def __repr__(self) -> str:
        fit = "" if self.rms_m is None else f", {len(self.residuals)} points, rms {self.rms_m:.3f} m"
        suspects = f", suspect: {', '.join(self.suspects)}" if self.suspects else ""
        return f"<Transformation {self.kind}: {self.from_crs} to {self.to_crs}{fit}{suspects}>"

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Transformation) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._record)


def transformations_crossing(given: Any) -> list[str]:
    """Give the records of one transformation, several or none, as they cross to the extension."""
    if given is None:
        return []
    listed = [given] if isinstance(given, Transformation) else list(given)
    for each in listed:
        if not isinstance(each, Transformation):
            raise ParameterError(f"transformation is a {type(each).__name__}; expected overcut.Transformation")
    return [each._record for each in listed]


def _numbers(given: dict[str, Any]) -> dict[str, float]:
    return {name: number(value, name) for name, value in given.items()}


def _one_of(value: Any, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise ParameterError(f"{name} is {value!r}; expected {' or '.join(map(repr, known))}")
    return str(value)


def _listed(pairs: Any) -> list[Any]:
    if isinstance(pairs, Mapping):
        return [(name, *both) for name, both in pairs.items()]
    return list(pairs)


def _pair(position: int, given: Any, axes: str) -> tuple[str, list[float], list[float]]:
    parts = list(given)
    name = str(parts.pop(0)) if len(parts) == 3 else f"point {position}"  # noqa: PLR2004
    if len(parts) != 2:  # noqa: PLR2004
        raise ParameterError(f"common point {position} is {given!r}; expected (from, to) or (name, from, to)")
    ends = []
    for end in parts:
        values = [number(value, f"a coordinate of {name}") for value in end]
        if axes == "north_east" and len(values) > 1:
            values[0], values[1] = values[1], values[0]
        ends.append(values)
    return name, ends[0], ends[1]

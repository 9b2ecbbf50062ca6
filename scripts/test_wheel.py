"""Installs the newest wheel of dist/ into an environment of its own and does the main job with it.

Nothing of this checkout but testdata/ is used, and the job runs in another folder. On Linux the extension may need
nothing but the C and C++ runtimes. If this checkout has a build against the system's GDAL, both must give the
same digest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIMES = ("linux-vdso", "ld-linux", "libc.so", "libm.so", "libgcc_s", "libstdc++", "libdl", "libpthread", "librt")
USE = """
import sys
import geopandas as gpd, overcut as oc
licences = gpd.read_file("licences.gpkg")
licences.to_file("licences.geojson")
surfaces = [oc.Dem(f"dem_{date[:4]}.tif", date=date, sigma_m=0.05) for date in ("2021-05-01", "2024-05-20")]
stated = {"vertical_datum": "1985"}
from_gpkg = oc.assess(surfaces, "licences.gpkg", **stated)
from_frame = oc.assess(surfaces, licences, **stated)
from_geojson = oc.read_licences("licences.geojson")
assert from_gpkg.digest == from_frame.digest, "licences from a file and from a table differ"
assert len(from_geojson) == licences["licence"].nunique()
assert "gdal" not in sys.modules
print(oc.versions())
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a command; ends the script if it fails."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB")
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def needed_libraries(extension: Path) -> list[str]:
    """Shared libraries that the extension needs beside the runtimes (Linux)."""
    lines = run("ldd", extension, cwd=extension.parent).splitlines()
    names = [Path(line.split()[0]).name for line in lines if line.strip()]
    return [name for name in names if not name.startswith(RUNTIMES)]


def main() -> None:
    """Test the newest wheel."""
    wheels = sorted((ROOT / "dist").glob("overcut-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        sys.exit("no wheel in dist/: run `make wheel` first")
    wheel = wheels[-1]
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        venv.create(work / "env", with_pip=True)
        programs = work / "env" / ("Scripts" if os.name == "nt" else "bin")
        run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=work)
        if sys.platform == "linux":
            (extension,) = (work / "env").rglob("overcut/_overcut*.so")
            foreign = needed_libraries(extension)
            if foreign:
                sys.exit(f"the wheel is not self-contained, it needs {', '.join(foreign)}")
            print(f"{extension.name}: {extension.stat().st_size / 1e6:.1f} MB, needs the C and C++ runtimes only")
        shutil.copytree(ROOT / "testdata", work / "case", ignore=shutil.ignore_patterns("out"))
        print(run(programs / "python", "-c", USE, cwd=work / "case").strip())
        print(run(programs / "overcut", "assess", "case.toml", cwd=work / "case"))
        digest = json.loads((work / "case" / "out" / "case.json").read_text(encoding="utf-8"))["digest"]
        built = ROOT / ".venv" / programs.name / "overcut"
        if built.exists():
            shutil.rmtree(work / "case" / "out")
            run(built, "assess", "case.toml", cwd=work / "case")
            other = json.loads((work / "case" / "out" / "case.json").read_text(encoding="utf-8"))["digest"]
            if other != digest:
                sys.exit(f"the wheel gives {digest}, the build of this checkout {other}")
            print("the digest is that of the build against the system's GDAL")
    print("overcut: the wheel works")


if __name__ == "__main__":
    main()

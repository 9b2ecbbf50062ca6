"""A PostgreSQL cluster of its own for tests: made in a temporary folder, gone afterwards."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)


def binaries():
    """Folder with `initdb` and `pg_ctl`; None if there is no PostgreSQL on this machine."""
    found = shutil.which("initdb")
    candidates = [] if found is None else [Path(found).resolve().parent]
    for place in PLACES:
        candidates += sorted(map(Path, glob.glob(place)), reverse=True)  # noqa: PTH207
    if os.name == "posix" and os.geteuid() == 0 and not _has_account():
        return None
    return next((each for each in candidates if any(each.glob("initdb*")) and any(each.glob("pg_ctl*"))), None)


def _has_account():
    """Whether root can be somebody else, as whom PostgreSQL agrees to run."""
    import pwd

    return any(each.pw_name == "postgres" for each in pwd.getpwall())


@dataclass
class Cluster:
    host: str
    port: int
    user: str
    made: int = 0

    def connect(self, database="postgres"):
        return psycopg.connect(host=self.host, port=self.port, user=self.user, dbname=database, autocommit=True)

    def database(self, *, postgis=False):
        """URL of a database that is empty; None if PostGIS is asked for and not there."""
        self.made += 1
        name = f"ledger_{self.made}"
        with self.connect() as connection:
            if (
                postgis
                and not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone()
            ):
                return None
            connection.execute(f"CREATE DATABASE {name}")
        if postgis:
            with self.connect(name) as connection:
                connection.execute("CREATE EXTENSION postgis")
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.host}&port={self.port}"


@contextmanager
def cluster(folder):
    """Run a cluster with the binaries in a folder."""
    posix = os.name == "posix"
    # initdb refuses to run as root.
    account = "postgres" if posix and os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as place:
        own = {"cwd": place, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if account is not None:
            shutil.chown(place, account)
            own["user"] = account
        data = str(Path(place) / "data")
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True,
            **own,
        )
        port = _free_port()
        listening = "-c listen_addresses=''" if posix else "-c listen_addresses=127.0.0.1"
        options = f"-p {port} {listening} -c fsync=off -c max_connections=120"
        if posix:
            options += f" -c unix_socket_directories={place}"
        started = [folder / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", str(Path(place) / "log"), "-o", options]
        subprocess.run([*started, "start"], check=True, **own)
        try:
            yield Cluster(place if posix else "127.0.0.1", port, "tester")
        finally:
            subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], check=False, **own)


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]

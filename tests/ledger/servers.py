"""A throw-away PostgreSQL server, started and stopped by the tests that need one."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.ports import free_port

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
PATIENTLY = ("--wait", "--timeout=600")
MISSING = "there is no PostgreSQL on this machine; install the package 'postgresql', as in apt-get install postgresql"


@dataclass
class Server:
    """A PostgreSQL server in a folder of its own; it listens on a port of this machine and trusts everybody there."""

    programs: Path
    folder: Path
    port: int

    @classmethod
    def make(cls) -> Server | None:
        """A new server that runs; None where PostgreSQL is not installed."""
        found = shutil.which("pg_ctl")
        programs = Path(found).parent if found else next((one for one in PLACES if (one / "pg_ctl").is_file()), None)
        if programs is None:
            return None
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = cls(programs, folder, free_port())
        server.run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        server.start()
        return server

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder}"
        self.run("pg_ctl", *PATIENTLY, "--options", options, "--log", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        self.run("pg_ctl", *PATIENTLY, "--mode=immediate", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def empty_database(server: Server) -> str:
    """The address of a new database of the server."""
    name = f"ledger_{secrets.token_hex(6)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]  # takes literals alone
    return server.url.removesuffix("postgres") + name

"""Starting the service as `bonafide serve` does."""

from __future__ import annotations

import os
import socket
import sys
from errno import EADDRINUSE
from hashlib import blake2b
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from features.errors import UsageError
from models.machine.cores import cores
from models.settings import get_settings, telemetry_off
from serving.access.gate import is_loopback
from serving.access.keys import demand

TARGET = "serving.service:Bonafide"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own in it, which nobody else may enter
"""Where files lie in memory, on systems that have such a folder."""
DRAIN_SECONDS = 60
"""When told to stop, the service answers for so long what it has begun."""


def serve(host: str = "127.0.0.1", port: int = 3000, workers: int | None = None) -> None:
    """Replace this process by the service, which runs until it is told to stop.

    Args:
        host: Address or name to listen on.
        port: Port to listen on.
        workers: Processes that answer; as many as there are cores unless given.

    Raises:
        UsageError: The address is not this machine's, or the port is taken, or others can reach it and there is no key.
        ContractError: The file of keys is damaged.
    """
    address = _free_address(host, port)
    keys = {} if is_loopback(address) else {"BONAFIDE_KEYS": "true"}
    if keys:
        demand(get_settings().home)
    own = _own_folder(port)
    environment = os.environ | settings(workers or cores()) | own | keys
    command = [sys.executable, "-m", "bentoml", "serve", TARGET, "--host", address, "--port", str(port)]
    command += ["--timeout-graceful-shutdown", str(DRAIN_SECONDS)]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted


def settings(workers: int) -> dict[str, str]:
    """Environment variables for that many workers: BentoML's configuration, and threads that share the cores."""
    telemetry_off()
    threads = str(max(1, cores() // workers))
    options = (os.environ.get("BENTOML_CONFIG_OPTIONS", ""), f"services.bonafide.workers={workers}")
    return {
        "BENTOML_CONFIG_OPTIONS": " ".join(option for option in options if option),
        "POLARS_MAX_THREADS": os.environ.get("POLARS_MAX_THREADS", threads),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }


def _own_folder(port: int) -> dict[str, str]:
    """Where BentoML keeps what the processes count: of its own, since it empties that folder at each start.

    In the user's folder, a second service would take the metrics of the first away. In memory, since the files are
    mapped: on a disk that is full, writing to one ends the process.
    """
    given = os.environ.get("BENTOML_HOME")
    if given:
        return {"BENTOML_HOME": given}
    home = get_settings().home.resolve()
    memory = MEMORY / f"bonafide-{blake2b(bytes(home), digest_size=8).hexdigest()}-{port}"
    if _is_own(memory):
        return {"BENTOML_HOME": str(memory), "BONAFIDE_COUNTS": str(memory)}
    folder = home / "service" / str(port)
    folder.mkdir(parents=True, exist_ok=True)
    return {"BENTOML_HOME": str(folder)}


def _is_own(folder: Path) -> bool:
    """Whether the folder could be made, or is there and this user's alone: anybody may make one of that name."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not S_IMODE(found.st_mode) & 0o077


def _free_address(host: str, port: int) -> str:
    """The host as an address, IPv4 where it has one, after trying to listen there.

    BentoML takes no host names, and tells of a taken port only in a trace.
    """
    try:
        found = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        family, address = found[0], found[4]
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        other = "; choose another with --port" if error.errno == EADDRINUSE else ""
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}{other}") from None
    return str(address[0])

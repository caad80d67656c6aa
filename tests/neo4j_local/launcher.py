"""A real Neo4j Community from its Java artifacts: no container, no root, nothing mocked.

    with Neo4jServer(password="...") as server:
        open_store(server.uri, password=server.password)

Needs Java 17 and, the first time, Maven, which fetches the jars into a cache of the user. Listens on
127.0.0.1 only; its data lives in a temporary folder and goes with it.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.neo4j_local.settings import SETTINGS, VERSION

HERE = Path(__file__).parent
START_S = 120.0
MAIN = "org.neo4j.server.CommunityEntryPoint"
OPENS = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")]
HANDSHAKE = bytes.fromhex("6060B01700040405000000040000000000000000")


class Neo4jMissing(Exception):
    """Java, Maven or the jars are not to be had on this machine."""


class Neo4jServer:
    """One server on a free port. With a password it asks for it; without one it lets everybody in."""

    def __init__(self, *, password: str = "", quick: bool = True) -> None:
        self.password = password
        self._quick = quick
        self._home = Path(tempfile.mkdtemp(prefix="crownpath-neo4j-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts, or starts again after `kill`, and waits until it answers."""
        java, jars = _java(), _jars()
        (self._home / "conf").mkdir(exist_ok=True)
        (self._home / "import").mkdir(exist_ok=True)
        settings = "".join(f"{name}={value}\n" for name, value in self._settings().items())
        (self._home / "conf" / "neo4j.conf").write_text(settings, encoding="utf-8")
        if self.password and not (self._home / "data").exists():
            self._set_password(java, jars)
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] if self._quick else ["-XX:+UseG1GC"]
        memory = ["-Xms1g" if not self._quick else "-Xms128m", "-Xmx1g"]
        folders = [f"--home-dir={self._home}", f"--config-dir={self._home / 'conf'}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [java, *memory, *quick, *OPENS, "-cp", f"{jars}/*", MAIN, *folders],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait(self._process)

    def kill(self) -> None:
        """As a loss of power would; the data stays for the next start."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)

    def close(self) -> None:
        """Ends the server and removes its data."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _log(self) -> Path:
        return self._home / "server.out"

    def _settings(self) -> dict[str, str]:
        return {
            **SETTINGS,
            "server.memory.pagecache.size": "128m" if self._quick else "512m",
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": f"127.0.0.1:{self._port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self._port}",
            "server.directories.import": "import",
            "dbms.security.auth_enabled": "true" if self.password else "false",
            "db.tx_log.preallocate": "false",
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",  # else a stop takes 10 s
        }

    def _set_password(self, java: str, jars: Path) -> None:
        tool = ["org.neo4j.cli.AdminTool", "dbms", "set-initial-password", self.password]
        subprocess.run(
            [java, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", *tool],
            env={**os.environ, "NEO4J_HOME": str(self._home), "NEO4J_CONF": str(self._home / "conf")},
            check=True,
            capture_output=True,
            timeout=120,
        )

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + START_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError("Neo4j did not start:\n" + self._log.read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        """A bare handshake; the driver would back off for seconds between tries."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as wire:
                wire.settimeout(5)
                wire.sendall(HANDSHAKE)
                return wire.recv(4) not in (b"", b"\0\0\0\0")
        except OSError:
            return False


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home and Path(home, "bin", "java").exists() else shutil.which("java")
    if java is None:
        raise Neo4jMissing("there is no java: install Java 17 or newer (Debian: openjdk-17-jre-headless)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    version = said.partition('version "')[2].partition('"')[0]
    if not version or int(version.split(".")[0]) < 17:
        raise Neo4jMissing(f"Neo4j {VERSION} needs Java 17 or newer; {java} is {version or 'unusable'}")
    return java


def _jars() -> Path:
    """The folder of the server's jars, filled by Maven once for each version."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "crownpath-neo4j" / VERSION
    if folder.exists():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jMissing(
            "the jars of Neo4j are not there yet and there is no mvn (Debian: maven) to fetch them"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=VERSION, dir=folder.parent))
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
    command = [maven, "-q", "-B", "-f", str(HERE / "pom.xml"), f"-Dneo4j.version={VERSION}", *goal]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise Neo4jMissing(
            f"mvn could not fetch Neo4j {VERSION}: {(done.stdout + done.stderr)[-500:].strip()}"
        )
    try:
        fresh.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(fresh, ignore_errors=True)
    return folder

"""A whole Hearthlight to measure: a furnished home in a temporary folder, the real process on it, and real clients."""

import asyncio
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

IN_FLIGHT = 1_000  # messages a client has under way: more than a second's worth waits in it, as it would in a hub
START_S = 20.0  # longest wait for the process to say it listens


@dataclass
class Rig:
    """One furnished home. `people` is what `hearthlight _furnish` printed: a staff session, a bridge's credentials,
    wearables' credentials, and how many pull cords there are."""

    home: Path
    people: dict[str, Any]
    web: int
    mqtt: int
    environ: dict[str, str]
    server: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> float:
        """Start the process; returns the seconds until it answered that it is well."""
        command = [sys.executable, "-m", "hearthlight.runtime.cli", "serve", "--quiet"]
        self.server = subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL)
        return _await(self.server, self._is_up)

    def _is_up(self) -> bool:
        return _listens(self.web) and _listens(self.mqtt)

    def kill(self) -> None:
        """End the process as a power cut would: no warning."""
        if self.server:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()

    def stop(self) -> None:
        if self.server and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(timeout=20)

    def health(self) -> int:
        """The status /healthz answers with."""
        line = http.client.HTTPConnection("127.0.0.1", self.web, timeout=5)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status
        finally:
            line.close()

    def rss_mb(self) -> float:
        """Resident memory of the process now, MB."""
        if not self.server:
            return 0.0
        text = Path(f"/proc/{self.server.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_s(self) -> float:
        """Processor time the process has used so far, s."""
        if not self.server:
            return 0.0
        told = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def bridge(self) -> Client:
        """A zigbee2mqtt bridge, connected."""
        return connect(self.mqtt, *self.people["bridge"])

    async def changes(self, *, since: int | None = None) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """(number, change) as the live stream tells them, with the number it starts from first: (number, {})."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.web, limit=2**22)
        query = "" if since is None else f"?since={since}"
        writer.write(
            f"GET /live{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={self.people['session']}\r\n\r\n".encode()
        )
        status = await reader.readline()
        if b"200" not in status:
            raise RuntimeError(f"the live stream said {status!r}")
        number = 0
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line.startswith(b"data: "):
                    body = json.loads(line[6:])
                    yield (number, body) if "kind" in body else (0, body)
        finally:
            writer.close()


def connect(port: int, name: str, secret: str) -> Client:
    """A paho client on a thread of its own. What was not acknowledged it keeps, and sends again when it is back."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.username_pw_set(name, secret)
    client.max_inflight_messages_set(IN_FLIGHT)
    client.reconnect_delay_set(min_delay=0.05, max_delay=0.1)  # type: ignore[arg-type]
    client.connect("127.0.0.1", port, keepalive=60)
    client.loop_start()
    return client


def _listens(port: int) -> bool:
    with socket.socket() as line:
        line.settimeout(0.2)
        return line.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    """A Mosquitto set up as docs/run/mqtt.md says, open to this machine only."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise FileNotFoundError("There is no Mosquitto here: apt-get install mosquitto.")
    kept = folder / "mosquitto"
    kept.mkdir()
    (kept / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
        f"persistence true\npersistence_location {kept}/\nautosave_interval 1\nlog_type none\n"
        f"user {pwd.getpwuid(os.getuid()).pw_name}\n"
    )
    broker = subprocess.Popen([program, "-c", str(kept / "mosquitto.conf")], stderr=subprocess.DEVNULL)
    try:
        _await(broker, lambda: _listens(port))
        yield
    finally:
        broker.terminate()
        broker.wait(timeout=20)


def _await(program: "subprocess.Popen[bytes]", is_ready: Callable[[], bool]) -> float:
    """Seconds until it was ready."""
    began = time.perf_counter()
    while not is_ready():
        if program.poll() is not None or time.perf_counter() - began > START_S:
            raise RuntimeError("the process did not start")
        time.sleep(0.005)
    return time.perf_counter() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def furnished(
    *, cords: int, motions: int = 50, wearers: int = 0, database: str = "sqlite", broker: str = "embedded"
) -> Iterator[Rig]:
    """A home with that many pull cords, motion sensors and wearables, in a folder that goes away afterwards. `broker`:
    our own, or "mosquitto", a real one beside us to which the devices talk instead."""
    with tempfile.TemporaryDirectory(prefix="hearthlight-bench-") as folder, ExitStack() as stack:
        web, mqtt = free_port(), free_port()
        if broker == "mosquitto":
            stack.enter_context(mosquitto(Path(folder), mqtt))
        environ = {
            **os.environ,
            "HEARTHLIGHT_HOME": folder,
            "HEARTHLIGHT_PORT": str(web),
            "HEARTHLIGHT_MQTT": "embedded" if broker == "embedded" else f"mqtt://127.0.0.1:{mqtt}",
            "HEARTHLIGHT_MQTT_PORT": str(mqtt),
            "HEARTHLIGHT_DATABASE": database,
            "HEARTHLIGHT_SECOND_FACTOR": "false",
        }
        command = [sys.executable, "-m", "hearthlight.runtime.cli", "_furnish"]
        numbers = ["--cords", str(cords), "--motions", str(motions), "--wearers", str(wearers)]
        made = subprocess.run([*command, *numbers], env=environ, check=True, stdout=subprocess.PIPE)
        rig = Rig(Path(folder), json.loads(made.stdout), web, mqtt, environ)
        try:
            yield rig
        finally:
            rig.stop()

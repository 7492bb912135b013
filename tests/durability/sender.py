"""A device client nobody here wrote (paho), which sends again what was not acknowledged, as MQTT asks."""

import threading
import time
from collections import Counter

import paho.mqtt.client as mqtt

from hearthlight.runtime.bench.rig import Rig
from tests.durability.conftest import KEPT


class Sender:
    """Pulls one cord after another at `rate` a second, and knows how many pulls of each were acknowledged."""

    def __init__(self, rig: Rig, *, rate: float = 50.0, first: int = 0) -> None:
        name, secret = rig.people["bridge"]
        self.rate, self.next = rate, first
        self.acknowledged: Counter[int] = Counter()
        self.sent: Counter[int] = Counter()
        self._mids: dict[int, int] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self._client.username_pw_set(name, secret)
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(min_delay=0.05, max_delay=0.2)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", rig.mqtt, keepalive=30)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Sender":
        self._thread.start()
        return self

    def pull(self, cord: int) -> None:
        with self._lock:
            told = self._client.publish(f"zigbee2mqtt/cord-{cord}", '{"action":"emergency","linkquality":99}', qos=1)
            self.sent[cord] += 1
            self._mids[told.mid] = cord

    def _run(self) -> None:
        while not self._stop.wait(1 / self.rate):
            if self.next < KEPT:
                self.pull(self.next)
                self.next += 1

    def _on_publish(self, _client: object, _data: object, mid: int, *_: object) -> None:
        with self._lock:
            self.acknowledged[self._mids.pop(mid)] += 1

    def finish(self, *, within: float = 30.0) -> None:
        """Stop pulling and wait until everything sent is acknowledged."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        deadline = time.time() + within
        while self.acknowledged != self.sent and time.time() < deadline:
            time.sleep(0.05)
        self._client.disconnect()
        self._client.loop_stop()

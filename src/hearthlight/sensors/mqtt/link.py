"""One MQTT connection's bytes, in and out: turns, holds and batched writes. Used by the door and by its client."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from dataclasses import dataclass, field
from enum import IntFlag
from typing import cast

from hearthlight.sensors.mqtt.codec import Parser
from hearthlight.sensors.mqtt.packets import Packet
from hearthlight.sensors.mqtt.types import Limits
from hearthlight.sensors.mqtt.wire import MqttError

PACKETS_PER_TURN = 64
"About 1 ms of work: the longest one busy client makes the others wait."
FLUSH_BYTES = 64 * 1024
"Written at once beyond this, otherwise once per turn of the loop: one system call for many small packets."
DEAD_PEER_SECONDS = 60
"After this long without the other machine's TCP answering, the connection is given up, keepalive or not."


class Hold(IntFlag):
    """Why we are not reading from a connection just now; any one of them is enough."""

    TURN = 1
    DOOR = 2
    WINDOW = 4
    WRITE = 8
    RATE = 16
    AUTH = 32


_TURN = int(Hold.TURN)
_WINDOW = int(Hold.WINDOW)
_OURS = int(Hold.TURN | Hold.DOOR | Hold.WINDOW | Hold.RATE)


@dataclass(slots=True)
class Counters:
    """Shared by all connections of one door."""

    connects: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Slot:
    """The place of one message in the row of acknowledgements; `reply` is set when its owner is done with it."""

    packet_id: int
    reply: bytes | None = None


class Link(asyncio.Protocol):
    """Reads packets in turns, stops reading for a reason, writes in batches, acknowledges in order."""

    def __init__(
        self, *, loop: asyncio.AbstractEventLoop, limits: Limits, parser: Parser, counters: Counters
    ) -> None:
        self.loop = loop
        self.limits = limits
        self.parser = parser
        self.counters = counters
        self.transport: asyncio.Transport | None = None
        self.congested = False
        self.ended = False
        self._holds = 0
        self._turning = False
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._flush_due = False
        self._window: deque[Slot] = deque()

    # What the two kinds of link do with it

    def take(self, packet: Packet) -> None:
        raise NotImplementedError

    def fault(self, error: MqttError) -> None:
        raise NotImplementedError

    def lost(self) -> None:
        """The connection is gone, for whatever reason; said once."""

    def drained(self) -> None:
        """The other side reads again."""

    # In

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio.Transport in all but ancestry.
        self.transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(high=self.limits.write_bytes)
        _watch_dead_peer(transport)
        if self._holds:
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self.counters.bytes_in += len(data)
        self.parser.feed(data)
        if not self._holds:
            self._turn()

    def _turn(self) -> None:
        """Take up to one turn's packets, then let the others have theirs."""
        left = PACKETS_PER_TURN
        following = self.parser.next
        take = self.take
        self._turning = True
        try:
            while not (self._holds & ~_TURN or self.ended):
                if not left:
                    self.hold(Hold.TURN)
                    self.loop.call_soon(self._turn)
                    return
                packet = following()
                if packet is None:
                    self.release(Hold.TURN)
                    return
                left -= 1
                take(packet)
        except MqttError as error:
            self.fault(error)
        finally:
            self._turning = False
        self._holds &= ~_TURN

    def hold(self, why: Hold) -> None:
        if not self._holds and self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()
        self._holds |= int(why)

    def release(self, why: Hold) -> None:
        if not self._holds & int(why):
            return
        self._holds &= ~int(why)
        if self._holds or self.transport is None or self.ended or self.transport.is_closing():
            return
        self.transport.resume_reading()
        if not self._turning:
            # What was already fed waits in the parser; no new bytes may ever come to wake it.
            self.loop.call_soon(self._resumed)

    def _resumed(self) -> None:
        if not (self._holds or self.ended or self._turning):
            self._turn()

    @property
    def is_held_by_us(self) -> bool:
        """Whether it is we who do not listen; its silence then says nothing about the other side."""
        return bool(self._holds & _OURS)

    # Out

    def write(self, data: bytes) -> None:
        if self.ended:
            return
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > FLUSH_BYTES:
            self.flush()
        elif not self._flush_due:
            self._flush_due = True
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        self._flush_due = False
        if not self._out or self.transport is None:
            return
        data = b"".join(self._out)
        self._out.clear()
        self._out_bytes = 0
        self.counters.bytes_out += len(data)
        if not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        # A client that does not read its acknowledgements is not read either, or they would pile up here.
        self.congested = True
        self.hold(Hold.WRITE)

    def resume_writing(self) -> None:
        self.congested = False
        self.release(Hold.WRITE)
        self.drained()

    # Acknowledgements, in the order the messages came (MQTT 5, 4.6)

    @property
    def in_flight(self) -> int:
        return len(self._window)

    def expect(self, packet_id: int) -> Slot:
        slot = Slot(packet_id)
        self._window.append(slot)
        if len(self._window) >= self.limits.receive_maximum:
            self.hold(Hold.WINDOW)
        return slot

    def settle(self, slot: Slot, reply: bytes) -> None:
        """Acknowledge one message, once all before it are; a second word about the same one is ignored."""
        if slot.reply is not None or self.ended:
            return
        slot.reply = reply
        window = self._window
        while window and window[0].reply is not None:
            self.write(window.popleft().reply or b"")
        if self._holds & _WINDOW and len(window) <= self.limits.receive_maximum // 2:
            self.release(Hold.WINDOW)

    # The end

    def end(self, last_words: bytes = b"") -> None:
        """Say the last words and close; what comes after is not read."""
        if self.ended:
            return
        if last_words:
            self.write(last_words)
        self.flush()
        self.ended = True
        if self.transport is None:
            return
        if self.congested:
            # It does not read: a polite close would wait for it for ever.
            self.transport.abort()
        else:
            self.transport.close()

    def abort(self) -> None:
        """Close without a word and without waiting."""
        self.ended = True
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended = True
        self._window.clear()
        self._out.clear()
        self.lost()


def _watch_dead_peer(transport: asyncio.Transport) -> None:
    """Half-open connections are noticed by TCP itself, also for clients that asked for no keepalive."""
    sock = transport.get_extra_info("socket")
    if sock is None or sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, DEAD_PEER_SECONDS // 2)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, DEAD_PEER_SECONDS // 6)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_SECONDS * 1000)

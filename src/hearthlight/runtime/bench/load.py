"""Asks an HTTP server the same kind of question again and again over a few lines, and counts what it answers. A client
that costs little, because it shares the machine with what it measures."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import uvloop

STATUS = slice(9, 12)  # of "HTTP/1.1 200 OK"


@dataclass(slots=True)
class Measured:
    """`took_s` of every answer, in the order they came; `wrong` counts answers that were not what was expected."""

    seconds: float
    took_s: list[float]
    wrong: int
    sample: bytes = b""

    def told(self, *, each: int = 1) -> dict[str, float]:
        """Per second and milliseconds. `each`: what one request stands for (resources in a transaction)."""
        took = sorted(self.took_s) or [0.0]
        return {
            "per_s": round(len(self.took_s) * each / self.seconds, 1),
            "p50_ms": round(took[len(took) // 2] * 1000, 2),
            "p99_ms": round(took[min(len(took) - 1, int(len(took) * 0.99))] * 1000, 2),
            "wrong": self.wrong,
        }


@dataclass
class Line(asyncio.Protocol):
    """One connection: a question, its answer, the next question."""

    requests: Iterator[bytes]
    expected: bytes
    until: float
    over: asyncio.Future[None]
    took_s: list[float] = field(default_factory=list)
    wrong: int = 0
    sample: bytes = b""
    _buffer: bytes = b""
    _asked: float = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or len(self._buffer) < end + 4 + _length(self._buffer[:end]):
            return
        now = time.perf_counter()
        self.took_s.append(now - self._asked)
        if self._buffer[STATUS] != self.expected:
            self.wrong += 1
            self.sample = self._buffer[:2_000]
        self._buffer = b""
        if now < self.until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — asyncio's signature
        if not self.over.done():
            self.over.set_result(None)


def _length(head: bytes) -> int:
    start = head.lower().find(b"content-length: ")
    return int(head[start + 16 : head.find(b"\r", start) if b"\r" in head[start:] else None]) if start >= 0 else 0


def ask(port: int, requests: Callable[[int], Iterator[bytes]], *, clients: int, seconds: float, expected: int) -> Measured:
    """`requests(n)` gives the questions of client n, without end."""

    async def run() -> Measured:
        loop, began = asyncio.get_running_loop(), time.perf_counter()
        lines = [
            Line(requests(number), str(expected).encode(), began + seconds, loop.create_future()) for number in range(clients)
        ]
        for line in lines:
            await loop.create_connection(lambda line=line: line, "127.0.0.1", port)  # type: ignore[misc]
        await asyncio.gather(*(line.over for line in lines))
        took = [one for line in lines for one in line.took_s]
        sample = next((line.sample for line in lines if line.sample), b"")
        return Measured(time.perf_counter() - began, took, sum(line.wrong for line in lines), sample)

    return uvloop.run(run())


def request(method: str, path: str, *, token: str, body: bytes = b"", more: str = "") -> bytes:
    """One HTTP/1.1 request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n{more}"
    if body:
        head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body

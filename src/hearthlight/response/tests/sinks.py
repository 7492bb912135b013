"""Servers for tests that take what we send: mail over SMTP, push over HTTP. Real sockets, one thread each."""

import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class MailSink(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP (RFC 5321) to take a message, or to refuse it with `answers["RCPT"]`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailTalk)
        self.answers: dict[str, str] = {}
        self.messages: list[tuple[list[str], str]] = []


class _MailTalk(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        self._say("220 sink")
        to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ", 1)[0].split(":")[0].upper()
            if verb == "QUIT":
                return self._say("221 bye")
            if verb == "DATA":
                self._say("354 go on")
                self.server.messages.append((to, self._body()))
                self._say(self.server.answers.get("END", "250 kept"))
                continue
            if verb == "RCPT":
                to.append(line.split("<")[1].split(">")[0])
            self._say(self.server.answers.get(verb, "250 ok"))
        return None

    def _body(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode())
        return "".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class PushSink(HTTPServer):
    """Takes pushes and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PushTalk)
        self.status = 201
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/push/a"


class _PushTalk(BaseHTTPRequestHandler):
    server: PushSink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

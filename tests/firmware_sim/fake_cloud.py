"""A cloud of a few pages over real HTTP, for phones and a till to talk to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FORM = (
    '<form method="post" action="/me/begin"><input type="hidden" name="visit" value="v1"><input type="checkbox" '
    'name="purpose" value="offers"><input type="checkbox" name="purpose" value="card"><button>ok</button></form>'
)
CARD = '<form method="post" action="/me/card"><select name="reader"></select><button>bind</button></form>'


@dataclass(slots=True)
class Cloud:
    """What it heard, and what it will say."""

    asked: list[tuple[str, str, str, str]] = field(default_factory=list)  # method, path, cookie, body
    sale_answers: list[int] = field(default_factory=lambda: [503, 201])
    events: list[str] = field(default_factory=list)
    said: threading.Condition = field(default_factory=threading.Condition)
    closing: bool = False
    url: str = ""

    def say(self, kind: str, data: dict[str, Any]) -> None:
        with self.said:
            self.events.append(f"id: {len(self.events) + 1}\nevent: {kind}\ndata: {json.dumps(data)}\n\n")
            self.said.notify_all()


@contextmanager
def fake_cloud() -> Iterator[Cloud]:
    cloud = Cloud()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._note("")
            if self.path == "/me/stream":
                self._stream()
            elif "visit=" in self.path:
                self._answer(200, FORM)
            elif self.path.startswith("/01/"):
                self._answer(303, "", Location=f"{self.path}&visit=v1")
            else:
                self._answer(200, CARD)

        def do_POST(self) -> None:
            self._note(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path == "/v1/sales":
                self._answer(cloud.sale_answers.pop(0), "")
            elif self.path == "/me/begin":
                cookie = "__Host-aisle=abc; Secure; HttpOnly; Path=/"
                self._answer(303, "", **{"Location": "/me", "Set-Cookie": cookie})
            else:
                self._answer(303, "", Location="/me")

        def _note(self, body: str) -> None:
            cloud.asked.append((self.command, self.path, self.headers.get("Cookie", ""), body))

        def _answer(self, status: int, text: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            sent = int(self.headers.get("Last-Event-ID", "0"))
            with cloud.said:
                while not cloud.closing:
                    for event in cloud.events[sent:]:
                        self.wfile.write(event.encode())
                    sent = len(cloud.events)
                    self.wfile.flush()
                    cloud.said.wait(0.2)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield cloud
    finally:
        cloud.closing = True
        server.shutdown()
        thread.join()
        server.server_close()

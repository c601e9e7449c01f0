"""A web server that breaks off, forgets and lies, for downloads."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.wires.certificates import Authority

HOST = "127.0.0.1"


class Shop:
    """What the server has, and how it behaves.

    `breaks` are the numbers of bytes after which it hangs up, one for each request that has a body; `asked`
    the range of each request, `sends_to` where it sends its callers on to.
    """

    def __init__(self, goods: bytes) -> None:
        self.goods = goods
        self.etag = '"one"'
        self.breaks: list[int] = []
        self.asked: list[str] = []
        self.says_length = True
        self.sends_to = ""
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/kiosk.raucb"

    @contextlib.contextmanager
    def open(self, folder: Path, *, expired: bool = False) -> Iterator[Path]:
        """Serve; gives the file of the authority that certifies it."""
        authority = Authority(folder)
        issued = authority.issue(HOST, days=-1 if expired else 30)
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        server = ThreadingHTTPServer((HOST, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield authority.file
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def serve(self, call: BaseHTTPRequestHandler) -> None:
        given = call.headers.get("Range", "")
        self.asked.append(given)
        if self.sends_to:
            call.send_response(302)
            call.send_header("Location", self.sends_to)
            call.end_headers()
            return
        if call.path != "/kiosk.raucb":
            call.send_error(404)
            return
        if call.headers.get("If-None-Match") == self.etag:
            call.send_response(304)
            call.end_headers()
            return
        start = int(given[6:-1]) if given and call.headers.get("If-Range") == self.etag else 0
        body = self.goods[start:]
        call.send_response(206 if start else 200)
        call.send_header("ETag", self.etag)
        if self.says_length:
            call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        if self.breaks:
            body = body[: self.breaks.pop(0)]
        call.wfile.write(body)

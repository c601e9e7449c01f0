"""A web server that breaks off, forgets and lies, for downloads; and a proxy before it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import socketserver
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
        return self.url_for(HOST)

    def url_for(self, host: str) -> str:
        return f"https://{host}:{self.port}/kiosk.raucb"

    @contextlib.contextmanager
    def open(self, folder: Path, *, expired: bool = False, name: str = HOST) -> Iterator[Path]:
        """Serve; gives the file of the authority that certifies that it is `name`."""
        authority = Authority(folder)
        issued = authority.issue(name, days=-1 if expired else 30)
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


@contextlib.contextmanager
def proxy(port: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy that leads wherever it is asked to, in truth to this port of ours; gives its address, and the
    list of places that it was asked for (CONNECT, RFC 9110, 9.3.6)."""
    asked: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().decode().split()[1])
            while self.rfile.readline().strip():
                pass
            with socket.create_connection((HOST, port)) as behind:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pour, args=(behind, self.connection))
                back.start()
                _pour(self.connection, behind)
                back.join()

    server = socketserver.ThreadingTCPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pour(source: socket.socket, to: socket.socket) -> None:
    """All that comes, until it ends; whoever hangs up is no trouble."""
    with contextlib.suppress(OSError), source.makefile("rb", buffering=0) as come, to.makefile("wb", 0) as go:
        shutil.copyfileobj(come, go)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)

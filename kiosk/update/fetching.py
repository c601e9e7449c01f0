"""Fetching a bundle over HTTPS into a folder, going on where a broken connection stopped.

Only https: a bundle's signature proves who made it and that nobody changed it, but not that it is the one
that was asked for. Without TLS, whoever stands on the line could serve an old bundle, properly signed, whose
weaknesses are known since.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests

from kiosk.update.trouble import UNTOUCHED, Exit, UpdateFailed

LARGEST = 1024**3
"""Bytes of the largest bundle that is taken: as much as a slot holds."""

KEPT_FREE = 64 * 1024**2
"""Bytes that a download leaves free, for the journal (ours: months of rows)."""

TRIES = 6
PAUSE_S = 5.0
"""So often a connection that broke is made again, after such pauses (ours)."""

TIMEOUT_S = 30.0
"""So long a server may be silent (ours)."""

CHUNK = 64 * 1024
"""Bytes that are taken at a time; less than this is lost when the line breaks."""

PART = ".part"
TAG = ".etag"
"""Endings of a download that is not whole, and of what its server calls that very file."""


def bundle_name(url: str) -> str:
    """The name of its file: made of the address, so that two downloads never share one."""
    return f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.raucb"


class Fetch:
    """One download. What a broken one has brought stays for the next attempt; after a week tmpfiles.d removes
    it."""

    def __init__(
        self, url: str, folder: Path, pause: Callable[[float], None], largest: int = LARGEST, known: str = ""
    ) -> None:
        """`pause` waits so many seconds; `largest` in bytes. A file that the server still calls `known` (its
        ETag) is not fetched again."""
        self._url = url
        self._whole = folder / bundle_name(url)
        self._part = self._whole.with_name(self._whole.name + PART)
        self._tag = self._whole.with_name(self._whole.name + TAG)
        self._pause = pause
        self._largest = largest
        self._known = known
        self.etag = ""
        """What the server calls the file that was fetched; empty: it has no name for it."""

    def fetch(self) -> Path | None:
        """Fetch it; returns its file, or None when it is the one that is known.

        Raises:
            UpdateFailed: the address is not https, the server or the disk does not do it, or it is too large.
        """
        if urlsplit(self._url).scheme != "https":
            raise UpdateFailed(
                "a bundle is fetched over https only: without it, an old one could be slipped in",
                "Use an https address, or copy the file here and name that",
                Exit.REFUSED,
            )
        try:
            self._part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._in_tries():
                return None
            self._part.replace(self._whole)
            self._tag.unlink(missing_ok=True)
        except requests.RequestException as error:
            raise _of_network(error, self._url) from error
        except OSError as error:
            raise _of_disk(error, self._part) from error
        return self._whole

    def _in_tries(self) -> bool:
        for tries in range(1, TRIES + 1):
            try:
                return self._once()
            except (requests.exceptions.SSLError, requests.exceptions.InvalidURL):
                raise
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                if tries == TRIES:
                    raise
                self._pause(PAUSE_S)
        return False

    def _once(self) -> bool:
        """Fetch what is missing; False when there is nothing new."""
        had = self._part.stat().st_size if self._part.exists() else 0
        tag = self._tag.read_text(encoding="ascii") if had and self._tag.exists() else ""
        headers = {"Accept-Encoding": "identity"}
        if tag:
            headers |= {"Range": f"bytes={had}-", "If-Range": tag}
        elif self._known:
            headers |= {"If-None-Match": self._known}
        with requests.get(self._url, headers=headers, stream=True, timeout=TIMEOUT_S) as answer:
            if urlsplit(answer.url).scheme != "https":
                raise UpdateFailed(
                    "the server sends us on to an address without https",
                    "Use an address that stays with https",
                    Exit.REFUSED,
                )
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                self._tag.unlink(missing_ok=True)  # it has become shorter: begin anew
                raise requests.ConnectionError(f"the server has another file now ({answer.status_code})")
            answer.raise_for_status()
            if answer.status_code == requests.codes.not_modified:
                return False
            self.etag = answer.headers.get("ETag", "")
            if answer.status_code != requests.codes.partial_content:
                had = 0
            self._keep_tag(self.etag)
            length = answer.headers.get("Content-Length", "")
            wants = int(length) if length.isdecimal() else 0
            self._must_fit(had + wants, wants)
            with self._part.open("ab" if had else "wb") as file:
                self._take(answer, file, had)
            if wants and self._part.stat().st_size != had + wants:
                raise requests.ConnectionError("the server hung up in the middle")
            return True

    def _keep_tag(self, tag: str) -> None:
        # a weak one may stand for two files that are not the same bytes (RFC 9110, 13.1.5)
        if tag and not tag.startswith("W/") and tag.isascii():
            self._tag.write_text(tag, encoding="ascii")
        else:
            self._tag.unlink(missing_ok=True)

    def _take(self, answer: requests.Response, file: BinaryIO, had: int) -> None:
        for chunk in answer.iter_content(CHUNK):
            had += len(chunk)
            self._must_fit(had, len(chunk))
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())

    def _must_fit(self, size: int, more: int) -> None:
        if size > self._largest:
            for path in (self._part, self._tag):
                path.unlink(missing_ok=True)
            raise UpdateFailed(
                f"it is larger than any bundle may be ({self._largest // 1024**2} MB)",
                f"Look at the address: this is no update of a kiosk. {UNTOUCHED}",
                Exit.NO_ROOM,
            )
        if more > shutil.disk_usage(self._part.parent).free - KEPT_FREE:
            raise UpdateFailed(
                f"there is no room for it in {self._part.parent} ({more // 1024**2 + 1} MB more)",
                f"Make room there; {KEPT_FREE // 1024**2} MB stay free for the journal. {UNTOUCHED}",
                Exit.NO_ROOM,
            )


def _of_network(error: requests.RequestException, url: str) -> UpdateFailed:
    host = urlsplit(url).hostname or url
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return UpdateFailed(
            f"{host} does not give it ({error.response.status_code} {error.response.reason})",
            f"Look at the address. {UNTOUCHED}",
            Exit.NETWORK,
        )
    if isinstance(error, requests.exceptions.SSLError):
        return UpdateFailed(
            f"{host} does not prove that it is {host}",
            "Look at the clock of this kiosk, and at the server's certificate",
            Exit.NETWORK,
        )
    if isinstance(error, requests.exceptions.InvalidURL):
        return UpdateFailed("that is no address", "Look at it: https://HOST/PATH", Exit.NETWORK)
    return UpdateFailed(
        f"{host} cannot be reached, or the connection broke again and again",
        f"Try again later: it goes on where it stopped. {UNTOUCHED}",
        Exit.NETWORK,
    )


def _of_disk(error: OSError, path: Path) -> UpdateFailed:
    return UpdateFailed(
        f"it could not be kept in {path.parent}: {error.strerror or error}",
        f"Look at the room there and at the right to write. {UNTOUCHED}",
        Exit.NO_ROOM,
    )

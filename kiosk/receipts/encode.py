"""ESC/POS: dots become the bytes that print them. python-escpos composes them, as raster images
(`GS v 0`) of at most `BAND` rows, so that every script prints and no code page is ever chosen."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kiosk.circulation.values import Paper
from kiosk.receipts.compose import Composer
from kiosk.receipts.settings import PaperSettings
from kiosk.typeset import Dots, Typesetter

BAND = 128
"""Rows of one raster image: 16 mm. Printers differ in how many they take; none takes fewer than 256."""

INITIALIZE = b"\x1b@"
"""ESC @: forget all settings that somebody else made."""

_COMMAND_LIKE = re.compile(rb"\x10(?=[\x04\x05\x14])")
_WIDER = b"\x30"

_CAPABILITIES_FILE = "ESCPOS_CAPABILITIES_FILE"
"""Where python-escpos looks for the file to read instead of its own (python-escpos: capabilities.py)."""

_FEATURES = {"paperFullCut": True, "paperPartCut": True, "bitImageRaster": True}
_CAPABILITIES = {
    "profiles": {"default": {"features": _FEATURES, "codePages": {}, "media": {}}},
    "encodings": {},
}
"""All that python-escpos is to know: a printer that can do what all can."""


@dataclass(frozen=True, slots=True)
class Job:
    """The bytes of one piece of paper, in pieces that are whole commands each: between two of them a
    question to the printer may be put."""

    pieces: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


def encode(dots: Dots, *, cut: bool) -> Job:
    """The job that prints `dots` and then cuts, or feeds far enough to tear."""
    printer = escpos().Dummy(profile=_profile(dots.width))
    image = Dots(dots.width, dots.height, without_commands(dots.bits)).image()
    pieces = []
    for top in range(0, dots.height, BAND):
        band = image.crop((0, top, dots.width, min(top + BAND, dots.height)))
        if top == 0:
            printer.hw("INIT")
        printer.image(band, impl="bitImageRaster", fragment_height=BAND)
        pieces.append(printer.output)
        printer.clear()
    if cut:
        # GS V 66 0: feed to the cutter, cut but for one point, so that it does not fall to the floor
        printer.cut(feed=False)
    else:
        printer.print_and_feed(6)
    pieces.append(printer.output)
    return Job(tuple(pieces))


def without_commands(bits: bytes) -> bytes:
    """The same dots, but none of those that look like a real-time command.

    A printer obeys DLE EOT, DLE ENQ and DLE DC4 (10 04, 10 05, 10 14) wherever they stand, within an
    image too, and would answer unasked, or empty its buffers. Such a dot gets a neighbour.
    """
    return _COMMAND_LIKE.sub(_WIDER, bits)


def paper_job(paper: Paper, typesetter: Typesetter, settings: PaperSettings) -> Job:
    """A paper as the bytes that print it, without touching a printer.

    Raises:
        CatalogueBroken: there are no words in the paper's language.
    """
    width = settings.width // 8 * 8
    return encode(Composer(typesetter, width).compose(paper), cut=settings.cut)


def _profile(width: int) -> Any:
    """A printer that can do what all can. The default profile of python-escpos knows no width, and
    says so on the standard output each time."""
    from escpos.capabilities import Profile

    profile = Profile(features=_FEATURES)
    profile.profile_data = {**profile.profile_data, "media": {"width": {"pixels": width}}}
    return profile


@lru_cache(maxsize=1)
def escpos() -> Any:
    """The module `escpos.printer`, imported when it is first needed and kept from its bad habits.

    Its import reads what all printers of the world can do, by a slow reader of YAML (0.26 s of a fast
    processor, while a patron waits for the first receipt), and we ask for none of it. It leaves a folder
    with a pickle of that in the temporary folder, sets up the root logger, and dies when anything that is
    called `cups`, but is not CUPS, can be imported.
    """
    handlers = list(logging.getLogger().handlers)
    no_cups = "cups" not in sys.modules
    if no_cups:
        sys.modules["cups"] = None  # type: ignore[assignment]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(_CAPABILITIES, file)
        file.flush()
        os.environ[_CAPABILITIES_FILE] = file.name
        try:
            import escpos.printer
            from escpos import capabilities
        finally:
            del os.environ[_CAPABILITIES_FILE]
            if no_cups:
                del sys.modules["cups"]
            for handler in logging.getLogger().handlers[:]:
                if handler not in handlers:
                    logging.getLogger().removeHandler(handler)
    folder = Path(capabilities.pickle_dir)
    if folder.parent == Path(tempfile.gettempdir()) and folder.name.startswith(tempfile.gettempprefix()):
        shutil.rmtree(folder, ignore_errors=True)
    return escpos.printer

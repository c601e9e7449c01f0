"""`receipt/10-items-ms/...`: ten loans on paper, from circulation's word to the printer's bytes.

Composed, typeset and encoded without touching a printer, by a typesetter that has its fonts already but
not these titles, as a kiosk is that has printed before. There is no Chinese catalogue: the Chinese
receipt has Chinese titles and English words.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from benchmarks.rows import Row, row
from kiosk.circulation.values import Due, ItemKey, Paper, PaperKind, PaperLine
from kiosk.receipts import PaperSettings, paper_job
from kiosk.typeset import Typesetter

NOON = 1795000000.0
"""A moment in November 2026."""

LATIN = (
    "The Wind in the Willows",
    "A Field Guide to Mosses and Liverworts of the Northern Woods",
    "Lanterns in the Reeds",
    "Étude sur les marées",
    "Die Größe des Waldes",
)
ARABIC = ("كليلة ودمنة", "ألف ليلة وليلة", "رسالة الغفران", "موسم الهجرة إلى الشمال", "مقدمة ابن خلدون")
CHINESE = ("红楼梦", "西遊記", "三国演义", "水滸傳", "海上花列傳")

SCRIPTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = MappingProxyType(
    {
        "latin": ("en", "Lanternfield Library", LATIN),
        "arabic": ("ar", "مكتبة لانترنفيلد", ARABIC),
        "chinese": ("en", "Lanternfield Library", CHINESE),
    }
)
"""Language, library and titles; each title is printed twice."""


def rows(repetitions: int) -> Iterator[Row]:
    """A row for each script."""
    settings = PaperSettings()
    with tempfile.TemporaryDirectory() as folder:
        typesetter = Typesetter(Path(folder) / "fonts")
        for name, (language, library, titles) in SCRIPTS.items():
            paper = Paper(PaperKind.LOANS, language, library, NOON, tuple(_lines(titles)))
            times = []
            for _ in range(1 + repetitions):
                began = time.perf_counter()
                paper_job(paper, typesetter, settings)
                times.append(1000 * (time.perf_counter() - began))
            yield row(
                f"receipt/10-items-ms/{name}",
                "ms",
                times[1:],
                note=f"{settings.width} dots wide; the first took {times[0]:.0f}",
            )


def _lines(titles: tuple[str, ...]) -> Iterator[PaperLine]:
    for number, title in enumerate(titles * 2):
        item = ItemKey(f"3900{number:04}")
        yield PaperLine(title, item, Due(date(2026, 12, 12)))

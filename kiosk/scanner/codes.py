"""Codes: out of a stream of bytes, and into what circulation knows. Pure."""

from __future__ import annotations

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned
from kiosk.circulation.values import ItemKey, PatronId
from kiosk.ids import IdRules

ENDS = b"\r\n\t"
"""What scanners send behind a code: CR is the factory setting of most, LF, CR LF and TAB their others."""

LONGEST_CODE = 256
"""Bytes; far above any id (`kiosk.ids.LONGEST_ID`), and enough for a QR code that is none."""


def code_scanned(code: str, ids: IdRules) -> CodeScanned:
    """What a scanned or typed code can be, by the library's rules. Never raises."""
    known = ids.classify(code)
    return CodeScanned(
        None if known.patron is None else PatronId(known.patron),
        None if known.item is None else ItemKey(known.item),
        Reason.CODE_BAD if known.bad else None,
    )


class CodeCutter:
    """Cuts codes out of the bytes of a line. A code is given as text; None stands for one that is none:
    too long, or not UTF-8."""

    def __init__(self) -> None:
        self._code = bytearray()

    @property
    def begun(self) -> bool:
        """Whether a code has begun and not ended."""
        return bool(self._code)

    def feed(self, data: bytes) -> list[str | None]:
        """The codes that end in these bytes."""
        codes = []
        for byte in data:
            if byte not in ENDS:
                if len(self._code) <= LONGEST_CODE:  # one more says that it is too long
                    self._code.append(byte)
            elif self._code:
                codes.append(self.end())
        return codes

    def end(self) -> str | None:
        """The code that has begun; it has ended because nothing followed."""
        code, self._code = bytes(self._code), bytearray()
        if len(code) > LONGEST_CODE:
            return None
        try:
            return code.decode()
        except UnicodeDecodeError:
            return None

    def forget(self) -> None:
        """Drop the code that has begun: its end is lost."""
        self._code.clear()

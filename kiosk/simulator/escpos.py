"""ESC/POS as the printer reads it: bytes in; rows of dots, cuts and questions out.

Written from Epson's command reference (the names below are those of its chapters) for a thermal printer
with 8 dots a millimetre, where one motion unit is one dot. What is not served is a complaint, never a
crash: its parameters are skipped as far as their length is known. Bar codes, QR codes and page mode are
not served.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from kiosk.simulator.typebar import CELLS, CODE_PAGES, Style, character

HT, LF, FF, CR, DLE, CAN, ESC, FS, GS = 0x09, 0x0A, 0x0C, 0x0D, 0x10, 0x18, 0x1B, 0x1C, 0x1D
EOT, ENQ, DC4 = 0x04, 0x05, 0x14

CLEAR = bytes([DLE, DC4, 8, 1, 3, 20, 1, 6, 2, 8])
"""DLE DC4 (fn = 8): clear the receive buffer and the print buffer."""

LINE_SPACING = 30
"""ESC 2: dots from line to line (3.75 mm)."""
TAB = 8
"""Columns from tab stop to tab stop as long as ESC D says nothing else."""
LONGEST = 1 << 22
"""Bytes of one command that still make sense; more is taken for a wrong length."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of dots, `count` of them, each the width of the paper: most significant bit leftmost, 1 is ink."""

    data: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut the paper, `full` or `partial`; `feed` None: where it is; else move it to the cutter and so
    many dots further first."""

    kind: str
    feed: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is answered when all before it was printed: its name and its parameters."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Complaint:
    """Bytes that no manual explains."""

    text: str


Op = Rows | Cut | Question | Complaint


class _More(Exception):
    """The command is not complete yet."""


class RealTime:
    """Finds DLE EOT n, DLE ENQ n and DLE DC4 8 (clear buffers) anywhere in the stream, inside of other
    commands' data too: the reference says that such data is taken for the command."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> list[tuple[bytes, int]]:
        """The real-time commands that are complete with these bytes, in order, each with the place in
        `data` behind it."""
        found = []
        stream = self._kept + data
        at = stream.find(DLE)
        while 0 <= at <= len(stream) - 3:
            begun = stream[at : at + len(CLEAR)]
            if begun[:3] == CLEAR[:3] and CLEAR.startswith(begun) and begun != CLEAR:
                break  # the rest is on its way
            size = len(CLEAR) if begun == CLEAR else 3 if stream[at + 1] in {EOT, ENQ} else 0
            if size:
                found.append((stream[at : at + size], at + size - len(self._kept)))
                at += size - 1
            at = stream.find(DLE, at + 1)
        self._kept = stream[at:] if at >= 0 else b""
        return found


class Decoder:
    """What comes over one link, command by command. `width` is the paper's in dots, a multiple of 8."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._kept = b""
        self._at = 0
        self._ops: list[Op] = []
        self._selected = True
        self._graphics: Image.Image | None = None
        self._initialise()

    def feed(self, data: bytes) -> list[Op]:
        """What these bytes complete, in order."""
        self._kept += data
        done = self._at = 0
        while done < len(self._kept):
            try:
                self._command()
            except _More:
                break
            done = self._at
        self._kept = self._kept[done:]
        ops, self._ops = self._ops, []
        return ops

    def forget(self) -> None:
        """Drop what was begun and not printed; settings stay."""
        self._kept = b""
        self._clear()

    # --- reading ----------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._kept):
            raise _More
        piece = self._kept[self._at : end]
        self._at = end
        return piece

    def _byte(self) -> int:
        return self._take(1)[0]

    def _word(self) -> int:
        return int.from_bytes(self._take(2), "little")

    def _until_nul(self) -> bytes:
        end = self._kept.find(0, self._at)
        if end < 0:
            raise _More
        piece = self._take(end - self._at)
        self._at += 1
        return piece

    def _complain(self, text: str) -> None:
        self._ops.append(Complaint(text))

    def _command(self) -> None:
        code = self._byte()
        if code == DLE:
            self._real_time()
        elif code in {ESC, GS, FS}:
            self._escape(code)
        elif not self._selected:
            return
        elif code == LF:
            self._print(self._spacing)
        elif code == HT:
            self._tab()
        elif code == CAN or code in {FF, CR}:
            return  # page mode's; CR is not a line feed on a printer that was not told so by its switches
        elif code < 0x20:
            self._complain(f"control code {code:02X}")
        else:
            self._character(code)

    def _real_time(self) -> None:
        """Obeyed already, when it came in (see `RealTime`): here it is only skipped."""
        kind = self._byte()
        if kind == EOT:
            if self._byte() in {7, 8, 18}:
                self._byte()
        elif kind == ENQ:
            self._byte()
        elif kind == DC4:
            self._take(7 if self._byte() == 8 else 2)
        else:
            self._complain(f"10 {kind:02X}")

    def _escape(self, code: int) -> None:
        kind = self._byte()
        names = {ESC: "ESC", GS: "GS", FS: "FS"}
        if (code, kind) in {(GS, ord("(")), (ESC, ord("(")), (FS, ord("("))}:
            self._sized(f"{names[code]} (", self._byte(), 2)
        elif (code, kind) == (GS, ord("8")):
            self._sized("GS 8", self._byte(), 4)
        elif (code, kind) == (ESC, ord("=")):
            self._selected = bool(self._byte() & 1)
        elif (code, kind) in self._served:
            serve = self._served[code, kind]
            if self._selected:
                serve(self)
            else:
                # what it would do goes nowhere, yet its data must be skipped
                ops = list(self._ops)
                serve(self)
                self._ops = ops
        elif (code, kind) in SKIPPED:
            self._take(SKIPPED[code, kind])
        else:
            self._complain(f"{names[code]} {kind:02X}")

    def _sized(self, name: str, kind: int, length_bytes: int) -> None:
        """`GS ( x pL pH ...` and its relatives tell their length."""
        size = int.from_bytes(self._take(length_bytes), "little")
        if size > LONGEST:
            self._complain(f"{name} {kind:02X}: {size} bytes")
            return
        data = self._take(size)
        if not self._selected:
            return
        if kind == ord("L"):
            self._stored_graphics(data)
        elif name == "GS (" and kind == ord("H"):
            self._ops.append(Question("GS ( H", data))
        elif (name, chr(kind)) not in {("GS (", "K"), ("GS (", "E"), ("GS (", "D"), ("GS (", "A")}:
            self._complain(f"{name} {kind:02X}: not served")

    # --- settings ---------------------------------------------------------------------------------------

    def _initialise(self) -> None:
        """ESC @: the line that was not printed is forgotten, all settings are as at power-on."""
        self._style = Style()
        self._spacing = LINE_SPACING
        self._align = 0
        self._code_page = "cp437"
        self._gap = 0
        self._tabs: list[int] = []
        self._margin, self._area = 0, self.width
        self._clear()

    def _clear(self) -> None:
        self._line: list[tuple[int, Image.Image]] = []
        self._pen = 0

    def _print_mode(self) -> None:
        """ESC !: bit 0 font B, 3 emphasised, 4 double height, 5 double width, 7 underline."""
        mode = self._byte()
        self._style.font = "B" if mode & 0x01 else "A"
        self._style.bold, self._style.underline = bool(mode & 0x08), bool(mode & 0x80)
        self._style.tall, self._style.wide = 1 + (mode >> 4 & 1), 1 + (mode >> 5 & 1)

    def _size(self) -> None:
        """GS !: bits 4-6 the width less one, bits 0-2 the height less one."""
        size = self._byte()
        self._style.wide, self._style.tall = 1 + (size >> 4 & 7), 1 + (size & 7)

    def _bold(self) -> None:
        self._style.bold = bool(self._byte() & 1)

    def _underline(self) -> None:
        self._style.underline = self._byte() in {1, 2, 49, 50}

    def _reverse(self) -> None:
        self._style.reverse = bool(self._byte() & 1)

    def _font(self) -> None:
        """ESC M: 0 or 48 font A, 1 or 49 font B."""
        font = self._byte()
        if font not in {0, 1, 48, 49}:
            self._complain(f"ESC M {font}")
        self._style.font = "B" if font in {1, 49} else "A"

    def _alignment(self) -> None:
        """ESC a: 0 left, 1 centred, 2 right (or the digits); only at the beginning of a line."""
        align = self._byte()
        if align not in {0, 1, 2, 48, 49, 50}:
            self._complain(f"ESC a {align}")
        elif self._line:
            self._complain("ESC a: not at the beginning of a line")
        else:
            self._align = align % 48

    def _table(self) -> None:
        """ESC t: the code page."""
        page = self._byte()
        if page not in CODE_PAGES:
            self._complain(f"ESC t {page}: no such code page here")
        self._code_page = CODE_PAGES.get(page, "cp437")

    def _usual_spacing(self) -> None:
        self._spacing = LINE_SPACING

    def _set_spacing(self) -> None:
        self._spacing = self._byte()

    def _set_gap(self) -> None:
        self._gap = self._byte()

    def _set_tabs(self) -> None:
        self._tabs = list(self._until_nul())

    def _set_margin(self) -> None:
        self._margin = self._word()
        self._area = min(self._area, self.width - self._margin)

    def _set_area(self) -> None:
        self._area = min(self._word(), self.width - self._margin)

    def _position(self) -> None:
        self._pen = self._word()

    # --- lines ------------------------------------------------------------------------------------------

    def _tab(self) -> None:
        column = CELLS[self._style.font][0] * self._style.wide
        here = self._pen // column
        stops = self._tabs or range(TAB, self.width // column, TAB)
        self._pen = next((stop * column for stop in stops if stop > here), self._pen)

    def _character(self, code: int) -> None:
        glyph = character(bytes([code]).decode(self._code_page, errors="replace"), self._style)
        self._place(glyph, self._gap * self._style.wide)

    def _place(self, picture: Image.Image, gap: int = 0) -> None:
        """Put something into the line; what does not fit any more begins the next one."""
        if self._pen + picture.width > self._area and self._line:
            self._print(self._spacing)
        self._line.append((self._pen, picture))
        self._pen += picture.width + gap

    def _print(self, feed: int) -> None:
        """Print the line, if there is one, and move the paper by `feed` dots in all, at least its height."""
        height = max((picture.height for _, picture in self._line), default=0)
        sheet = Image.new("1", (self.width, max(height, feed)))
        left = self._margin + (self._area - self._pen) * self._align // 2
        for x, picture in self._line:
            sheet.paste(picture, (max(left, 0) + x, height - picture.height))
        self._clear()
        if sheet.height:
            self._ops.append(Rows(sheet.tobytes(), sheet.height))

    def _feed_dots(self) -> None:
        self._print(self._byte())

    def _feed_lines(self) -> None:
        self._print(self._byte() * self._spacing)

    # --- pictures ---------------------------------------------------------------------------------------

    def _raster(self) -> None:
        """GS v 0 m xL xH yL yH d...: x bytes a row, y rows; m 1 doubles the width, 2 the height, 3 both."""
        kind, mode = self._byte(), self._byte()
        across, down = self._word(), self._word()
        if kind not in {0, ord("0")} or mode not in {0, 1, 2, 3, 48, 49, 50, 51} or not across or not down:
            self._complain(f"GS v {kind:02X} {mode:02X} {across} {down}")
            return
        data = self._take(across * down)
        picture = Image.frombytes("1", (across * 8, down), data)
        if self._line:
            self._complain("GS v 0: a line of text was not printed yet")
            self._print(self._spacing)
        self._picture(picture, 1 + (mode & 1), 1 + (mode >> 1 & 1))

    def _picture(self, picture: Image.Image, wide: int, tall: int) -> None:
        if (wide, tall) != (1, 1):
            picture = picture.resize((picture.width * wide, picture.height * tall), Image.Resampling.NEAREST)
        if picture.width > self._area:
            self._complain(f"a picture of {picture.width} dots on {self._area}")
            picture = picture.crop((0, 0, self._area, picture.height))
        sheet = Image.new("1", (self.width, picture.height))
        left = self._margin + (self._area - picture.width) * self._align // 2
        sheet.paste(picture, (left, 0))
        self._ops.append(Rows(sheet.tobytes(), sheet.height))

    def _bit_image(self) -> None:
        """ESC * m nL nH d...: columns of 8 or 24 dots, the top one first; m 0 and 32 are half as dense
        across, 0 and 1 a third as dense down."""
        mode, columns = self._byte(), self._word()
        if mode not in {0, 1, 32, 33}:
            self._complain(f"ESC * {mode}")
            return
        dots = 24 if mode >= 32 else 8
        data = self._take(columns * dots // 8)
        if not columns:
            return
        # Columns are rows of the picture turned over its main diagonal.
        picture = Image.frombytes("1", (dots, columns), data).transpose(Image.Transpose.TRANSPOSE)
        wide = 2 if mode in {0, 32} else 1
        self._place(picture.resize((columns * wide, 24), Image.Resampling.NEAREST))

    def _stored_graphics(self, data: bytes) -> None:
        """GS ( L, GS 8 L: function 112 keeps a raster, functions 2 and 50 print it."""
        if len(data) >= 10 and data[:2] in {b"\x30\x70", b"\x00\x70"}:
            tone, wide, tall = data[2], data[3], data[4]
            across, down = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
            stride = (across + 7) // 8
            if tone != 48 or not {wide, tall} <= {1, 2} or len(data) - 10 < stride * down or not across:
                self._complain("GS ( L: a picture that is not served")
                return
            picture = Image.frombytes("1", (across, down), data[10 : 10 + stride * down])
            size = (across * wide, down * tall)
            self._graphics = picture.resize(size, Image.Resampling.NEAREST)
        elif data[1:2] in {b"\x02", b"\x32"}:
            if self._graphics is not None:
                self._picture(self._graphics, 1, 1)
            self._graphics = None
        else:
            self._complain(f"GS ( L {data[:2].hex(' ')}: not served")

    # --- the paper --------------------------------------------------------------------------------------

    def _cut(self) -> None:
        """GS V: 0, 48 full and 1, 49 partial where the paper is; 65 full and 66 partial after a feed."""
        mode = self._byte()
        if mode in {0, 48, 1, 49}:
            feed = None
        elif mode in {65, 66}:
            feed = self._byte()
        else:
            self._complain(f"GS V {mode}")
            return
        if self._line:
            self._complain("GS V: not at the beginning of a line")
            self._print(self._spacing)
        self._ops.append(Cut("full" if mode in {0, 48, 65} else "partial", feed))

    def _old_full_cut(self) -> None:
        self._ops.append(Cut("full"))

    def _old_partial_cut(self) -> None:
        self._ops.append(Cut("partial"))

    def _ask(self, name: str) -> None:
        self._ops.append(Question(name, self._take(1)))

    _served: ClassVar[dict[tuple[int, int], Callable[[Decoder], None]]] = {
        (ESC, ord("@")): _initialise,
        (ESC, ord("!")): _print_mode,
        (ESC, ord("E")): _bold,
        (ESC, ord("G")): _bold,
        (ESC, ord("-")): _underline,
        (ESC, ord("a")): _alignment,
        (ESC, ord("t")): _table,
        (ESC, ord("M")): _font,
        (ESC, ord("d")): _feed_lines,
        (ESC, ord("J")): _feed_dots,
        (ESC, ord("2")): _usual_spacing,
        (ESC, ord("3")): _set_spacing,
        (ESC, ord(" ")): _set_gap,
        (ESC, ord("D")): _set_tabs,
        (ESC, ord("$")): _position,
        (ESC, ord("*")): _bit_image,
        (ESC, ord("i")): _old_full_cut,
        (ESC, ord("m")): _old_partial_cut,
        (GS, ord("!")): _size,
        (GS, ord("B")): _reverse,
        (GS, ord("L")): _set_margin,
        (GS, ord("W")): _set_area,
        (GS, ord("V")): _cut,
        (GS, ord("v")): _raster,
        (GS, ord("a")): lambda self: self._ask("GS a"),
        (GS, ord("r")): lambda self: self._ask("GS r"),
        (GS, ord("I")): lambda self: self._ask("GS I"),
    }


SKIPPED = {
    (ESC, ord("p")): 3,  # pulse to the drawer
    (ESC, ord("R")): 1,  # international characters
    (ESC, ord("{")): 1,  # upside down
    (ESC, ord("V")): 1,  # turned by 90 degrees
    (ESC, ord("c")): 2,  # sensors and buttons
    (ESC, ord("r")): 1,  # colour
    (ESC, ord("S")): 0,  # standard mode
    (GS, ord("P")): 2,  # motion units
    (GS, ord("H")): 1,  # bar code settings
    (GS, ord("f")): 1,
    (GS, ord("h")): 1,
    (GS, ord("w")): 1,
    (FS, ord(".")): 0,  # Kanji mode off
}
"""Commands that change nothing that is seen here, and how many bytes follow their name."""

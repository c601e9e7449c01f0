"""ESC/POS as the simulated printer reads it, by bytes out of the command reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator.escpos import Complaint, Cut, Decoder, Op, Question, RealTime, Rows

WIDTH = 64
STRIDE = WIDTH // 8


def decode(data: bytes, width: int = WIDTH) -> list[Op]:
    return Decoder(width).feed(data)


def dots(ops: list[Op], width: int = WIDTH) -> list[str]:
    """All rows, one string each: # is ink."""
    rows = []
    for op in ops:
        if isinstance(op, Rows):
            for at in range(0, len(op.data), width // 8):
                bits = "".join(f"{byte:08b}" for byte in op.data[at : at + width // 8])
                rows.append(bits.replace("0", ".").replace("1", "#"))
    return rows


def complaints(ops: list[Op]) -> list[str]:
    return [op.text for op in ops if isinstance(op, Complaint)]


def size(ops: list[Op]) -> tuple[int, int]:
    """Width and height of what is inked."""
    rows = [row for row in dots(ops) if "#" in row]
    return max(row.rindex("#") for row in rows) + 1 - min(row.index("#") for row in rows), len(rows)


RASTER = bytes.fromhex("1D7630 00 0200 0300 8001 4002 FFFF")
"""GS v 0, normal: two bytes across, three rows."""


def test_a_raster_comes_out_dot_by_dot() -> None:
    ops = decode(RASTER)
    assert [row[:16] for row in dots(ops)] == ["#..............#", ".#............#.", "################"]
    assert all(set(row[16:]) == {"."} for row in dots(ops))
    assert complaints(ops) == []


@pytest.mark.parametrize(("mode", "wide", "tall"), [(0, 1, 1), (49, 2, 1), (2, 1, 2), (51, 2, 2)])
def test_the_four_modes_of_a_raster(mode: int, wide: int, tall: int) -> None:
    ops = decode(RASTER[:3] + bytes([mode]) + RASTER[4:])
    rows = dots(ops)
    assert len(rows) == 3 * tall
    assert rows[0][: 16 * wide] == "#" * wide + "." * 14 * wide + "#" * wide
    assert rows[tall][: 16 * wide] == "." * wide + "#" * wide + "." * 12 * wide + "#" * wide + "." * wide


@pytest.mark.parametrize(("align", "left"), [(b"\x00", 0), (b"1", 24), (b"\x02", 48)])
def test_a_raster_is_aligned(align: bytes, left: int) -> None:
    assert dots(decode(b"\x1ba" + align + RASTER))[0].index("#") == left


def test_a_raster_that_is_wider_than_the_paper_is_clipped_and_complained_of() -> None:
    ops = decode(bytes.fromhex("1D763000 0900 0100") + b"\xff" * 9)
    assert dots(ops) == ["#" * WIDTH]
    assert complaints(ops) == ["a picture of 72 dots on 64"]


def test_pieces_of_any_size_make_the_same_rows() -> None:
    data = b"\x1b@" + RASTER + b"\x1bd\x02\x1dV\x42\x08"
    decoder = Decoder(WIDTH)
    one_by_one = [op for byte in data for op in decoder.feed(bytes([byte]))]
    assert one_by_one == decode(data)


def test_text_has_cells_of_24_dots_and_lines_of_30() -> None:
    ops = decode(b"H\nH\n")
    rows = dots(ops)
    assert len(rows) == 60
    assert rows[:30] == rows[30:]
    assert all("#" not in row for row in rows[24:30])
    assert max(row.rfind("#") for row in rows) < 12


def test_sizes_fonts_and_spacing() -> None:
    assert len(dots(decode(b"\x1d!\x11H\n"))) == 48
    assert len(dots(decode(b"\x1b!\x30H\n"))) == 48
    assert len(dots(decode(b"\x1b3\x00\x1bM\x01H\n"))) == 17
    assert len(dots(decode(b"\x1b3\x3cH\n\x1b2H\n"))) == 90
    assert len(dots(decode(b"H\x1bJ\x28"))) == 40
    assert len(dots(decode(b"\x1bd\x03"))) == 90
    wide, tall = size(decode(b"\x1d!\x11H\n"))
    narrow, low = size(decode(b"H\n"))
    assert (wide, tall) == (2 * narrow, 2 * low)
    ink = {
        style: "".join(dots(decode(style + b"H\n"))).count("#") for style in (b"", b"\x1bE\x01", b"\x1b-\x01")
    }
    assert ink[b""] < ink[b"\x1bE\x01"]
    assert ink[b""] < ink[b"\x1b-\x01"]


def test_a_line_that_is_full_goes_on_in_the_next_and_initialising_forgets_it() -> None:
    assert len(dots(decode(b"HHHHHH\n"))) == 60
    assert len(dots(decode(b"H\x1b@H\n"))) == 30
    right = dots(decode(b"\x1ba\x02H\n"))
    assert min(row.index("#") for row in right if "#" in row) > WIDTH - 12
    tab = dots(decode(b"\x1bD\x03\x00\tH\n"))
    assert 36 <= min(row.index("#") for row in tab if "#" in row) < 48


def test_code_pages() -> None:
    a_umlaut = dots(decode(b"\x1bt\x10\xe4\n"))
    assert a_umlaut == dots(decode(b"\x1bt\x02\x84\n"))
    assert a_umlaut != dots(decode(b"\xe4\n"))
    assert complaints(decode(b"\x1bt\xc8")) == ["ESC t 200: no such code page here"]


def test_columns_of_a_bit_image() -> None:
    """ESC *: m 33, 24 dots double density, as the reference draws it: d1-d3 are the first column."""
    ops = decode(b"\x1b3\x18" + bytes.fromhex("1B2A21 0200 800001 FFFFFF") + b"\n")
    rows = dots(ops)
    assert len(rows) == 24
    assert rows[0].startswith("##.")
    assert rows[1].startswith(".#.")
    assert rows[23].startswith("##.")
    coarse = dots(decode(b"\x1b3\x18" + bytes.fromhex("1B2A00 0100 81") + b"\n"))
    assert [row[:3] for row in coarse] == ["##."] * 3 + ["..."] * 18 + ["##."] * 3


def test_stored_graphics() -> None:
    """GS ( L: function 112 keeps, function 50 prints; a width of 12 dots is two bytes a row."""
    store = bytes.fromhex("1D284C 0E00 30 70 30 01 01 31 0C00 0200 FFF0 8010")
    ops = decode(store + bytes.fromhex("1D284C 0200 30 32"))
    assert [row[:13] for row in dots(ops)] == ["############.", "#..........#."]
    assert complaints(ops) == []


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        (b"\x1dV\x00", Cut("full")),
        (b"\x1dV0", Cut("full")),
        (b"\x1dV\x01", Cut("partial")),
        (b"\x1dV1", Cut("partial")),
        (b"\x1dVA\x10", Cut("full", 16)),
        (b"\x1dVB\x00", Cut("partial", 0)),
        (b"\x1bi", Cut("full")),
        (b"\x1bm", Cut("partial")),
    ],
)
def test_cuts(data: bytes, cut: Cut) -> None:
    assert decode(data) == [cut]


def test_questions_keep_their_place() -> None:
    ops = decode(b"\n\x1da\xff\x1dr\x01\x1dIA\x1d(H\x06\x0000id42")
    assert ops[1:] == [
        Question("GS a", b"\xff"),
        Question("GS r", b"\x01"),
        Question("GS I", b"A"),
        Question("GS ( H", b"00id42"),
    ]


def test_a_printer_that_is_not_selected_hears_nothing_but_its_name() -> None:
    ops = decode(b"\x1b=\x02" + RASTER + b"H\n\x1dV\x00\x1b=\x01" + RASTER)
    assert len(dots(ops)) == 3


def test_drawers_are_opened_without_a_word() -> None:
    assert decode(b"\x1bp\x00\x19\xfa") == []


def test_what_is_unknown_is_a_complaint_and_the_rest_still_prints() -> None:
    ops = decode(b"\x1b\x7f\x01\x1d(k\x03\x001A2\x1d(Z\x02\x00ab" + RASTER)
    assert complaints(ops) == ["ESC 7F", "control code 01", "GS ( 6B: not served", "GS ( 5A: not served"]
    assert len(dots(ops)) == 3


def test_real_time_commands_are_found_anywhere_and_stay_in_the_data() -> None:
    """The reference warns of it: data that looks like the command is taken for it."""
    hidden = bytes.fromhex("1D763000 0300 0100 100404")
    listener = RealTime()
    assert listener.feed(hidden) == [(b"\x10\x04\x04", len(hidden))]
    assert dots(decode(hidden))[0][:24] == "...#.........#.......#.."
    assert listener.feed(b"\x10") == []
    assert listener.feed(b"\x04") == []
    assert listener.feed(b"\x01\x10\x10\x04\x02\x10\x05\x02") == [
        (b"\x10\x04\x01", 1),
        (b"\x10\x04\x02", 5),
        (b"\x10\x05\x02", 8),
    ]
    assert decode(b"\x10\x04\x01\x10\x14\x01\x00\x05" + RASTER) == decode(RASTER)


@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"\x1b", b"\x1d(", b"\x1dv0", b"\x1b*", b"\x1d8L"]))
)
def test_noise_never_breaks_it(pieces: list[bytes]) -> None:
    decoder, listener = Decoder(WIDTH), RealTime()
    for piece in pieces:
        listener.feed(piece)
        for op in decoder.feed(piece):
            assert not isinstance(op, Rows) or len(op.data) == op.count * STRIDE


def test_a_library_that_we_did_not_write_is_understood() -> None:
    """python-escpos sends a picture in each of its three ways; each comes out dot by dot."""
    from escpos.printer import Dummy
    from PIL import Image

    picture = Image.new("1", (48, 24), 1)
    picture.paste(0, (8, 4, 20, 18))
    expected = ["." * 8 + "#" * 12 + "." * 44 if 4 <= y < 18 else "." * 64 for y in range(24)]
    for way in ("bitImageRaster", "bitImageColumn", "graphics"):
        printer = Dummy()
        printer.image(picture, impl=way)
        printer.cut()
        ops = decode(printer.output)
        assert dots(ops)[:24] == expected, way
        assert complaints(ops) == []
        assert ops[-1] == Cut("full")

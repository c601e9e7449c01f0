"""The bytes, against the examples and rules of Epson's ESC/POS reference."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.receipts import PaperSettings, paper_job
from kiosk.receipts.encode import BAND, encode, without_commands
from kiosk.typeset import Dots, Typesetter
from tests.receipts.papers import ARABIC, CHINESE, LATIN, line, loans


def rows_of(job):
    """Read the raster images again: (bytes across, rows, data) each, and what is around them."""
    images, rest, data = [], b"", job.data
    at = 0
    while at < len(data):
        if data[at : at + 4] == b"\x1dv0\x00":
            across, rows = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
            images.append((across, rows, data[at + 8 : at + 8 + across * rows]))
            at += 8 + across * rows
        else:
            rest += data[at : at + 1]
            at += 1
    return images, rest


def test_a_diagonal_of_eight_dots():
    job = encode(Dots(8, 8, bytes(1 << (7 - n) for n in range(8))), cut=True)
    # ESC @, GS v 0: m 0, 1 byte across, 8 rows; GS V 66 0
    diagonal = "80 40 20 10 08 04 02 01"
    assert job.data.hex(" ") == f"1b 40 1d 76 30 00 01 00 08 00 {diagonal} 1d 56 42 00"


def test_without_a_cutter_the_paper_is_fed_to_where_it_tears():
    assert encode(Dots(8, 1, b"\x00"), cut=False).data.endswith(b"\x1bd\x06")


@given(st.integers(1, 700), st.sampled_from([576, 384]), st.binary(min_size=1, max_size=64))
def test_bands_hold_all_rows_in_order(height, width, pattern):
    bits = (pattern * (width // 8 * height))[: width // 8 * height]
    job = encode(Dots(width, height, bits), cut=True)
    images, rest = rows_of(job)
    assert rest == b"\x1b@\x1dVB\x00"
    assert all(across == width // 8 and rows <= BAND <= 256 for across, rows, _ in images)
    assert b"".join(data for _, _, data in images) == without_commands(bits)


def test_each_piece_is_whole_commands():
    job = encode(Dots(576, 300, bytes(72 * 300)), cut=True)
    assert [len(piece) for piece in job.pieces] == [2 + 8 + 72 * 128, 8 + 72 * 128, 8 + 72 * 44, 4]


@given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x08, 0x30, 0x00]), max_size=60).map(bytes))
def test_an_image_holds_no_command_that_is_obeyed_at_once(bits):
    """DLE EOT, DLE ENQ and DLE DC4 are obeyed within an image, too: one of them empties the buffers."""
    safe = without_commands(bits)
    assert len(safe) == len(bits)
    assert not any(b"\x10" + second in safe for second in (b"\x04", b"\x05", b"\x14"))
    # dots are only added
    assert all(before & after == before for before, after in zip(bits, safe, strict=True))


@pytest.mark.parametrize("title", [LATIN, ARABIC, CHINESE])
def test_ten_items_in_any_script(title, tmp_path):
    typesetter = Typesetter(tmp_path)
    job = paper_job(loans(*[line(title)] * 10), typesetter, PaperSettings(width=580))
    images, _ = rows_of(job)
    assert {across for across, _, _ in images} == {72}  # 580 dots are 72 whole bytes
    assert sum(rows for _, rows, _ in images) > 900
    for _, rows, data in images[:-1]:
        assert rows == BAND
        assert any(data)


def test_python_escpos_is_kept_from_its_bad_habits(tmp_path):
    """No CUPS that is none, no root logger, no rest in the temporary folder, nothing on the output."""
    (tmp_path / "cups").mkdir()  # a folder that Python takes for a package
    (tmp_path / "tmp").mkdir()
    script = (
        "import logging, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from kiosk.receipts.encode import encode\n"
        "from kiosk.typeset import Dots\n"
        "assert encode(Dots(576, 8, bytes(576)), cut=True).data\n"
        "assert not logging.getLogger().handlers\n"
        "assert 'cups' not in sys.modules\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_root_logger_of_others_stays():
    handlers = logging.getLogger().handlers[:]
    encode(Dots(8, 1, b"\x01"), cut=True)
    assert logging.getLogger().handlers == handlers

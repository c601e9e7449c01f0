"""The picture "out of service": drawn when the package is built, and copied to frame buffers of any kind."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parent.parent.parent
SHOW = PROJECT / "systemd" / "out-of-service"
PAPER = (0xF6, 0xF1, 0xE7)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures, as the package has them."""
    folder = tmp_path_factory.mktemp("pictures")
    subprocess.run(
        [sys.executable, PROJECT / "systemd" / "pictures.py", folder],
        check=True,
        env={"PYTHONPATH": str(PROJECT)},
    )
    return folder


class Machine:
    """A machine with frame buffers: what the kernel tells of them, and their memory."""

    def __init__(self, folder: Path, pictures: Path) -> None:
        self._folder, self._pictures = folder, pictures
        (folder / "dev").mkdir()
        (folder / "sys").mkdir()

    def has(self, name: str, width: int, height: int, bits: int, stride: int) -> None:
        """Plug in a display."""
        told = self._folder / "sys" / name
        told.mkdir()
        for key, value in (
            ("virtual_size", f"{width},{height}"),
            ("bits_per_pixel", bits),
            ("stride", stride),
        ):
            (told / key).write_text(f"{value}\n", encoding="ascii")
        (self._folder / "dev" / name).write_bytes(b"\x55" * (stride * height))

    def hangs(self, rotation: int) -> None:
        """Say in what way its panel hangs."""
        (self._folder / "rotation").write_text(f"{rotation}\n", encoding="ascii")

    def shows(self) -> int:
        """Run the program once around; returns its status."""
        folders = (self._pictures, self._folder / "sys", self._folder / "dev")
        around = {"RUNTIME_DIRECTORY": str(self._folder), "PATH": "/usr/bin:/bin"}
        return subprocess.run([SHOW, "0", *folders], check=False, timeout=60, env=around).returncode

    def memory(self, name: str) -> bytes:
        """What is in a frame buffer."""
        return (self._folder / "dev" / name).read_bytes()


@pytest.fixture
def machine(tmp_path: Path, pictures: Path) -> Machine:
    return Machine(tmp_path, pictures)


def drawn(pictures: Path, size: str) -> Image.Image:
    """One picture."""
    width, height = map(int, size.split("x"))
    pixels = gzip.decompress((pictures / f"{size}.32.gz").read_bytes())
    return Image.frombytes("RGB", (width, height), pixels, "raw", "BGRX")


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures show the same."""
    return one.size == other.size and one.convert("RGB").tobytes() == other.convert("RGB").tobytes()


def test_a_panel_of_a_size_that_we_know_is_filled(machine: Machine, pictures: Path) -> None:
    machine.has("fb0", 1280, 800, 32, 1280 * 4)
    assert machine.shows() == 0
    shown = Image.frombytes("RGB", (1280, 800), machine.memory("fb0"), "raw", "BGRX")
    assert same(shown, drawn(pictures, "1280x800"))


def test_lines_that_are_longer_than_the_panel_is_wide(machine: Machine, pictures: Path) -> None:
    machine.has("fb0", 800, 480, 32, 832 * 4)
    assert machine.shows() == 0
    shown = Image.frombytes("RGB", (800, 480), machine.memory("fb0"), "raw", "BGRX", 832 * 4)
    assert same(shown, drawn(pictures, "800x480"))


def test_another_size_has_the_largest_picture_that_fits_in_its_middle(
    machine: Machine, pictures: Path
) -> None:
    machine.has("fb0", 1366, 768, 32, 1376 * 4)
    assert machine.shows() == 0
    shown = Image.frombytes("RGB", (1366, 768), machine.memory("fb0"), "raw", "BGRX", 1376 * 4)
    assert same(shown.crop((43, 24, 43 + 1280, 24 + 720)), drawn(pictures, "1280x720"))
    assert {shown.getpixel(at) for at in ((0, 0), (1365, 0), (0, 767), (1365, 767), (20, 400))} == {PAPER}


def test_a_panel_of_16_bits(machine: Machine, pictures: Path) -> None:
    machine.has("fb0", 800, 480, 16, 800 * 2)
    assert machine.shows() == 0
    shown = Image.frombytes("RGB", (800, 480), machine.memory("fb0"), "raw", "BGR;16")
    picture = drawn(pictures, "800x480")
    differences = zip(shown.tobytes(), picture.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in differences) <= 8


@pytest.mark.parametrize(("rotation", "size"), [(90, "480x800"), (180, "800x480"), (270, "480x800")])
def test_a_panel_that_hangs_turned(machine: Machine, pictures: Path, rotation: int, size: str) -> None:
    """The picture is turned against the clock, as that of the kiosk is."""
    machine.has("fb0", 800, 480, 32, 832 * 4)
    machine.hangs(rotation)
    assert machine.shows() == 0
    shown = Image.frombytes("RGB", (800, 480), machine.memory("fb0"), "raw", "BGRX", 832 * 4)
    assert same(shown, drawn(pictures, size).rotate(rotation, expand=True))


def test_every_display_shows_it_and_one_that_cannot_disturbs_nobody(machine: Machine) -> None:
    machine.has("fb0", 640, 200, 8, 640)
    machine.has("fb1", 800, 480, 32, 800 * 4)
    assert machine.shows() == 0
    assert set(machine.memory("fb0")) == {0x55}
    assert 0x55 not in machine.memory("fb1")[3::4]


def test_a_panel_for_which_no_picture_is_small_enough_is_at_least_no_console(machine: Machine) -> None:
    machine.has("fb0", 320, 240, 32, 320 * 4)
    assert machine.shows() == 0
    assert machine.memory("fb0") == bytes((*reversed(PAPER), 255)) * (320 * 240)


def test_a_machine_without_a_display_waits_in_peace(machine: Machine) -> None:
    assert machine.shows() == 0


def test_nothing_is_cut_off(pictures: Path) -> None:
    """A margin of the ground's colour stays around all that is said, but for the divider's."""
    for path in pictures.glob("*.32.gz"):
        picture = drawn(pictures, path.name.partition(".")[0])
        width, height = picture.size
        edges = (
            (0, 0, width, 8),
            (0, height - 8, width, height),
            (0, 0, 8, height),
            (width - 8, 0, width, height),
        )
        for edge in edges:
            assert picture.crop(edge).getcolors() == [((edge[2] - edge[0]) * (edge[3] - edge[1]), PAPER)]


def test_the_same_bytes_each_time(pictures: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, PROJECT / "systemd" / "pictures.py", tmp_path],
        check=True,
        env={"PYTHONPATH": str(PROJECT)},
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in pictures.iterdir()
    }


def test_the_code_in_the_picture_is_explained() -> None:
    drawing = (PROJECT / "systemd" / "pictures.py").read_text(encoding="utf-8")
    support = (PROJECT / "docs" / "support.md").read_text(encoding="utf-8")
    (code,) = {
        line.partition('"')[2].rstrip('"') for line in drawing.splitlines() if line.startswith("CODE = ")
    }
    assert f"| {code} |" in support

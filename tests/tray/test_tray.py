"""What lies on the tray, what hands do there, and that everything fits."""

import itertools
import json
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.circulation.views import Theme
from kiosk.demo.beside import places
from kiosk.screens.scene import Control, Foreign, Role, Scene, texts
from kiosk.screens.stage import Stage
from kiosk.screens.tray import acts
from kiosk.screens.tray.__main__ import DEVICES, Speaker
from kiosk.screens.tray.acts import Switch
from kiosk.screens.tray.compose import compose
from kiosk.screens.tray.plan import SMALLEST, TALL, WIDE, metrics, sheet
from kiosk.screens.tray.steering import Steering, Wiring, commands, openings
from kiosk.screens.tray.things import Desk, Kind, Opening, Paper, Things, things
from kiosk.simulator.control import ControlError
from kiosk.simulator.lanternfield import DAMAGED, lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.world import World
from kiosk.typeset import Bitmap, Typesetter
from kiosk.words import Words, languages

ANNA = "21000001"
PATIENCE_S = 20.0


class Far:
    """The far sides without their wires. As a socket, it is gone once it was closed."""

    def __init__(self, scenery: Scenery | None = None) -> None:
        self.world = World(scenery or lanternfield())
        self.asked: list[str] = []
        self.gone = False
        self.now = 0.0

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        if self.gone:
            raise ControlError("gone")
        self.asked.append(command["do"])
        self.now += 0.01
        answer = {"now": self.now, **self.world.do(command, self.now)}
        if not answer["ok"]:
            raise ControlError(answer["error"])
        return answer


def lying(scenery: Scenery | None = None) -> Things:
    return things(Far(scenery).do({"do": "scenery"}))


# ---- what lies there ------------------------------------------------------------------------


def test_one_of_each_kind_lies_there():
    books = lying().books
    first = {}
    for book in books:
        first.setdefault(book.kind, book)
    assert set(first) == set(Kind)
    assert first[Kind.DAMAGED].uid == DAMAGED
    assert first[Kind.HELD].barcode == "39000006"
    assert first[Kind.ELSEWHERE].barcode == "39000012"
    assert (first[Kind.NO_CHIP].barcode, first[Kind.NO_CHIP].uid) == ("39000008", "")
    assert [(book.part, book.parts) for book in books if book.kind is Kind.PARTS] == [(1, 2), (2, 2)]
    assert len({book.key for book in books}) == len(books)


def test_the_books_of_the_usual_journeys_lie_there():
    barcodes = {book.barcode for book in lying().books}
    assert {"39000001", "39000002", "39000003", "39000006", "39000019", "39000020"} <= barcodes


def test_three_cards_have_a_pin_each():
    cards = lying().cards
    assert [(card.id, card.pin, card.blocked, card.one) for card in cards] == [
        (ANNA, "1234", False, False),
        ("21000002", "2222", True, False),
        ("21000004", "4444", False, True),
    ]


def test_books_of_the_callers_choice_lie_there():
    chosen = [f"X{number}" for number in range(12)]
    books = lying(lanternfield().carrying(chosen)).books
    ordinary = [book.barcode for book in books if book.kind is Kind.ORDINARY]
    assert ordinary[:9] == chosen[:9]


def test_real_devices_have_nothing_on_the_tray():
    assert things(Far().do({"do": "scenery"}), pad=False, cards=False) == Things()


# ---- what hands do --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        (acts.Put("E0"), {"do": "put", "tags": ["E0"]}),
        (acts.Lift("E0"), {"do": "lift", "tags": ["E0"]}),
        (acts.ShowCard("21"), {"do": "show-card", "text": "21"}),
        (acts.Do.TAKE_CARD, {"do": "remove-card"}),
        (acts.Do.TEAR, {"do": "tear"}),
        (acts.Turn(Switch.READER, wrong=True), {"do": "unplug", "device": "reader"}),
        (acts.Turn(Switch.ILS, wrong=False), {"do": "plug", "device": "ils"}),
        (acts.Turn(Switch.PAPER, wrong=True), {"do": "paper", "state": "out"}),
        (acts.Turn(Switch.COVER, wrong=False), {"do": "cover", "open": False}),
        (acts.Turn(Switch.GATE, wrong=True), {"do": "jam", "line": 17, "level": 0}),
        (acts.Turn(Switch.GATE, wrong=False), {"do": "unjam", "line": 17}),
    ],
)
def test_an_act_is_a_command(act, wanted):
    assert commands(act, Wiring()) == [wanted]
    assert Far().do(wanted if "E0" not in str(wanted) else {**wanted, "tags": [DAMAGED]})["ok"]


def test_a_gate_that_is_released_by_a_low_line_is_jammed_high():
    wiring = Wiring(gate_line=5, active_low=True)
    assert commands(acts.Turn(Switch.GATE, wrong=True), wiring) == [{"do": "jam", "line": 5, "level": 1}]


def test_releases_are_told_from_edges():
    edges = [
        {"t": 1.0, "line": 17, "level": 0},
        {"t": 2.0, "line": 17, "level": 1},
        {"t": 3.0, "line": 4, "level": 0},
        {"t": 5.0, "line": 17, "level": 0},
        {"t": 9.0, "line": 17, "level": 1},
    ]
    assert openings(edges, Wiring(), 100.0) == (Opening(102.0, 3.0), Opening(109.0, None))


class Watching:
    """A steering at work, and everything that it told."""

    def __init__(self, far: Far, wiring: Wiring | None = None) -> None:
        self.told: queue.SimpleQueue[Desk] = queue.SimpleQueue()
        self.scanned: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ended = threading.Event()
        self.steering = Steering(
            far,
            wiring or Wiring(),
            show=self.told.put,
            scan=self.scanned.put,
            ended=self.ended.set,
            page=(300, 200),
        )
        self.steering.start()

    def until(self, seen: Callable[[Desk], object]) -> Desk:
        while not seen(desk := self.told.get(timeout=PATIENCE_S)):
            pass
        return desk


def test_the_desk_follows_the_hand():
    far = Far()
    watching = Watching(far)
    book = watching.until(lambda desk: not desk.pad).things.books[0]
    watching.steering.act(acts.Put(book.uid))
    watching.until(lambda desk: desk.pad == {book.uid})
    watching.steering.act(acts.ShowCard(ANNA))
    watching.until(lambda desk: desk.card == ANNA)
    watching.steering.act(acts.Turn(Switch.GATE, wrong=True))
    watching.until(lambda desk: desk.jammed)
    watching.steering.act(acts.Turn(Switch.PRINTER, wrong=True))
    watching.until(lambda desk: desk.unplugged == {"printer"})
    watching.steering.stop()
    assert watching.told.empty(), "what did not change is not told"


def test_paper_is_shown_in_pages_and_torn_off():
    far = Far()
    far.world.printer.roll.print(bytes([0xFF]) * 72 * 1000, 0.0)
    far.world.printer.roll.cut("partial", 0.0)
    watching = Watching(far)
    paper = watching.until(lambda desk: desk.paper.pieces).paper
    # 576 x about 1000 dots, as wide as a page of 300 x 200
    assert {page.width for page in paper.pages} == {300}
    assert [page.height for page in paper.pages[:-1]] == [200] * (len(paper.pages) - 1)
    assert sum(page.height for page in paper.pages) == pytest.approx(1000 * 300 / 576, rel=0.3)
    watching.steering.act(acts.Do.TEAR)
    assert watching.until(lambda desk: not desk.paper.pieces).paper.pages == ()
    watching.steering.stop()


def test_what_is_scanned_goes_to_the_kiosk_and_not_to_the_far_sides():
    far = Far()
    watching = Watching(far, Wiring(cards=False, scan_cards=True))
    watching.steering.act(acts.Scan("39000008"))
    watching.steering.act(acts.ShowCard(ANNA))
    assert [watching.scanned.get(timeout=PATIENCE_S) for _ in range(2)] == ["39000008", ANNA]
    watching.steering.stop()
    assert set(far.asked) <= {"scenery", "look"}


def test_without_far_sides_the_tray_ends():
    far = Far()
    watching = Watching(far)
    watching.until(lambda desk: True)
    far.gone = True
    assert watching.ended.wait(PATIENCE_S)


def test_a_scan_is_one_line_of_json(capsys):
    Speaker().scan("كتاب 1")
    assert json.loads(capsys.readouterr().out) == {"scan": "كتاب 1"}


# ---- that it fits ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


def desks() -> dict[str, Desk]:
    everything = lying()
    lent = {book.barcode: book.lent for book in everything.books if book.lent}
    quiet = Desk(everything, lent=lent)
    page = Bitmap(560, 700, bytes(560 * 700 * 4))
    busy = replace(
        quiet,
        pad=frozenset(book.uid for book in everything.books if book.uid),
        card=ANNA,
        unplugged=frozenset({"reader", "ils", "printer"}),
        paper_out=True,
        cover_open=True,
        jammed=True,
        gate_open=True,
        opened=(Opening(0.0, 10.5), Opening(60.0, None)),
        lent={book.barcode: ANNA for book in everything.books[::2]},
        paper=Paper(11, (page, page)),
    )
    return {"quiet": quiet, "busy": busy, "later": replace(busy, gate_open=False, opened=(Opening(0, 10.5),))}


@pytest.fixture(scope="module")
def scenes(typesetter: Typesetter) -> dict[str, Scene]:
    made = {}
    sizes = (TALL, WIDE, *SMALLEST)
    for size, language, (name, desk), theme in itertools.product(
        sizes, languages(), desks().items(), (Theme.LIGHT, Theme.CONTRAST)
    ):
        pages = (None, 0, 1) if name == "busy" else (None,)
        for page in pages:
            stage = Stage(theme, metrics(size), Words(language), typesetter)
            title = f"{name} {language} {size[0]}x{size[1]} {theme} page {page}"
            made[title] = compose(stage, desk, staff_pin="2468", simulated=frozenset(DEVICES), page=page)
    return made


def test_none_of_our_words_is_cut(scenes):
    cut = {
        f"{name}: {text.setting.text}"
        for name, scene in scenes.items()
        for text in texts(scene.nodes)
        if (text.setting.cut or text.setting.split) and not text.may_cut
    }
    assert not cut


def test_everything_is_inside_and_nothing_covers_another(scenes):
    for name, scene in scenes.items():
        width, height = scene.size
        buttons = [control for control in scene.controls if control.role is Role.BUTTON]
        for x, y, w, h in (control.box for control in scene.controls):
            assert x >= 0 and y >= 0 and x + w <= width and y + h <= height, name  # noqa: PT018 - one box
        for one, other in itertools.combinations(buttons, 2):
            assert apart(one, other), (name, one.key, other.key)
        for each in buttons:
            assert min(each.box[2:]) >= 30, (name, each.key)


def apart(one: Control, other: Control) -> bool:
    (x, y, w, h), (left, top, wide, high) = one.box, other.box
    return x + w <= left or left + wide <= x or y + h <= top or top + high <= y


def test_texts_stay_inside_their_buttons(scenes):
    for name, scene in scenes.items():
        for text in texts(scene.nodes) if scene.modal is None else ():
            x, y, w, h = text.box
            assert x >= 0 and x + w <= scene.size[0], (name, text.setting.text)  # noqa: PT018 - one box
            for control in scene.controls:
                left, top, wide, high = control.box
                inside = left <= x + w / 2 < left + wide and top <= y + h / 2 < top + high
                if inside and control.role is Role.BUTTON:
                    assert y >= top - 2 and y + h <= top + high + 2, (name, text.setting.text)  # noqa: PT018


def test_the_page_of_the_paper_has_its_place(scenes):
    for size in (TALL, WIDE, *SMALLEST):
        box, room = sheet(size)
        assert room[0] >= box[0]
        assert room[0] + room[2] <= box[0] + box[2]
        assert room[3] > 300


def test_a_tap_puts_and_the_next_one_lifts(scenes):
    quiet, busy = scenes["quiet en 632x980 light page None"], scenes["busy en 632x980 light page None"]
    for scene, kind in ((quiet, acts.Put), (busy, acts.Lift)):
        made = {control.key: control.act for control in scene.controls}
        assert made["book-E004015012AB3F01"] == Foreign(kind("E004015012AB3F01"))
        assert made["book-39000008"] == Foreign(acts.Scan("39000008"))
        assert made["scan-39000009"] == Foreign(acts.Scan("39000009"))


def test_only_what_is_simulated_can_go_wrong(typesetter):
    stage = Stage(Theme.LIGHT, metrics(TALL), Words("en"), typesetter)
    scene = compose(stage, Desk(), staff_pin="", simulated=frozenset({"ils"}), page=None)
    assert [control.key for control in scene.controls if control.role is Role.BUTTON] == ["switch-ils"]


# ---- where the windows go -------------------------------------------------------------------


def test_the_windows_go_beside_each_other_where_there_is_room():
    assert places((1280, 800), (1920, 1080)).tray == (1288, 0)
    assert places((800, 480), (1366, 768)).size == WIDE
    assert places((800, 480), (1366, 768)).tray == (466, 8)
    assert places((1280, 800), None).tray is None

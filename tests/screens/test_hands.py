"""Hands without a window: what needs a clock that we hold."""

from kiosk.circulation.intents import Do
from kiosk.screens.hands import Hands, Seen
from kiosk.screens.scene import Control, Foreign, Role, Scene, Taps


class Story:
    """A scene with a mark and a key of a keypad."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[object] = []
        self.hands = Hands(lambda seen, act: self.sent.append((seen, act)), lambda _: None, lambda: self.now)
        mark = Control("mark", Role.BUTTON, "For staff", "For staff", (0, 0, 72, 72), Taps(Do.STAFF))
        key = Control("7", Role.BUTTON, "7", "7", (100, 0, 72, 72), Foreign("seven", repeats=True))
        once = Control("go", Role.BUTTON, "Go", "Go", (200, 0, 72, 72), Foreign("go"))
        self.scene = Scene((800, 480), (0, 0, 0, 1), "attract", controls=(mark, key, once))
        self.show()

    def show(self, session: int = 1, revision: int = 1, *, staff: bool = False) -> None:
        self.hands.seen(Seen(session, revision, staff), self.scene)

    def tap(self, x: float, times: int, gap: float) -> None:
        for _ in range(times):
            self.hands.down(x, 10)
            assert x > 72 or self.hands.pressed is None
            self.hands.up(x, 10)
            self.now += gap


def test_five_presses_within_four_seconds_are_for_staff():
    story = Story()
    story.tap(10, 5, 0.9)
    assert story.sent == [(Seen(1, 1), Do.STAFF)]


def test_five_slow_presses_are_nothing():
    story = Story()
    story.tap(10, 5, 1.1)
    assert story.sent == []
    story.tap(10, 3, 0.2)
    assert story.sent == [(Seen(1, 1), Do.STAFF)]


def test_the_count_survives_a_new_view_and_not_a_new_session():
    story = Story()
    story.tap(10, 3, 0.1)
    story.show(revision=2)
    story.tap(10, 1, 0.1)
    story.show(session=2)
    story.tap(10, 4, 0.1)
    assert story.sent == []
    story.tap(10, 1, 0.1)
    assert story.sent == [(Seen(2, 1), Do.STAFF)]


def test_keys_of_a_keypad_may_repeat_and_others_not():
    story = Story()
    story.tap(110, 2, 0.05)
    story.tap(210, 2, 0.05)
    assert [act.intent for _, act in story.sent] == ["seven", "seven", "go"]


def test_a_finger_that_came_down_on_the_patrons_screen_does_nothing_on_the_staffs():
    story = Story()
    story.hands.down(210, 10)
    story.show(staff=True)
    story.hands.up(210, 10)
    assert story.sent == []

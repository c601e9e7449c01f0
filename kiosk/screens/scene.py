"""What stands on a screen, as values: places, texts, icons, pictures, controls.

A screen is a function from a view to a `Scene`. It is laid out as if it were read from left to right;
`Scene.mirrored` then swaps the sides of everything at once. The painter draws scenes and knows nothing
of views; tests look at scenes and need no window. Coordinates are pixels from the top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.circulation.intents import Intent
from kiosk.typeset import Bitmap, BoxStyle, Paint, SetText, Shape

Box = tuple[float, float, float, float]
"""x, y, width, height."""


class Origin(StrEnum):
    """Who wrote a text: we did, it is a title, name, date or number, or it came from the ILS (AF)."""

    OURS = "ours"
    DATA = "data"
    UNTRUSTED = "untrusted"


class Role(StrEnum):
    """What a control is. Buttons can be pressed; the others are stops for whoever listens."""

    BUTTON = "button"
    ROW = "row"
    HEADING = "heading"
    STATUS = "status"


class Local(StrEnum):
    """What a button does within the screen itself: no intent leaves."""

    PAGE_UP = "page-up"
    PAGE_DOWN = "page-down"


@dataclass(frozen=True, slots=True)
class Turn:
    """Turns so many pages on within the screen itself (back, where negative): no intent leaves."""

    by: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """An intent of another room than circulation (maintenance). The scene only carries it; the window knows
    whom it is for. `repeats`: struck twice quickly it counts twice (keys of a keypad)."""

    intent: object
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Taps:
    """A gesture: only `times` presses within `seconds` make the intent, and nothing is seen before."""

    intent: Intent
    times: int = 5
    seconds: float = 4.0


Act = Intent | Local | Turn | Foreign | Taps
"""What a press does."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A box: card, row, button, bar."""

    box: Box
    style: BoxStyle


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was set, with its place, colour and origin. `row` is the key of the row it is in.
    `may_cut`: an ellipsis is allowed (titles and names; our own words must fit)."""

    box: Box
    setting: SetText
    paint: Paint
    origin: Origin
    row: str = ""
    may_cut: bool = False


@dataclass(frozen=True, slots=True)
class Icon:
    """An icon of icons.svg in one colour. `turns`: it points somewhere, so it is mirrored too."""

    box: Box
    name: str
    paint: Paint
    turns: bool = False
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing in its own plane (`plane`: x, y, w, h) that fills `box`. `fixed`: it has a check or a
    clock in it, which are never mirrored."""

    box: Box
    plane: Box
    shapes: tuple[Shape, ...]
    mirrored: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Photo:
    """A bitmap of something real, such as printed paper, that fills `box`; it is never mirrored."""

    box: Box
    bitmap: Bitmap


@dataclass(frozen=True, slots=True)
class Steps:
    """One of the two step bars of a row, filled from its start by `value` (0 to 1). `key` is stable,
    so that the painter can let it grow."""

    box: Box
    value: float
    paint: Paint
    key: str
    line: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """A countdown: `part` (0 to 1) of a circle that is left, over a thin full circle."""

    box: Box
    part: float
    paint: Paint
    width: float


class Enter(StrEnum):
    """How a group appears."""

    ROW = "row"
    STATUS = "status"
    SPINE = "spine"
    SHEET = "sheet"


class Loop(StrEnum):
    """What a group does again and again."""

    DOTS = "dots"
    PUT_BACK = "put-back"
    ATTRACT = "attract"


@dataclass(frozen=True, slots=True)
class Group:
    """Things that move together. With a new `key` it enters. `turn` (degrees clockwise) is about
    the middle of `box`."""

    nodes: tuple[Node, ...]
    key: str = ""
    enter: Enter | None = None
    loop: Loop | None = None
    turn: float = 0.0
    box: Box = (0.0, 0.0, 0.0, 0.0)


Node = Panel | Text | Icon | Picture | Photo | Steps | Ring | Group


@dataclass(frozen=True, slots=True)
class Control:
    """What a finger can press, or what five keys and speech can reach: every one has all of this.

    `key` is stable from view to view. `name` is its label, `spoken` what a voice says. `act` is what
    a press does; None for what can only be read.
    """

    key: str
    role: Role
    name: str
    spoken: str
    box: Box
    act: Act | None = None
    radius: float = 0.0
    primary: bool = False

    def __post_init__(self) -> None:
        if not (self.key and self.name and self.spoken):
            raise ValueError(f"a control needs a key, a name and a spoken text: {self!r}")
        if (self.act is None) is (self.role is Role.BUTTON):
            raise ValueError(f"a button does something, and nothing else does: {self!r}")


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row that stands on the screen now."""

    key: str
    barcode: str
    state: str
    reason: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All of one picture. `controls` are in focus order; while a modal is open they are the header's
    and the modal's."""

    size: tuple[int, int]
    ground: Paint
    screen: str
    modal: str | None = None
    nodes: tuple[Node, ...] = ()
    controls: tuple[Control, ...] = ()
    rows: tuple[RowShown, ...] = ()
    page: int = 0
    pages: int = 1
    rtl: bool = False
    focus_ring: tuple[Paint, Paint] = field(default=((0, 0, 0, 1), (1, 1, 1, 1)))

    def mirrored(self) -> Scene:
        """The same scene for an interface that is read from right to left."""
        width = self.size[0]
        return replace(
            self,
            nodes=tuple(_mirror(node, width) for node in self.nodes),
            controls=tuple(replace(each, box=flip(each.box, width)) for each in self.controls),
            rtl=True,
        )


def flip(box: Box, width: float) -> Box:
    """A box on the other side of a window of `width`."""
    x, y, w, h = box
    return (width - x - w, y, w, h)


def _mirror(node: Node, width: float) -> Node:
    box = flip(node.box, width)
    if isinstance(node, Group):
        inside = tuple(_mirror(each, width) for each in node.nodes)
        return replace(node, box=box, nodes=inside, turn=-node.turn)
    if isinstance(node, Panel):
        tl, tr, br, bl = node.style.radii
        return Panel(box, replace(node.style, radii=(tr, tl, bl, br)))
    if isinstance(node, Icon):
        return replace(node, box=box, mirrored=node.turns)
    if isinstance(node, Picture):
        return replace(node, box=box, mirrored=not node.fixed)
    if isinstance(node, Steps):
        return replace(node, box=box, mirrored=True)
    return replace(node, box=box)


def texts(nodes: tuple[Node, ...]) -> list[Text]:
    """All texts, in the order in which they are drawn."""
    found: list[Text] = []
    for node in nodes:
        if isinstance(node, Text):
            found.append(node)
        elif isinstance(node, Group):
            found.extend(texts(node.nodes))
    return found

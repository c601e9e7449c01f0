"""The painter: scenes on a Kivy canvas. It knows nothing of views.

Every bitmap becomes one texture, which is kept while it is in use; boxes are nine-patches. What moves is
told by keys: a group with a key that was not there before enters, a step bar whose value grew, grows.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from kivy.graphics import (
    BorderImage,
    Canvas,
    Color,
    PopMatrix,
    PushMatrix,
    Rectangle,
    Rotate,
    Translate,
)
from kivy.graphics.texture import Texture

from kiosk.screens.drawn import Drawn, DrawnText
from kiosk.screens.scene import (
    Box,
    Control,
    Enter,
    Group,
    Icon,
    Loop,
    Node,
    Panel,
    Photo,
    Picture,
    Ring,
    Scene,
    Steps,
    Text,
)
from kiosk.screens.theme import MOTION
from kiosk.typeset import Bitmap, BoxStyle, Icons, Paint, Shape, circle, draw, patch, rounded
from kiosk.typeset.patches import dashed

_KEPT = 700


class Painter:
    """Draws scenes into one canvas."""

    def __init__(self, canvas: Any, icons: Icons, *, still: bool) -> None:
        """`canvas` is Kivy's; `still`: nothing ever moves (for people who ask for it, and for pictures)."""
        self._canvas = canvas
        self._icons = icons
        self._still = still
        self.loops = True
        """Whether what is painted next may move for ever."""
        self._textures: OrderedDict[object, Any] = OrderedDict()
        self._keys: set[str] = set()
        self._values: dict[str, float] = {}
        self._moves: list[tuple[float, float, Callable[[float], None]]] = []
        self._loops: list[Callable[[float], None]] = []
        self._height = 0
        self._texts: list[DrawnText] = []
        self._now = 0.0
        self._new_keys: set[str] = set()
        self._new_values: dict[str, float] = {}

    def forget(self) -> None:
        """Forget all textures: called between patrons."""
        self._textures.clear()

    @property
    def moving(self) -> bool:
        """Something enters or grows."""
        return bool(self._moves)

    @property
    def looping(self) -> bool:
        """Something moves for ever."""
        return bool(self._loops)

    def paint(self, scene: Scene, *, focus: str | None, pressed: str | None, now: float) -> Drawn:
        """Draw a scene, with the focus ring around `focus`; `now` in monotonic seconds."""
        self._height, self._texts, self._now = scene.size[1], [], now
        self._moves, self._loops = [], []
        self._new_keys, self._new_values = set(), {}
        self._canvas.clear()
        self._canvas.add(Color(*scene.ground))
        self._canvas.add(Rectangle(pos=(0, 0), size=scene.size))
        for node in scene.nodes:
            self._node(self._canvas, node)
        for control in scene.controls:
            if control.key == pressed:
                red, green, blue, _ = scene.focus_ring[0]
                self._panel(
                    self._canvas, control.box, BoxStyle((control.radius,) * 4, (red, green, blue, 0.14))
                )
            if control.key == focus:
                self._focus(control, scene)
        self._keys, self._values = self._new_keys, self._new_values
        self.tick(now)
        return Drawn(scene.screen, scene.modal, tuple(self._texts), scene.rows, scene.controls, focus)

    def black(self, size: tuple[int, int]) -> Drawn:
        """Draw nothing: the screen is off. What is drawn next stands there at once."""
        self._moves, self._loops = [], []
        self._keys, self._values = set(), {}
        self._canvas.clear()
        self._canvas.add(Color(0, 0, 0, 1))
        self._canvas.add(Rectangle(pos=(0, 0), size=size))
        return Drawn("blank", None, (), (), (), None)

    def tick(self, now: float) -> None:
        """Move what moves."""
        going = []
        for begin, length, move in self._moves:
            part = min(1.0, (now - begin) / length) if length > 0 else 1.0
            move(1 - (1 - part) ** 3)
            if part < 1.0:
                going.append((begin, length, move))
        self._moves = going
        for loop in self._loops:
            loop(now)

    # ---- nodes ------------------------------------------------------------------------------

    def _node(self, canvas: Any, node: Node) -> None:
        match node:
            case Panel():
                self._panel(canvas, node.box, node.style)
            case Text():
                self._text(canvas, node)
            case Icon():
                mask = self._icons.mask(node.name, int(node.box[2]), mirrored=node.mirrored)
                self._middle(canvas, node.box, mask, node.paint)
            case Picture():
                x, y, w, h = node.box
                key = (node.plane, node.shapes, node.mirrored, w, h)
                made = self._texture(
                    key, lambda: draw(node.shapes, int(w), int(h), box=node.plane, mirrored=node.mirrored)
                )
                self._bitmap(canvas, (x, y, w, h), made, (1, 1, 1, 1))
            case Photo():
                photo = self._texture(node.bitmap, lambda: node.bitmap)
                self._bitmap(canvas, node.box, photo, (1, 1, 1, 1))
            case Steps():
                self._steps(canvas, node)
            case Ring():
                self._ring(canvas, node)
            case Group():
                self._group(canvas, node)

    def _group(self, canvas: Any, group: Group) -> None:
        inside = Canvas()
        canvas.add(inside)
        inside.add(PushMatrix())
        shift = Translate(0, 0)
        inside.add(shift)
        x, y, w, h = group.box
        if group.turn:
            origin = (x + w / 2, self._height - y - h / 2)
            inside.add(Rotate(angle=-group.turn, origin=origin))
        for node in group.nodes:
            self._node(inside, node)
        inside.add(PopMatrix())
        if group.key:
            self._new_keys.add(group.key)
        entering = group.enter is not None and group.key and group.key not in self._keys and self._keys
        if entering and not self._still:
            self._enter(inside, shift, group)
        if group.loop is not None and self.loops and not self._still:
            self._loops.append(_loop(inside, shift, group))

    def _enter(self, inside: Any, shift: Any, group: Group) -> None:
        fall = {
            Enter.ROW: (MOTION.row, -8.0),
            Enter.SPINE: (MOTION.spine, 40.0),
            Enter.STATUS: (MOTION.status, 0.0),
        }
        length, start = fall.get(group.enter or Enter.ROW, (MOTION.sheet, -group.box[3] * 0.3))

        def move(part: float) -> None:
            inside.opacity = part
            shift.y = start * (1 - part)

        self._moves.append((self._now, length / 1000, move))

    def _panel(self, canvas: Any, box: Box, style: BoxStyle) -> None:
        x, y, w, h = box
        if w <= 0 or h <= 0:
            return
        if style.dash:
            made = self._texture((style, w, h), lambda: dashed(style, int(w), int(h)))
            self._bitmap(canvas, box, made, (1, 1, 1, 1))
            return
        if not any(style.radii) and style.outline is None and style.shadow is None:
            if style.fill is not None:
                canvas.add(Color(*style.fill))
                canvas.add(Rectangle(pos=(x, self._height - y - h), size=(w, h)))
            return
        made = patch(style)
        out, border = made.outset, made.border
        if w + 2 * out < 2 * border or h + 2 * out < 2 * border:
            limit = min(w, h) / 2
            if max(style.radii) > limit or not style.shadow:
                # Smaller than its own corners: drawn as it is.
                drawn = self._texture((style, w, h, "whole"), lambda: dashed(style, int(w), int(h)))
                self._bitmap(canvas, box, drawn, (1, 1, 1, 1))
                return
        texture = self._texture(style, lambda: made.bitmap, upside_down=True)
        canvas.add(Color(1, 1, 1, 1))
        canvas.add(
            BorderImage(
                texture=texture,
                border=(border, border, border, border),
                pos=(x - out, self._height - y - h - out),
                size=(w + 2 * out, h + 2 * out),
                auto_scale="off",
            )
        )

    def _text(self, canvas: Any, node: Text) -> None:
        setting = node.setting
        x, y, _, h = node.box
        texture = self._texture(setting.mask, lambda: setting.mask)
        mask, bleed = setting.mask, setting.bleed
        canvas.add(Color(*node.paint))
        canvas.add(
            Rectangle(
                texture=texture,
                pos=(x - bleed, self._height - (y - bleed) - mask.height),
                size=(mask.width, mask.height),
            )
        )
        del h
        self._texts.append(DrawnText(setting.text, node.origin, node.box, node.row))

    def _middle(self, canvas: Any, box: Box, mask: Bitmap, paint: Paint) -> None:
        x, y, w, h = box
        texture = self._texture(mask, lambda: mask)
        left, top = x - (mask.width - int(w)) // 2, y - (mask.height - int(h)) // 2
        self._bitmap(canvas, (left, top, mask.width, mask.height), texture, paint)

    def _bitmap(self, canvas: Any, box: Box, texture: Any, paint: Paint) -> None:
        x, y, w, h = box
        canvas.add(Color(*paint))
        canvas.add(Rectangle(texture=texture, pos=(x, self._height - y - h), size=(w, h)))

    def _steps(self, canvas: Any, node: Steps) -> None:
        x, y, w, h = node.box
        before = self._values.get(node.key, node.value)
        self._new_values[node.key] = node.value

        def texture(value: float) -> Any:
            key = (node.box[2:], round(value, 2), node.paint, node.line, node.mirrored)
            return self._texture(key, lambda: _step_bar(node, value))

        canvas.add(Color(1, 1, 1, 1))
        rectangle = Rectangle(pos=(x, self._height - y - h), size=(w, h), texture=texture(node.value))
        canvas.add(rectangle)
        if self._still or before == node.value:
            return

        def move(part: float) -> None:
            rectangle.texture = texture(before + (node.value - before) * part)

        self._moves.append((self._now, MOTION.step / 1000, move))

    def _ring(self, canvas: Any, node: Ring) -> None:
        _, _, w, h = node.box
        key = (node.part, node.paint, node.width, w, h)
        self._bitmap(canvas, node.box, self._texture(key, lambda: _ring_bitmap(node)), (1, 1, 1, 1))

    def _focus(self, control: Control, scene: Scene) -> None:
        x, y, w, h = control.box
        outer, inner = scene.focus_ring
        for out, line, paint in ((7.0, 9.0, outer), (3.0, 5.0, inner)):
            box = (x - out, y - out, w + 2 * out, h + 2 * out)
            radius = control.radius + out
            style = BoxStyle((radius, radius, radius, radius), None, paint, line)
            self._panel(self._canvas, box, style)

    # ---- textures ---------------------------------------------------------------------------

    def _texture(self, key: object, make: Callable[[], Bitmap], *, upside_down: bool = False) -> Any:
        found = self._textures.get(key)
        if found is None:
            bitmap = make()
            found = Texture.create(size=(bitmap.width, bitmap.height), colorfmt="rgba")
            rgba = bitmap.rgba
            if upside_down:
                line = 4 * bitmap.width
                rgba = b"".join(rgba[at : at + line] for at in range(len(rgba) - line, -1, -line))
            found.blit_buffer(rgba, colorfmt="rgba", bufferfmt="ubyte")
            if not upside_down:
                found.flip_vertical()
            self._textures[key] = found
            if len(self._textures) > _KEPT:
                self._textures.popitem(last=False)
        else:
            self._textures.move_to_end(key)
        return found


def _loop(inside: Any, shift: Any, group: Group) -> Callable[[float], None]:
    def dots(now: float) -> None:
        wave = 0.5 - 0.5 * math.cos(math.tau * now * 1000 / MOTION.dots)
        inside.opacity = 1.0 - 0.6 * wave

    def down(length: int, far: float) -> Callable[[float], None]:
        def move(now: float) -> None:
            shift.y = -far * (0.5 - 0.5 * math.cos(math.tau * now * 1000 / length))

        return move

    if group.loop is Loop.DOTS:
        return dots
    if group.loop is Loop.PUT_BACK:
        return down(MOTION.put_back, 24.0)
    return down(MOTION.attract, 12.0)


def _step_bar(node: Steps, value: float) -> Bitmap:
    _, _, w, h = node.box
    line = node.line
    shapes = [Shape(rounded(line / 2, line / 2, w - line, h - line, h / 2), stroke=node.paint, width=line)]
    if value > 0:
        shapes.append(Shape(rounded(0, 0, w * value, h), fill=node.paint, clip=rounded(0, 0, w, h, h / 2)))
    return draw(shapes, int(w), int(h), mirrored=node.mirrored)


def _ring_bitmap(node: Ring) -> Bitmap:
    _, _, w, h = node.box
    line = max(2.0, node.width * 0.3)
    middle, r = w / 2, (w - (node.width if node.part else line)) / 2
    red, green, blue, _ = node.paint
    shapes = [Shape(circle(middle, h / 2, r), stroke=(red, green, blue, 0.6), width=line)]
    if node.part >= 1:
        shapes.append(Shape(circle(middle, h / 2, r), stroke=node.paint, width=node.width))
    elif node.part > 0:
        angle = math.tau * node.part - math.pi / 2
        large = 1 if node.part > 0.5 else 0
        end = f"{middle + r * math.cos(angle):.3f} {h / 2 + r * math.sin(angle):.3f}"
        path = f"M{middle:.3f} {h / 2 - r:.3f}A{r:.3f} {r:.3f} 0 {large} 1 {end}"
        shapes.append(Shape(path, stroke=node.paint, width=node.width))
    return draw(shapes, int(w), int(h))

"""Bitmaps: what this room hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cairo


@dataclass(frozen=True, slots=True)
class Bitmap:
    """`width` x `height` pixels, four bytes each: red, green, blue, alpha; rows from the top.

    The alpha is *straight*: colours are not multiplied by it (Cairo's are; `of` divides them out).
    """

    width: int
    height: int
    rgba: bytes

    @classmethod
    def of(cls, surface: cairo.ImageSurface) -> Bitmap:
        """Take over an ARGB32 surface: premultiplied, native byte order (little-endian: BGRA)."""
        from PIL import Image

        surface.flush()
        width, height, stride = surface.get_width(), surface.get_height(), surface.get_stride()
        image = Image.frombytes("RGBA", (width, height), bytes(surface.get_data()), "raw", "BGRa", stride)
        return cls(width, height, image.tobytes())

    @classmethod
    def mask(cls, surface: cairo.ImageSurface) -> Bitmap:
        """Take over an A8 surface as white with its coverage as alpha. Its width is a multiple of 4."""
        surface.flush()
        width, height = surface.get_width(), surface.get_height()
        if surface.get_stride() != width:
            raise ValueError(f"an A8 surface must be a multiple of 4 wide, not {width}")
        rgba = bytearray(b"\xff") * (4 * width * height)
        rgba[3::4] = bytes(surface.get_data())
        return cls(width, height, bytes(rgba))

"""`kiosk tag`: what staff and integrators do with single tags at a command line.

`decode` needs nothing but the bytes of a tag from anywhere. The others stand at a pad, through its supervisor
(`FieldPad`, the one owner of the air) and never beside a kiosk that runs: `watch` and `read` look, `secure`
and `release` go through the security switch, `write` puts an item on a tag. Whatever changes a tag is a named
act of staff, in the journal before the tag is touched.
"""

from kiosk.tagging.command import main

__all__ = ["main"]

"""`kiosk tag`: what staff and integrators do with single tags at a command line.

`decode` needs nothing but the bytes of a tag from anywhere.
"""

from kiosk.tagging.command import main

__all__ = ["main"]

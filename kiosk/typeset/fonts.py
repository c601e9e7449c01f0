"""Private fonts: a fonts.conf that names only what our Debian packages brought.

Whatever else is installed on the machine stays unseen, so that two kiosks show the same letters, and
fontconfig has a few dozen files to read instead of hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import escape

FAMILIES = "Inter, Noto Sans, Noto Sans Arabic, Noto Sans Hebrew, Noto Sans CJK SC"
"""In this order a glyph is looked for; after these, in all other files below (Thai, Devanagari...)."""

PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fonts-inter": ("Inter-Regular.*", "Inter-Medium.*", "Inter-SemiBold.*", "Inter-Bold.*"),
        "fonts-noto-core": ("NotoSansArabic-Regular.*", "NotoSans*-Regular.*", "NotoSans*-Bold.*"),
        "fonts-noto-cjk": ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    }
)
"""Debian package -> the font files of it that we use. The first of each proves that it is there."""

_FOLDERS = ("inter", "noto")
_ROOTS = (Path("/usr/share/fonts/opentype"), Path("/usr/share/fonts/truetype"))


class FontsMissing(RuntimeError):
    """Fonts that every screen needs are not installed; `packages` says which to install."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages
        super().__init__(
            f"fonts are missing: install the Debian package{'s' * (len(packages) > 1)} {' '.join(packages)}"
        )


def font_folders(roots: tuple[Path, ...] = _ROOTS) -> tuple[Path, ...]:
    """The folders that hold our fonts.

    Raises:
        FontsMissing: a package of `PACKAGES` is not there.
    """
    folders = tuple(root / name for root in roots for name in _FOLDERS if (root / name).is_dir())
    missing = tuple(
        package
        for package, patterns in PACKAGES.items()
        if not any(next(folder.glob(patterns[0]), None) for folder in folders)
    )
    if missing:
        raise FontsMissing(missing)
    return folders


def write_fonts_conf(cache: Path, roots: tuple[Path, ...] = _ROOTS) -> Path:
    """Write `cache`/fonts.conf and return its path; fontconfig keeps its own index beside it.

    Raises:
        FontsMissing: a package of `PACKAGES` is not there.
        OSError: `cache` cannot be written.
    """
    folders = font_folders(roots)
    cache.mkdir(parents=True, exist_ok=True)
    accepted = [
        f"      <glob>{escape(str(folder / pattern))}</glob>"
        for folder in folders
        for patterns in PACKAGES.values()
        for pattern in patterns
    ]
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
        "<fontconfig>",
        *(f"  <dir>{escape(str(folder))}</dir>" for folder in folders),
        f"  <cachedir>{escape(str(cache / 'fontconfig'))}</cachedir>",
        "  <selectfont>",
        "    <rejectfont>",
        "      <glob>*</glob>",
        "    </rejectfont>",
        "    <acceptfont>",
        *accepted,
        "    </acceptfont>",
        "  </selectfont>",
        "</fontconfig>",
        "",
    ]
    path = cache / "fonts.conf"
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path

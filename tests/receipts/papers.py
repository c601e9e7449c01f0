"""Papers to try."""

from datetime import date

from kiosk.circulation.values import Alert, Due, ItemKey, Paper, PaperKind, PaperLine

WALL = 1_785_000_000.0
LATIN = "A Field Guide to Mosses and Liverworts of the Northern Woods"
ARABIC = "كليلة ودمنة"
CHINESE = "红楼梦"
TITLES = {"latin": LATIN, "arabic": ARABIC, "chinese": CHINESE, "cyrillic": "Мастер и Маргарита"}


def line(title=LATIN, number="30000001234", **more):
    return PaperLine(title, ItemKey(number), Due(date(2026, 8, 17)), **more)


def loans(*lines, language="en"):
    return Paper(PaperKind.LOANS, language, "Lantern City Library", WALL, lines or (line(),))


def slip(language="en", alert=Alert.TRANSIT, destination="Harbour Branch", sort_bin="12"):
    lines = (line(alert=alert, destination=destination, bin=sort_bin),)
    return Paper(PaperKind.SLIP, language, "Lantern City Library", WALL, lines)


def plain(kind, *lines, language="en"):
    return Paper(kind, language, "Lantern City Library", WALL, lines)

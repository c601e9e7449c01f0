"""Reading receipts: what the kiosk prints is found on its paper, and nothing else."""

import base64
import io
from datetime import date

from kiosk.circulation.values import Due, Paper, PaperKind, PaperLine
from kiosk.receipts import Composer
from kiosk.receipts.compose import LIBRARY, TITLE
from kiosk.simulator.lanternfield import ITEMS
from kiosk.typeset import Typesetter
from tests.appliance import paper

TITLES = [item.title for item in ITEMS if len(item.title) < 30]


def printed(folder, *titles):
    lines = tuple(PaperLine(title, None, Due(date(2026, 8, 17))) for title in titles)
    receipt = Paper(PaperKind.LOANS, "en", "Lanternfield Library", 1_785_000_000.0, lines)
    png = io.BytesIO()
    Composer(Typesetter(folder), 576).compose(receipt).image().save(png, "PNG")
    return paper.picture({"png": base64.b64encode(png.getvalue()).decode()})


def test_the_titles_on_a_receipt_are_read_in_their_order_and_no_others(tmp_path):
    given = ["Seven Winters", "红楼梦", "The Wind in the Willows"]
    receipt = printed(tmp_path, *given)
    assert paper.found(receipt, TITLES, TITLE, tmp_path) == given
    assert paper.found(receipt, ["Lanternfield Library"], LIBRARY, tmp_path) == ["Lanternfield Library"]


def test_a_title_with_one_other_letter_is_another(tmp_path):
    receipt = printed(tmp_path, "Salt and Cedar")
    assert paper.found(receipt, ["Salt and Cedan", "Salt and Coder", "Malt and Cedar"], TITLE, tmp_path) == []

"""First boot, and the first loan."""

from __future__ import annotations

import shutil

from kiosk.receipts.compose import TITLE as TITLE_STYLE
from kiosk.simulator.lanternfield import ITEMS
from tests.appliance import paper, screen
from tests.appliance.appliance import Appliance
from tests.appliance.bench import SETTLED, Bench
from tests.appliance.farside import BOOK, OTHER, PASSWORD, TITLE
from tests.appliance.machine import SMALL
from tests.appliance.technician import STAFF_PIN
from tests.appliance.visit import Visit, lent_once


def first_boot(bench: Bench) -> None:
    """A card is flashed, kiosk.toml edited, the machine switched on: the attract screen comes, and a login at
    the ILS. A patron borrows two books: the ILS lends them, their tags are released, the receipt names them,
    the journal on /data tells of both. No secret is left on the FAT."""
    with bench.far() as far, bench.flashed(far) as appliance:
        with appliance.on() as machine:
            visit = Visit(machine, far, bench.folder)
            bench.figure("power-on to first frame, s", visit.waits_for_first_frame())
            bench.figure("power-on to attract screen, s", visit.waits_until_it_attracts())
            visit.waits_until_ready()
            attract = bench.keeps(visit.picture("attract"))
            bench.figure("colours on the attract screen", screen.colours(attract))
            _lends(bench, visit)
        _took_over(bench, appliance)
        rows = appliance.journal()
        bench.figure("rows in the journal", len(rows))
        for book in (BOOK, OTHER):
            (saga,) = {row.saga for row in rows if row.payload.get("item") == book}
            assert any(row.saga == saga and row.closes for row in rows), f"the loan of {book} is open"
        appliance.keep(bench.folder.parent / SETTLED)


def small_display(bench: Bench) -> None:
    """On a display of 800x480 the attract screen fills it, laid out for its size."""
    with bench.far() as far, bench.settled(far) as appliance, appliance.on(display=SMALL) as machine:
        visit = Visit(machine, far, bench.folder)
        visit.waits_for_first_frame()
        visit.waits_until_ready()
        visit.waits_until_it_attracts()
        bench.keeps(visit.picture("small"))


def _lends(bench: Bench, visit: Visit) -> None:
    start = visit.machine.seconds
    visit.signs_in()
    visit.puts(BOOK, OTHER)
    visit.waits_until_safe((BOOK, OTHER))
    bench.figure("card to both books released, s", visit.machine.seconds - start)
    visit.waits_until_told(2)
    bench.keeps(visit.picture("lent"))
    visit.finishes()
    bench.figure("card to receipt, s", visit.machine.seconds - start)
    bench.keeps(visit.picture("farewell"))
    lent_once(visit.far, BOOK, OTHER)
    _receipt_names(bench, visit.far.do("printout"), TITLE)
    visit.lifts(BOOK, OTHER)


def _took_over(bench: Bench, appliance: Appliance) -> None:
    fat = appliance.card.fat_bytes()
    for what, secret in (("password", PASSWORD), ("staff PIN", STAFF_PIN)):
        assert secret.encode() not in fat, f"the {what} is still on the FAT"
    result = appliance.card.get("kiosk-result.txt")
    assert "was taken over" in result, result
    bench.figure("kiosk-result.txt", result.splitlines()[0])
    secrets = appliance.data() / "kiosk" / "secrets"
    assert any(PASSWORD in file.read_text("utf-8") for file in secrets.iterdir())


def _receipt_names(bench: Bench, printout: dict[str, object], *titles: str) -> None:
    image = paper.picture(printout)
    receipt = bench.folder / "receipt.png"
    image.point(lambda dot: 255 - dot).save(receipt)
    bench.keeps(receipt)
    known = [item.title for item in ITEMS if len(item.title) < 30]
    fonts = bench.folder / "fonts"
    read = paper.found(image, known, TITLE_STYLE, fonts)
    shutil.rmtree(fonts)
    bench.figure("titles read on the receipt", ", ".join(read))
    assert read == list(titles), f"the receipt says {read}"


SCENARIOS = {"first-boot": first_boot, "small-display": small_display}

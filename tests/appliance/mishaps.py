"""What goes wrong in a library: power cuts in mid-loan, a wrong file, a full card."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.circulation.values import SagaId
from kiosk.journal import StoredRow
from tests.appliance import probe, screen
from tests.appliance.appliance import Appliance
from tests.appliance.bench import Bench
from tests.appliance.disk import DATA
from tests.appliance.farside import BOOK, LOAN, OTHER, PATRON, FarSide, many_books
from tests.appliance.technician import kiosk_toml
from tests.appliance.visit import ANSWER_WITHIN, Visit, lent_once
from tests.appliance.waiting import PICTURE_S, until

# ---- power cuts -------------------------------------------------------------------------------


@contextmanager
def _visited(bench: Bench, appliance: Appliance, far: FarSide, *, into: str) -> Iterator[Visit]:
    """A machine that is on, with a kiosk that has logged in; pulled out at the end."""
    with appliance.on() as machine:
        visit = Visit(machine, far, bench.folder / into)
        visit.waits_for_first_frame()
        visit.waits_until_ready()
        yield visit


def _open_sagas(rows: tuple[StoredRow, ...], item: str) -> set[SagaId]:
    of_item = {row.saga for row in rows if row.payload.get("item") == item}
    return of_item - {row.saga for row in rows if row.closes}


def _agree(far: FarSide, appliance: Appliance, item: str) -> str:
    """Tag, ILS and journal must tell one story; returns it in words."""
    holder, afi, loans = far.holder(item), far.afi(item), far.loans(item)
    is_open = bool(_open_sagas(appliance.journal(), item))
    assert loans <= 1, f"{item} was lent {loans} times"
    assert holder in (None, PATRON), f"{item} is with {holder}"
    assert afi != "C2" or holder == PATRON, f"{item} was released and not lent"
    assert afi == "C2" or holder is None or is_open, f"{item} is lent and armed, and nobody knows of it"
    return f"{'lent' if holder else 'not lent'}, AFI {afi}, {'named for staff' if is_open else 'settled'}"


def killed_in_loan(bench: Bench) -> None:
    """The plug is pulled at three moments of a loan: the ILS has lent and has not answered; it has answered
    and the tag is not written; the tag is written and the loan not closed. After each the machine boots,
    settles what it can, and lends the next book; the ILS, the tags and the journal agree."""
    for name, moment in (
        ("lent, not answered", _before_the_answer),
        ("answered, tag not written", _before_the_tag),
        ("tag written, not closed", _after_the_tag),
    ):
        with bench.far() as far, bench.settled(far) as appliance:
            into = name.replace(", ", "-").replace(" ", "-")
            with _visited(bench, appliance, far, into=into) as visit:
                visit.signs_in()
                moment(visit)
                visit.picture("last")
                visit.machine.kill()
            far.do("all", steps=[{"do": "well", "device": each} for each in ("ils", "reader")])
            if far.do("look")["unplugged"]:
                far.do("plug", device="reader")
            with _visited(bench, appliance, far, into=into) as visit:
                visit.picture("again")
                if name != "lent, not answered":
                    # the book still lies there, or is put there again: it must be released by itself
                    until(lambda: far.afi(BOOK) == "C2", "the book to be released", ANSWER_WITHIN)
                visit.lifts(BOOK)
                visit.borrows(OTHER)
                lent_once(far, OTHER)
            bench.figure(name, _agree(far, appliance, BOOK))
            assert far.holder(BOOK) == PATRON
            assert not far.report()["locks"]


def _before_the_answer(visit: Visit) -> None:
    visit.far.do("slow", device="ils", message=LOAN, seconds=600)
    visit.puts(BOOK)
    until(lambda: visit.far.loans(BOOK) == 1, "the loan", ANSWER_WITHIN)


def _before_the_tag(visit: Visit) -> None:
    visit.far.do("when", event={"kind": "loan", "item": BOOK}, steps=[{"do": "unplug", "device": "reader"}])
    visit.puts(BOOK)
    # a row is called lent once the answer is on the disk
    visit.sees(screen.says_lent, "a row that is lent")
    assert visit.far.afi(BOOK) == "07"


def _after_the_tag(visit: Visit) -> None:
    visit.far.do("when", event={"kind": "afi-written"}, steps=[{"do": "unplug", "device": "reader"}])
    visit.puts(BOOK)
    until(lambda: visit.far.afi(BOOK) == "C2", "the tag written", ANSWER_WITHIN)


# ---- a wrong file -----------------------------------------------------------------------------

WRONG = 'receipt = "sometimes"'


def with_wrong_line(settings: str) -> tuple[str, int]:
    """These settings with one line that is not allowed, and its number."""
    wrong = settings.replace('receipt = "always"', WRONG)
    return wrong, wrong.splitlines().index(WRONG) + 1


def wrong_file(bench: Bench) -> None:
    """kiosk.toml says something that is not allowed: the screen, and kiosk-result.txt on the card, name the
    line and what is allowed. With the file put right, the same card starts."""
    with bench.far() as far:
        right = kiosk_toml(far.ports)
        wrong, number = with_wrong_line(right)
        with bench.flashed(settings=wrong) as appliance:
            with appliance.on() as machine:
                visit = Visit(machine, far, bench.folder)
                bench.figure("power-on to the screen that says so, s", visit.waits_for_first_frame())
                visit.sees(screen.wants_settings, "the screen that names the line")
                bench.keeps(visit.picture("refused"))
            result = appliance.card.get("kiosk-result.txt")
            lines = [line.strip() for line in result.splitlines() if f"line {number}:" in line]
            bench.figure("kiosk-result.txt", " ".join(lines) or result)
            assert lines, f"line {number} is not named: {result}"
            assert all(each in result for each in ("ask", "always", "never")), result
            appliance.card.put("kiosk.toml", right)
            with _visited(bench, appliance, far, into="right") as visit:
                bench.keeps(visit.picture("right"))


# ---- a full card ------------------------------------------------------------------------------

_FILL = """\
dd if=/dev/zero of=/data/full bs=1M 2>/dev/null
dd if=/dev/zero of=/data/full2 bs=512 2>/dev/null
sync
df --output=avail /data | tail -1 | sed 's/^ */free /'
"""


_MANY = 20
"""So many books are brought to a kiosk whose card is full."""


def data_full(bench: Bench) -> None:
    """/data is filled to its last byte, and a patron brings book after book: each is lent and remembered, or
    it is not lent. The kiosk says that it needs staff once there is no room for what it must remember, and
    so it does when it is started like that. With room again it lends."""
    with bench.far() as far, bench.settled(far) as appliance:
        with appliance.on(probe.made(bench.arch, bench.folder, _FILL)) as machine:
            visit = Visit(machine, far, bench.folder)
            visit.waits_for_first_frame()
            bench.figure("free, kB", probe.answers(machine, 600)["free"][0])
            lent = _lent_until_it_says_so(visit)
            bench.figure("books lent with nothing free", len(lent))
            bench.keeps(_stays(visit, screen.needs_staff, "full"))
        for book in many_books()[:_MANY]:
            _agree(far, appliance, book)
        remembered = {row.payload.get("item") for row in appliance.journal()}
        assert remembered >= {book for book in many_books() if far.loans(book)}, "lent and not remembered"
        room = "rm -f /data/full /data/full2\nsync\n"
        with appliance.on(probe.made(bench.arch, bench.folder, room)) as machine:
            visit = Visit(machine, far, bench.folder)
            visit.waits_for_first_frame()
            bench.keeps(visit.picture("full-at-start"))
            probe.answers(machine, 600)
        with _visited(bench, appliance, far, into="room-again") as visit:
            visit.borrows(BOOK)
            lent_once(far, BOOK)


def _lent_until_it_says_so(visit: Visit) -> list[str]:
    """Bring one book after the other until the screen sends patrons to the desk; those that were released."""
    lent: list[str] = []
    if not visit.comes_if_invited(screen.needs_staff):
        return lent
    for book in many_books()[:_MANY]:
        visit.puts(book)

        def done(book: str = book) -> bool:
            return visit.far.afi(book) == "C2" or screen.needs_staff(visit.picture("now"))

        until(done, "a loan, or the screen that says so", ANSWER_WITHIN, PICTURE_S)
        if visit.far.afi(book) == "C2":
            lent.append(book)
        visit.lifts(book)
        if screen.needs_staff(visit.picture("now")):
            break
    visit.sees(screen.needs_staff, "a screen that says so")
    return lent


def data_lost(bench: Bench) -> None:
    """The partition of /data holds nothing but zeros: the kiosk comes up all the same, says that it has no
    settings, and lends nothing."""
    with bench.far() as far, bench.settled(far) as appliance:
        appliance.card.erase(DATA)
        with appliance.on() as machine:
            visit = Visit(machine, far, bench.folder)
            bench.figure("power-on to the screen that says so, s", visit.waits_for_first_frame())
            visit.sees(screen.wants_settings, "the screen of a kiosk without settings")
            visit.puts(BOOK)
            bench.keeps(_stays(visit, screen.wants_settings, "lost"))
            assert (far.loans(BOOK), far.asked("93")) == (0, 0), "it spoke to the ILS"


def _stays(visit: Visit, what: Callable[[Path], bool], name: str) -> Path:
    """A picture, and `what` is true of it and of all others for half a minute."""
    end = visit.machine.seconds + 30
    picture = visit.picture(name)
    while visit.machine.seconds < end:
        time.sleep(PICTURE_S)
        assert what(visit.picture(name)), "the screen has changed"
    return picture


SCENARIOS = {
    "killed-in-loan": killed_in_loan,
    "wrong-file": wrong_file,
    "data-full": data_full,
    "data-lost": data_lost,
}

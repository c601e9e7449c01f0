"""Whatever comes in from a wire, a tag, a card or a scanner: a named reason, a next step, and the kiosk
goes on. What every story must keep besides is in `desk_story.play`."""

import dataclasses

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.policy import PinRule
from kiosk.circulation.reasons import Reason
from kiosk.simulator import lanternfield
from kiosk.simulator.lanternfield import BLANK, DAMAGED, FOREIGN, PATRON_CARD
from kiosk.simulator.scenery import Tag
from tests.journeys.desk_story import (
    ANNA,
    ANNAS_ALREADY,
    ANNAS_PIN,
    BRUNO_BLOCKED,
    HAS_BAD_TWIN,
    KALILA,
    LEILA_NO_PIN,
    MOSSES,
    NOT_FOR_LOAN,
    ON_HOLD,
    STAYS_ARMED,
    WILLOWS,
    WITH_ANOTHER,
    WITHOUT_TAG,
    Desk,
    play,
)

GARBAGE = {"do": "garble", "how": "garbage"}
HALF = {"do": "garble", "how": "half"}
WRONG_BIT = {"do": "garble", "how": "flip"}
SILENCE = {"do": "silent"}
HANG_UP = {"do": "hang-up", "execute": True}
FAULTS = {"garbage": GARBAGE, "half": HALF, "bit": WRONG_BIT, "silence": SILENCE, "hang-up": HANG_UP}
for_ever = {"count": 10_000}

ALL_SAFE = {WILLOWS: "safe", MOSSES: "safe"}

INVENTORY, READ, INFORMATION, WRITE = "01", "23", "2B", "27"


# ---- the ILS --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_one_bad_answer_at_sign_in_is_asked_again(fault):
    async def story(desk: Desk) -> None:
        desk.world(device="ils", message="63", **fault)
        desk.puts(WILLOWS)
        await desk.signs_in()
        assert await desk.settles(WILLOWS) == {WILLOWS: "safe"}

    play(story)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (GARBAGE, Reason.ILS_GARBLED),
        (HALF, Reason.ILS_SILENT),
        (WRONG_BIT, Reason.ILS_GARBLED),
        (SILENCE, Reason.ILS_SILENT),
        (HANG_UP, Reason.ILS_DOWN),
    ],
)
def test_nothing_but_bad_answers_at_sign_in_lead_to_the_staff(fault, reason):
    async def story(desk: Desk) -> None:
        desk.world(device="ils", message="63", **fault, **for_ever)
        desk.shows_card(LEILA_NO_PIN)
        await desk.sees(views.SeeStaffView, within=60)
        assert desk.screen.reason is reason

    play(story)


@pytest.mark.parametrize("fault", [GARBAGE, HALF, WRONG_BIT, SILENCE])
@pytest.mark.parametrize("count", [1, 10_000], ids=["once", "always"])
def test_a_loan_whose_answer_is_lost_is_not_asked_again_but_97_brings_it(fault, count):
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world(device="ils", message="11", count=count, **fault)
        desk.puts(WILLOWS, MOSSES)
        assert await desk.settles(WILLOWS, MOSSES) == ALL_SAFE
        assert (desk.asked(WILLOWS), desk.asked(MOSSES)) == (1, 1)

    play(story)


def test_ils_silent_after_the_11_that_it_did_not_execute():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world("silent", device="ils", message="11", execute=False)
        desk.puts(WILLOWS, MOSSES)
        await desk.sees(lambda view: any(row.late for row in desk.rows.values()))
        assert await desk.settles(WILLOWS, MOSSES) == {WILLOWS: "refused item-refused", MOSSES: "safe"}
        assert desk.message == "leave-here item-refused"
        assert (desk.asked(WILLOWS), desk.lent(WILLOWS), desk.afi(WILLOWS)) == (1, False, ["07"])

    play(story)


def test_ils_hangs_up_after_the_11_that_it_executed():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world("hang-up", device="ils", message="11", execute=True)
        desk.puts(WILLOWS, MOSSES)
        # 63 says that it is lent, nobody says that it may be unlocked
        assert await desk.settles(WILLOWS, MOSSES) == {WILLOWS: "attention stays-armed", MOSSES: "safe"}
        assert (desk.asked(WILLOWS), desk.lent(WILLOWS), desk.afi(WILLOWS)) == (1, True, ["07"])

    play(story)


def test_ils_dies_after_the_11_and_staff_are_told_which_book():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        unplug = {"do": "unplug", "device": "ils"}
        desk.world("when", event={"kind": "loan", "item": WILLOWS}, steps=[unplug])
        desk.puts(WILLOWS, MOSSES)
        ends = await desk.settles(WILLOWS, MOSSES, within=120)
        assert ends == {WILLOWS: "attention outcome-unknown", MOSSES: "refused ils-down"}
        assert desk.afi(WILLOWS) == desk.afi(MOSSES) == ["07"]

    play(story)


def test_ils_away_and_back_the_books_on_the_pad_are_asked_then():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world("unplug", device="ils")
        desk.puts(WILLOWS)
        assert await desk.settles(WILLOWS) == {WILLOWS: "refused ils-down"}
        await desk.wait(5)
        desk.world("plug", device="ils")
        await desk.sees(lambda view: desk.ends == {WILLOWS: "safe"}, within=60)

    play(story)


def test_without_a_card_the_screen_says_what_is_away():
    async def story(desk: Desk) -> None:
        for device, fault, reason in (
            ("ils", {"do": "unplug"}, Reason.ILS_DOWN),
            ("reader", {"do": "unplug"}, Reason.READER_MISSING),
            ("reader", GARBAGE | for_ever, Reason.READER_GARBLED),
            ("ils", GARBAGE | for_ever, Reason.ILS_GARBLED),
        ):
            desk.world(device=device, **fault)
            await desk.sees(views.CannotLendView, within=120)
            await desk.wait(20)
            assert desk.screen.reason is reason
            if device == "ils":
                desk.shows_card(ANNA)
                await desk.wait(1)
                assert isinstance(desk.screen, views.CannotLendView)
            desk.world("well", device=device)
            desk.world("plug", device=device)
            await desk.sees(views.AttractView, within=60)

    play(story)


# ---- the reader -----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("message", [INVENTORY, READ, INFORMATION], ids=["poll", "read", "information"])
def test_a_reader_that_babbles_or_falls_silent_while_books_are_put_down(message, fault):
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world(device="reader", message=message, count=6, **fault)
        desk.puts(WILLOWS, MOSSES)
        assert await desk.settles(WILLOWS, MOSSES) == ALL_SAFE
        assert "reader-away" in desk.messages

    play(story)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("message", [WRITE, INFORMATION], ids=["write", "read-back"])
def test_a_reader_that_babbles_or_falls_silent_after_the_loan(message, fault):
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        trouble = {"device": "reader", "message": message, "count": 6, **fault}
        desk.world("when", event={"kind": "loan", "item": WILLOWS}, steps=[trouble])
        desk.puts(WILLOWS, MOSSES)
        assert await desk.settles(WILLOWS, MOSSES) == ALL_SAFE
        assert desk.asked(WILLOWS) == 1

    play(story)


def test_a_reader_that_babbles_at_sign_in_does_not_keep_the_patron_out():
    async def story(desk: Desk) -> None:
        desk.world(device="reader", count=8, **GARBAGE)
        await desk.signs_in()
        desk.puts(WILLOWS)
        assert await desk.settles(WILLOWS) == {WILLOWS: "safe"}

    play(story)


def test_reader_unplugged_between_loan_and_write_says_so_and_goes_on_when_it_is_back():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        unplug = {"do": "unplug", "device": "reader"}
        desk.world("when", event={"kind": "loan", "item": WILLOWS}, steps=[unplug])
        desk.puts(WILLOWS)
        await desk.sees(lambda view: desk.ends == {WILLOWS: "lent"} and desk.message == "reader-away")
        await desk.wait(15)
        assert desk.view.modal is None  # nobody can tell whether it was lifted
        desk.world("plug", device="reader")
        assert await desk.settles(WILLOWS) == {WILLOWS: "safe"}

    play(story)


def test_a_reader_that_dies_of_every_write_leaves_the_book_armed_and_named():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world("silent", device="reader", message=WRITE, execute=False, **for_ever)
        desk.puts(WILLOWS)
        await desk.sees(lambda view: desk.ends == {WILLOWS: "lent"} and desk.message == "reader-away")
        await desk.sees(views.AttractView, within=120)
        assert desk.afi(WILLOWS) == ["07"]

    play(story)


# ---- tags -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "reason", "message"),
    [
        (DAMAGED, "tag-damaged", "scan-barcode tag-damaged"),
        (FOREIGN, "tag-foreign", "scan-barcode tag-foreign"),
        (BLANK, "tag-blank", "scan-barcode tag-blank"),
        (PATRON_CARD, "card-on-pad", "card-on-pad"),
    ],
    ids=["broken CRC", "foreign", "all zero", "a card"],
)
def test_a_tag_that_names_no_item_is_said_and_the_books_beside_it_become_safe(tag, reason, message):
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts(WILLOWS, tag, MOSSES)
        ends = await desk.settles(WILLOWS, MOSSES, f"tag:{tag}")
        assert ends == {f"tag:{tag}": f"attention {reason}", **ALL_SAFE}
        assert desk.message == message
        assert desk.screen.on_pad == (2 if tag == PATRON_CARD else 3)
        desk.lifts(tag)
        await desk.sees(lambda view: desk.ends == ALL_SAFE)

    play(story)


def test_a_book_whose_tag_is_broken_can_be_scanned_and_stays_armed():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts(DAMAGED)
        await desk.settles(f"tag:{DAMAGED}")
        desk.scans(HAS_BAD_TWIN)
        ends = await desk.settles(HAS_BAD_TWIN)
        assert ends[HAS_BAD_TWIN] == "attention stays-armed"
        assert desk.afi(DAMAGED) == ["07"]

    play(story)


TWIN = "E0040150AAAAAAAA"
WITH_TWIN = dataclasses.replace(lanternfield(), tags=(*lanternfield().tags, Tag(TWIN, WILLOWS)))


@pytest.mark.parametrize("at_once", [True, False], ids=["together", "later"])
def test_two_tags_that_say_the_same_item(at_once):
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts("E004015012AB3F01", MOSSES)
        if not at_once:
            assert await desk.settles(WILLOWS, MOSSES) == ALL_SAFE
        desk.puts(TWIN)
        await desk.sees(
            lambda view: (
                desk.ends
                == {
                    WILLOWS: "attention stays-armed",
                    f"tag:{TWIN}": "attention tag-duplicate",
                    MOSSES: "safe",
                }
            )
        )
        assert desk.asked(WILLOWS) == 1
        assert desk.afi(TWIN) == ["07"]
        desk.lifts(TWIN)
        await desk.wait(3)
        assert desk.ends[WILLOWS] == "attention stays-armed"

    play(story, scenery=WITH_TWIN)


def test_a_part_that_is_missing_is_asked_for():
    async def story(desk: Desk) -> None:
        first, second, third = (f"E004015031A07C{end}" for end in ("1D", "2E", "3F"))
        await desk.signs_in()
        desk.puts(first, third)
        await desk.sees(lambda view: desk.ends == {"39000014": "attention part-missing"})
        await desk.sees(lambda view: desk.rows["39000014"].parts_missing == (2,))
        desk.puts(second)
        await desk.sees(lambda view: desk.ends == {"39000014": "safe"})
        assert desk.afi("39000014") == ["C2", "C2", "C2"]

    play(story)


def test_a_tag_lifted_after_the_loan_is_demanded_back():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        lift = {"do": "lift", "tags": [WILLOWS]}
        desk.world("when", event={"kind": "loan", "item": WILLOWS}, steps=[lift])
        desk.puts(WILLOWS, MOSSES)
        await desk.sees(views.PutBack)
        desk.presses(Do.FINISH)
        await desk.wait(5)
        assert isinstance(desk.view.modal, views.PutBack), "it cannot be dismissed"
        desk.puts(WILLOWS)
        await desk.sees(lambda view: view.modal is None)
        await desk.sees(views.FarewellView)
        assert desk.ends == ALL_SAFE

    play(story)


def test_a_tag_lifted_and_never_brought_back_is_named_for_staff():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        lift = {"do": "lift", "tags": [WILLOWS]}
        desk.world("when", event={"kind": "loan", "item": WILLOWS}, steps=[lift])
        desk.puts(WILLOWS)
        await desk.sees(views.PutBack)
        await desk.sees(views.AttractView, within=120)
        assert desk.afi(WILLOWS) == ["07"]

    play(story)


# ---- scanned codes --------------------------------------------------------------------------

BAD_CODES = [
    "39\x0000001",
    f"{WILLOWS}|AFx",
    f"{WILLOWS}\r11YN",
    "\x1b[2J",
    "",
    "   ",
    "7" * 65,
    "\u202e39",
    "\ud800",
]


@pytest.mark.parametrize("code", BAD_CODES, ids=ascii)
def test_a_code_that_can_be_no_barcode(code):
    async def story(desk: Desk) -> None:
        desk.scans(code)
        await desk.sees(lambda view: desk.screen.message is not None)
        assert desk.message == "bad-code code-bad"
        await desk.wait(10)
        assert desk.screen.message is None
        await desk.signs_in()
        desk.scans(code)
        await desk.sees(lambda view: desk.message == "bad-code code-bad")
        assert desk.ends == {}
        assert not any(frame.text.startswith("11") for frame in desk.frames)

    play(story)


def test_the_same_item_as_a_tag_and_as_a_barcode():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts(WILLOWS)
        await desk.settles(WILLOWS)
        desk.scans(WILLOWS)
        await desk.sees(lambda view: desk.message == "already-listed")
        desk.scans(MOSSES)
        assert await desk.settles(MOSSES) == {WILLOWS: "safe", MOSSES: "no_tag"}
        desk.puts(MOSSES)
        await desk.sees(lambda view: desk.ends == ALL_SAFE)
        assert (desk.asked(WILLOWS), desk.asked(MOSSES)) == (1, 1)

    play(story)


def test_an_item_without_a_tag_is_lent_and_there_is_nothing_to_secure():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.scans(WITHOUT_TAG)
        assert await desk.settles(WITHOUT_TAG) == {WITHOUT_TAG: "no_tag"}
        assert (desk.screen.scanned, desk.screen.borrowed, desk.screen.on_pad) == (1, 1, 0)

    play(story)


def test_the_card_scanned_twice_is_no_item():
    async def story(desk: Desk) -> None:
        desk.scans(ANNA)
        await desk.sees(views.LoanView)
        desk.scans(ANNA)
        await desk.wait(3)
        assert desk.ends == {}
        assert desk.asked(ANNA) == 0

    play(story)


def test_the_next_patrons_card_is_scanned_too_early_and_rests_nowhere():
    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        desk.scans(LEILA_NO_PIN)
        assert await desk.settles(LEILA_NO_PIN) == {LEILA_NO_PIN: "refused item-unknown"}
        assert desk.view.header.patron == "Anna K."

    play(story)


def test_a_code_that_nobody_knows():
    async def story(desk: Desk) -> None:
        desk.scans("20000000")
        await desk.sees(views.SeeStaffView)
        assert desk.screen.reason is Reason.CARD_UNKNOWN
        await desk.sees(views.AttractView)
        await desk.signs_in()
        desk.scans("39999999")
        assert await desk.settles("39999999") == {"39999999": "refused item-unknown"}

    play(story)


# ---- items that the ILS does not lend -------------------------------------------------------


def test_each_refusal_has_its_reason_and_blocks_no_other():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts(ON_HOLD, WILLOWS, WITH_ANOTHER, NOT_FOR_LOAN, STAYS_ARMED)
        ends = await desk.settles(ON_HOLD, WILLOWS, WITH_ANOTHER, NOT_FOR_LOAN, STAYS_ARMED)
        assert ends == {
            ON_HOLD: "refused on-hold",
            WITH_ANOTHER: "refused on-loan-to-other",
            NOT_FOR_LOAN: "refused not-for-loan",
            STAYS_ARMED: "attention stays-armed",
            WILLOWS: "safe",
        }
        assert desk.afi(STAYS_ARMED) == ["07"]
        assert (desk.screen.borrowed, desk.screen.not_borrowed, desk.screen.attention) == (2, 3, 1)

    play(story)


def test_an_item_that_the_patron_has_already_is_never_asked():
    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        desk.puts(ANNAS_ALREADY, WILLOWS)
        ends = await desk.settles(ANNAS_ALREADY, WILLOWS)
        assert ends == {ANNAS_ALREADY: "safe already-yours", WILLOWS: "safe"}
        desk.scans(ANNAS_ALREADY)
        await desk.wait(2)
        assert desk.asked(ANNAS_ALREADY) == 0
        assert desk.screen.borrowed == 1

    play(story)


# ---- patrons --------------------------------------------------------------------------------


def test_a_blocked_patron_is_led_to_the_staff():
    async def story(desk: Desk) -> None:
        desk.puts(WILLOWS)
        desk.shows_card(BRUNO_BLOCKED)
        await desk.sees(views.SeeStaffView)
        assert desk.screen.reason is Reason.FINES_OWED
        assert desk.asked(WILLOWS) == 0
        await desk.sees(views.AttractView)

    play(story)


def test_a_wrong_pin_three_times():
    async def story(desk: Desk) -> None:
        desk.shows_card(ANNA)
        for left in (2, 1):
            await desk.sees(views.PinView)
            await desk.types("9999")
            await desk.sees(lambda view: getattr(view.screen, "wrong", False))
            assert desk.screen.tries_left == left
            await desk.wait(1)
        await desk.types("9999")
        await desk.sees(views.SeeStaffView)
        assert desk.screen.reason is Reason.PIN_TOO_MANY

    play(story, pin=PinRule.ALWAYS)


def test_a_wrong_pin_and_then_the_right_one():
    async def story(desk: Desk) -> None:
        desk.shows_card(ANNA)
        await desk.sees(views.PinView)
        await desk.types("9999")
        await desk.sees(lambda view: getattr(view.screen, "wrong", False))
        await desk.types(ANNAS_PIN)
        await desk.sees(views.LoanView)

    play(story, pin=PinRule.ALWAYS)


def test_nobody_types_the_pin():
    async def story(desk: Desk) -> None:
        desk.shows_card(ANNA)
        await desk.sees(views.PinView)
        await desk.sees(views.StillThere, within=70)
        await desk.sees(views.AttractView, within=30)

    play(story, pin=PinRule.ALWAYS)


def test_idle_the_kiosk_asks_counts_and_ends_the_session():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.puts(WILLOWS)
        await desk.settles(WILLOWS)
        await desk.sees(views.StillThere, within=70)
        assert desk.view.modal == views.StillThere(20, 20, borrowed=1, safe=1)
        desk.presses(Do.MORE_TIME)
        await desk.sees(lambda view: view.modal is None)
        await desk.sees(views.StillThere, within=70)
        await desk.wait(15.5)
        assert desk.view.modal.seconds == 5
        await desk.sees(views.AttractView, within=6)

    play(story)


def test_what_the_last_patron_left_is_not_the_next_ones_unless_they_say_so():
    async def story(desk: Desk) -> None:
        await leaves_behind(desk, ON_HOLD, WILLOWS)
        desk.shows_card(ANNA)
        await desk.sees(views.LeftoversView)
        desk.presses(Do.NOT_MINE)
        await desk.sees(views.LoanView)
        assert (desk.ends, desk.message) == ({}, "take-away-left")
        desk.puts(MOSSES)
        assert await desk.settles(MOSSES) == {MOSSES: "safe"}
        assert (desk.asked(ON_HOLD), desk.asked(WILLOWS)) == (1, 1)

    play(story)


def test_what_was_left_and_is_claimed_is_asked_for():
    async def story(desk: Desk) -> None:
        await leaves_behind(desk, ON_HOLD, KALILA)
        await desk.signs_in(ANNA)
        desk.presses(Do.MINE)
        await desk.sees(views.LoanView)
        ends = await desk.settles(ON_HOLD, KALILA)
        assert ends == {ON_HOLD: "refused on-hold", KALILA: "refused on-loan-to-other"}

    play(story)


def test_the_card_of_the_next_patron_during_the_farewell():
    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        desk.puts(WILLOWS)
        await desk.settles(WILLOWS)
        await desk.finishes()
        desk.lifts(WILLOWS)
        await desk.wait(3)
        annas = desk.view.session
        desk.shows_card(LEILA_NO_PIN)
        await desk.sees(views.LoanView)
        assert desk.view.session > annas
        assert (desk.view.header.patron, desk.ends) == ("ليلى ح.", {})
        desk.puts(MOSSES)
        assert await desk.settles(MOSSES) == {MOSSES: "safe"}

    play(story)


async def leaves_behind(desk: Desk, *books: str) -> None:
    """Somebody borrows what they can and leaves it all on the pad."""
    await desk.signs_in()
    desk.puts(*books)
    await desk.settles(*books)
    await desk.finishes()
    await desk.wait(5)
    desk.presses(Do.FINISH)
    await desk.sees(views.AttractView)


# ---- the disk -------------------------------------------------------------------------------


def test_a_disk_that_takes_no_intent_nothing_is_asked():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.disk.full = True
        desk.puts(WILLOWS)
        assert await desk.settles(WILLOWS) == {WILLOWS: "refused journal-failed"}
        assert desk.message == "leave-here journal-failed"
        assert (desk.asked(WILLOWS), desk.afi(WILLOWS)) == (0, ["07"])
        desk.disk.full = False
        await desk.wait(15)
        desk.lifts(WILLOWS)
        await desk.sees(lambda view: not desk.rows[WILLOWS].on_pad)
        desk.puts(WILLOWS)
        await desk.sees(lambda view: desk.ends == {WILLOWS: "safe"})

    play(story)


def test_a_disk_that_takes_no_answer_the_book_stays_armed_until_it_does():
    async def story(desk: Desk) -> None:
        await desk.signs_in()
        desk.world("slow", device="ils", message="11", seconds=2)
        desk.puts(WILLOWS)
        await desk.wait(1)
        desk.disk.full = True
        assert await desk.settles(WILLOWS) == {WILLOWS: "attention journal-failed"}
        assert (desk.message, desk.afi(WILLOWS)) == ("see-staff journal-failed", ["07"])
        await desk.wait(25)
        assert desk.afi(WILLOWS) == ["07"]
        desk.disk.full = False
        await desk.sees(lambda view: desk.ends == {WILLOWS: "safe"})

    play(story)

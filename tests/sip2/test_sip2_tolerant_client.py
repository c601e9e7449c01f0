"""What ACS have been seen to send although the standard has it otherwise, as the client meets it: a question
is answered where the answer can be to nothing else; of what changes something, only proof is believed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from kiosk.sip2 import (
    Done,
    EndSession,
    FeePaid,
    ItemInformation,
    LinkGarbled,
    LoginRefused,
    NotSent,
    NotSupported,
    PatronInformation,
    Profile,
    Refused,
    Trouble,
    Unknown,
    seal,
)
from tests.sip2.lending_story import IS, NO, WHAT, YES, Story
from tests.sip2.scripted import DATE, STATUS, sealed

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
WHO = PatronInformation(date=NOON, institution="lib", patron="21000001")
IS_SHE = f"64{' ' * 14}001{DATE}{'0' * 24}AOlib|AA21000001|AEAnna|BLY|"


@pytest.fixture
def story():
    return Story()


def saying(*parts: bytes, after: float = 0.0, between: float = 0.0):
    """A handler that says these bytes one after the other, whatever was asked."""

    def handler(frame, wire):
        for number, part in enumerate(parts):
            wire.say(part, after=after + number * between)

    return handler


# ---- the repetition behind a 97, without an end ------------------------------------------------------------


def recalled(story, answer: str = YES, *, behind: bytes = b"", pieces: int = 1):
    """The 11 gets no answer, and the 97 gets it without a terminator, in so many pieces."""
    heard = []
    story.acs.on["11"] = lambda frame, wire: heard.append(frame)

    def again(frame, wire):
        said = sealed(heard[-1], answer) + behind
        size = -(-len(said) // pieces)
        for number in range(pieces):
            wire.say(said[number * size : (number + 1) * size], after=0.01 * number)

    story.acs.on["97"] = again


@pytest.mark.parametrize("pieces", [1, 2, 7, 50])
@pytest.mark.parametrize("behind", [b"", b"\r", b"\r\n"])
@pytest.mark.parametrize(("answer", "outcome"), [(YES, Done), (NO, Refused)])
def test_a_repetition_needs_no_terminator(story, pieces, behind, answer, outcome):
    recalled(story, answer, behind=behind, pieces=pieces)
    assert isinstance(story.play(story.lend), outcome)
    assert (len(story.acs.sent("11")), len(story.acs.sent("97"))) == (1, 1)
    assert story.took < 11


@pytest.mark.parametrize("spoil", [lambda said: said[:-1], lambda said: said[:-9], lambda said: b"?" + said])
def test_a_repetition_that_its_trailer_does_not_prove_is_unknown(story, spoil):
    heard = []
    story.acs.on["11"] = lambda frame, wire: heard.append(frame)
    story.acs.on["97"] = lambda frame, wire: wire.say(spoil(sealed(heard[-1], YES)))
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


def test_the_original_comes_late_and_its_repetition_has_no_end(story):
    """As from invenio-sip2. The connection goes on."""
    original = []

    def late(frame, wire):
        original.append(sealed(frame, YES))
        wire.say(original[-1] + b"\r", after=10.5)

    story.acs.on["11"] = late
    story.acs.on["97"] = lambda frame, wire: wire.say(original[-1], after=0.6)
    story.acs.on["17"] = lambda frame, wire: wire.answer(frame, IS)

    async def tale():
        outcome = await story.lend()
        return outcome, await story.client.ask(WHAT)

    outcome, answer = story.play(tale)
    assert isinstance(outcome, Done)
    assert answer.item == "39000001"
    assert len(story.acs.wires) == 1


def test_without_a_97_a_frame_without_a_terminator_is_none_yet(story):
    """More of it may be under way: a number and a checksum may stand in a title."""
    story.acs.on["11"] = lambda frame, wire: wire.say(sealed(frame, YES))
    story.acs.on["97"] = lambda frame, wire: None
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


def test_without_checksums_nothing_shows_where_a_repetition_ends():
    story = Story(Profile(error_detection=False))
    for code, body in {"93": "941", "99": STATUS}.items():
        story.acs.on[code] = saying(body.encode() + b"\r")
    story.acs.on["11"] = lambda frame, wire: None
    story.acs.on["97"] = saying(YES.encode())
    assert isinstance(story.play(story.lend), Unknown)


def test_a_97_without_checksums_that_brings_back_the_login_is_no_answer():
    """Koha, in plain form."""
    story = Story(Profile(error_detection=False))
    for code, body in {"93": "941", "99": STATUS, "97": "941"}.items():
        story.acs.on[code] = saying(body.encode() + b"\r")
    story.acs.on["11"] = lambda frame, wire: None
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


# ---- line breaks within an answer --------------------------------------------------------------------------

NOTE = "AFYour card will expire soon.{0}Please come to the desk.{0}12 days are left.|"


@pytest.mark.parametrize("between", [0.0, 0.01])
@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_a_note_of_several_lines_keeps_nobody_out(story, line_break, between):
    """And what changes something needs no 97 for it. (The lines may come one by one.)"""

    def lines(body):
        def handler(frame, wire):
            for number, line in enumerate(sealed(frame, body).splitlines(keepends=True)):
                wire.say(line, after=number * between)
            wire.say(b"\r", after=3 * between)

        return handler

    note = NOTE.format(line_break)
    story.acs.on.update({"63": lines(IS_SHE + note), "11": lines(YES + note)})

    async def tale():
        await story.client.connect()
        return await story.client.ask(WHO), await story.lend()

    who, lent = story.play(tale)
    assert (who.valid_patron, isinstance(lent, Done)) == (True, True)
    assert [one.plain() for one in who.screen_messages] == [NOTE.format(" ")[2:-1]]
    assert [frame[:2] for frame in story.acs.frames] == ["93", "99", "63", "11"]


def test_a_status_of_several_lines_does_not_switch_error_detection_off(story):
    story.acs.status += "AFOpen from nine|AGto\nfive|"
    story.acs.on["11"] = lambda frame, wire: wire.answer(frame, YES)
    assert isinstance(story.play(story.lend), Done)
    assert story.acs.sent("11")[0][-9:-6] == "AY2"


# ---- trailers that are not quite as they should be ---------------------------------------------------------


@pytest.mark.parametrize("behind", [b"|", b" ", b"\x00", b" |"])
def test_what_stands_behind_the_trailer_does_not_switch_error_detection_off(story, behind):
    for code, body in {"93": "941", "99": STATUS, "11": YES}.items():
        story.acs.on[code] = lambda frame, wire, body=body: wire.say(sealed(frame, body) + behind + b"\r")
    assert isinstance(story.play(story.lend), Done)
    assert [frame[-9:-6] for frame in story.acs.frames] == ["AY0", "AY1", "AY2"]


def test_a_trailer_that_is_wrong_from_the_first_answer_on_is_no_lack_of_one(story):
    story.acs.on["93"] = saying(b"941AY0AZ0000|\r")
    outcome = story.play(lambda: story.client.change(FeePaid(
        date=NOON, currency="EUR", fee_amount=Decimal("2.50"), institution="lib", patron="21000001"
    ), lambda: None))  # fmt: skip
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, LinkGarbled)


# ---- answers that have lost their trailer ------------------------------------------------------------------


def test_a_question_is_answered_without_a_trailer_by_what_names_what_was_asked_about(story):
    story.acs.on["17"] = saying(IS.encode() + b"\r")
    story.acs.on["63"] = lambda frame, wire: wire.say(IS_SHE.encode() + b"\r")

    async def tale():
        await story.client.connect()
        return await story.client.ask(WHAT), await story.client.ask(WHO)

    item, patron = story.play(tale)
    assert (item.item, patron.patron) == ("39000001", "21000001")
    assert (len(story.acs.sent("17")), len(story.acs.sent("63"))) == (1, 1)


@pytest.mark.parametrize(
    "said",
    [IS[:-1], IS.replace("39000001", "39000002"), IS.replace("AB39000001|", ""), IS[: -len("Moby Dick|")]],
    ids=["torn", "another item", "no item", "torn in a title"],
)
def test_a_question_is_not_answered_by_just_anything_without_a_trailer(story, said):
    story.acs.on["17"] = saying(said.encode() + b"\r")

    async def tale():
        await story.client.connect()
        with pytest.raises(Trouble):
            await story.client.ask(WHAT)

    story.play(tale)


def test_what_changes_something_is_not_answered_without_a_trailer(story):
    bare = saying(YES.encode() + b"\r")
    story.acs.on.update({"11": bare, "97": bare})
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkGarbled)
    assert len(story.acs.sent("11")) == 1


def test_but_the_97_may_bring_it_whole(story):
    heard = []

    def bare(frame, wire):
        heard.append(frame)
        wire.say(YES.encode() + b"\r")

    story.acs.on["11"] = bare
    story.acs.on["97"] = lambda frame, wire: wire.answer(heard[-1], YES)
    assert isinstance(story.play(story.lend), Done)


def test_an_acs_with_checksums_and_without_numbers_is_met_without_either(story):
    def summed(body):
        return saying(seal(body.encode(), None) + b"\r")

    story.acs.on.update({"93": summed("941"), "99": summed(STATUS), "11": summed(YES)})
    assert isinstance(story.play(story.lend), Done)
    assert "AY" not in story.acs.sent("11")[0]


@pytest.mark.parametrize(("status", "outcome"), [(STATUS[:-1], Done), (STATUS[:-2], Unknown)])
def test_an_acs_that_leaves_out_every_last_delimiter(status, outcome):
    """Without checksums, what ends without a delimiter may be torn; a whole BX at the end of a 98 shows that
    it is not."""
    story = Story()
    for code, body in {"93": "941", "99": status, "11": YES[:-1], "97": YES[:-1]}.items():
        story.acs.on[code] = saying(body.encode() + b"\r")
    assert isinstance(story.play(story.lend), outcome)


# ---- around and between frames -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "behind"),
    [(b"\n", b"\r"), (b"\r\n\r\n", b"\r\n"), (b"\xef\xbb\xbf", b"\r"), (b"\x00", b"\x00\r"), (b"  ", b"  \r"),
     (b"", b"\n"), (b"\xff\r\x00\r", b"\r")],
)  # fmt: skip
def test_a_loan_from_an_acs_that_surrounds_its_frames(story, before, behind):
    story.acs.on["11"] = lambda frame, wire: wire.say(before + sealed(frame, YES) + behind)
    assert isinstance(story.play(story.lend), Done)
    assert len(story.acs.sent("11")) == 1


def test_a_bom_before_the_very_first_answer(story):
    story.acs.on["93"] = lambda frame, wire: wire.say(b"\xef\xbb\xbf" + sealed(frame, "941") + b"\r\n")
    story.acs.on["11"] = lambda frame, wire: wire.answer(frame, YES)
    assert isinstance(story.play(story.lend), Done)


# ---- what was seen, ACS by ACS -----------------------------------------------------------------------------


def test_koha_refuses_a_login_and_hangs_up(story):
    def refuse(frame, wire):
        wire.answer(frame, "940")
        wire.hang_up(after=0.01)

    story.acs.on["93"] = refuse
    with pytest.raises(LoginRefused):
        story.play(story.client.connect)


@pytest.mark.parametrize("said", [b"None", b"None\r"])
def test_a_word_that_is_no_message_is_no_answer_and_spoils_no_other(story, said):
    """invenio-sip2, for what it has no handler for."""
    story.acs.on["17"] = saying(said)
    story.acs.on["63"] = lambda frame, wire: wire.answer(frame, IS_SHE)

    async def tale():
        await story.client.connect()
        with pytest.raises(Trouble):
            await story.client.ask(WHAT)
        return await story.client.ask(WHO)

    assert story.play(tale).patron == "21000001"


def test_koha_s_bare_96_says_that_it_does_not_know_a_message(story):
    story.acs.on["17"] = saying(b"96\r")

    async def tale():
        await story.client.connect()
        with pytest.raises(NotSupported):
            await story.client.ask(WHAT)

    story.play(tale)
    assert len(story.acs.sent("17")) == 1


def pay(story):
    payment = FeePaid(
        date=NOON, currency="EUR", fee_amount=Decimal("2.50"), institution="lib", patron="21000001"
    )

    async def tale():
        await story.client.connect()
        return await story.client.change(payment, lambda: None)

    return story.play(tale)


@pytest.mark.parametrize(("letter", "outcome"), [("Y", Done), ("N", Refused), ("U", Unknown), ("1", Unknown)])
def test_a_payment_whose_answer_has_the_date_first(story, letter, outcome):
    heard = []

    def answer(frame, wire):
        heard.append(frame)
        wire.answer(frame, f"38{DATE}{letter}AOlib|AA21000001|")

    story.acs.on["37"] = answer
    story.acs.on["97"] = lambda frame, wire: answer(heard[0], wire)
    assert isinstance(pay(story), outcome)
    assert len(story.acs.sent("37")) == 1


def test_a_payment_whose_answer_has_a_wrong_checksum_is_unknown(story):
    """FOLIO, edge-sip2 before SIP2-146."""
    wrong = saying(b"38Y" + DATE.encode() + b"AOlib|AA21000001|AY2AZ0000\r")
    story.acs.on.update({"37": wrong, "97": wrong})
    assert isinstance(pay(story), Unknown)
    assert len(story.acs.sent("37")) == 1


def test_an_end_of_session_that_nobody_answers_hangs_nothing(story):
    async def tale():
        await story.client.connect()
        with pytest.raises(Trouble):
            await story.client.ask(EndSession(date=NOON, institution="lib", patron="21000001"))
        story.acs.on["17"] = lambda frame, wire: wire.answer(frame, IS)
        return await story.client.ask(ItemInformation(date=NOON, institution="lib", item="39000001"))

    assert story.play(tale).item == "39000001"

"""The simulated ILS, by raw bytes: published frames in and out, and what real servers do."""

import dataclasses

import pysip2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator import Hangup, Scenery, Send, World, lanternfield, sip
from kiosk.simulator.scenery import Item
from tests.simulator.raw_kiosk import LOGIN, TODAY, Kiosk, checked, checkin, checkout, renew


@pytest.fixture
def world() -> World:
    return World(lanternfield())


def test_published_frames_are_read_and_written(world: World) -> None:
    assert sip.checksum(b"96AZ") == b"FEF6"
    assert sip.checksum(b"97AZ") == b"FEF5"
    login = sip.parse(b"9300CNscclient|COclientpwd|CPloc1|AY0AZF217", "utf-8")
    assert login is not None
    assert (login.fields["CN"], login.fields["CO"], login.fields["CP"]) == ("scclient", "clientpwd", "loc1")
    published = b"1719980723    100000AOCertification Institute ID|ABItemBook|AY1AZEBEB"
    item = sip.parse(published, "utf-8")
    assert item is not None
    assert (item.sequence, item.fields["AB"]) == ("1", "ItemBook")
    assert sip.reply("940", [], "0", "utf-8", checked=True) == b"940AY0AZFDFE\r"
    assert sip.resend_please() == b"96AZFEF6\r"


def test_a_wrong_login_is_refused_and_nothing_else_is_served(world: World) -> None:
    kiosk = Kiosk(world)
    assert kiosk.say(checked(b"9300CNselfcheck|COwrong|AY0AZ")) == b"940AY0AZFDFE\r"
    assert kiosk.say(checked(b"35" + TODAY + b"AOLANTERN|AA1|AY1AZ")) == b""
    assert kiosk.out == [Hangup(1)]


def test_one_loan_from_login_to_end(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.say(checked(b"9900302.00AY1AZ")).startswith(b"98YYYYNN100005")
    patron = kiosk.say(checked(b"63001" + TODAY + b"  Y       AOLANTERN|AA21000001|AC|AD1234|AY2AZ")).decode()
    assert patron[:2] == "64"
    assert patron[2:16] == " " * 14
    assert patron[37:61] == "000000000001000000000000"
    assert "|AEAnna Kern|BLY|CQY|" in patron
    assert "|AU39000011|" in patron
    info = kiosk.say(checked(b"17" + TODAY + b"AOLANTERN|AB39000001|AY3AZ")).decode()
    assert info.startswith("18030001" + TODAY.decode() + "AB39000001|AJThe Wind in the Willows|")
    answer = kiosk.say(checkout(b"39000001", b"21000001", 4)).decode()
    assert answer.startswith("121NNY" + TODAY.decode())
    assert "|AJThe Wind in the Willows|AH20261212    235900|AY4AZ" in answer
    assert "18040001" in kiosk.say(checked(b"17" + TODAY + b"AOLANTERN|AB39000001|AY5AZ")).decode()
    assert kiosk.say(checked(b"35" + TODAY + b"AOLANTERN|AA21000001|AY6AZ")).startswith(b"36Y")
    (loan,) = world.report()["ils"]["loans"]
    assert (loan["patron"], loan["item"], loan["renewal"]) == ("21000001", "39000001", False)
    assert world.ils.complaints == []


def test_what_its_patron_already_has_is_renewed_without_a_word(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.say(checkout(b"39000001", b"21000001", 1))
    again = kiosk.say(checkout(b"39000001", b"21000001", 2)).decode()
    assert again.startswith("121YNY")
    assert "AH20270102    235900" in again
    assert [loan.renewal for loan in world.ils.loans] == [False, True]


def test_a_message_that_comes_twice_is_executed_twice_unless_the_scenery_replays(world: World) -> None:
    kiosk = Kiosk(world).login()
    frame = checkout(b"39000001", b"21000001", 1)
    assert kiosk.say(frame) != kiosk.say(frame)
    assert len(world.ils.loans) == 2

    scenery = lanternfield()
    careful = World(dataclasses.replace(scenery, ils=dataclasses.replace(scenery.ils, replays=True)))
    kiosk = Kiosk(careful).login()
    assert kiosk.say(frame) == kiosk.say(frame)
    assert len(careful.ils.loans) == 1


@pytest.mark.parametrize(
    ("item", "patron", "why"),
    [
        (b"39000006", b"21000001", "Item is on hold shelf for another patron."),
        (b"39000012", b"21000001", "Item is checked out to another patron."),
        (b"39000013", b"21000001", "Item is not for loan"),
        (b"39999999", b"21000001", "Invalid item"),
        (b"39000001", b"29999999", "Invalid patron"),
        (b"39000001", b"21000002", "Patron owes 42.50"),
    ],
)
def test_refusals_say_why_and_lend_nothing(world: World, item: bytes, patron: bytes, why: str) -> None:
    answer = Kiosk(world).login().say(checkout(item, patron, 1)).decode()
    assert answer.startswith("120NUN")
    assert f"|AF{why}|" in answer
    assert world.ils.loans == []


def test_a_loan_limit_counts_what_the_patron_has(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.say(checkout(b"39000001", b"21000004", 1)).startswith(b"121")
    assert b"TOO_MANY" in kiosk.say(checkout(b"39000002", b"21000004", 2))


def test_an_item_may_be_lent_and_stay_armed(world: World) -> None:
    assert Kiosk(world).login().say(checkout(b"39000007", b"21000001", 1)).startswith(b"121NNN")


def test_who_is_blocked_and_whose_pin_is_wrong(world: World) -> None:
    kiosk = Kiosk(world).login()
    blocked = kiosk.say(checked(b"23001" + TODAY + b"AOLANTERN|AA21000002|AC|AD2222|AY1AZ")).decode()
    assert blocked.startswith("24YY Y      Y   ")
    assert "|AFPatron owes 42.50|" in blocked
    wrong = kiosk.say(checked(b"23001" + TODAY + b"AOLANTERN|AA21000001|AC|AD9|AY2AZ")).decode()
    assert "|CQN|" in wrong
    nobody = kiosk.say(checked(b"23001" + TODAY + b"AOLANTERN|AA1|AC|AD|AY3AZ")).decode()
    assert "|BLN|" in nobody


def test_97_gives_the_last_answer_again_with_its_own_digit(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "silent", "device": "ils", "count": 1, "message": "11"}, kiosk.now)
    assert kiosk.say(checkout(b"39000001", b"21000001", 1)) == b""
    assert len(world.ils.loans) == 1
    answer = kiosk.say(b"97AZFEF5\r")
    assert answer.startswith(b"121NNY")
    assert b"AY1AZ" in answer
    assert len(world.ils.loans) == 1


def test_a_bad_checksum_is_answered_by_96_and_not_executed(world: World) -> None:
    kiosk = Kiosk(world).login()
    frame = checkout(b"39000001", b"21000001", 1)
    assert kiosk.say(frame[:-5] + b"0000\r") == b"96AZFEF6\r"
    assert world.ils.loans == []
    assert noted(world) == ["11: bad checksum"]


def noted(world: World) -> list[str]:
    """What the world says that its ILS was sent and should not have been."""
    head = "what the ILS was sent: "
    assert all(trouble.startswith(head) for trouble in world.troubles)
    assert world.report()["troubles"] == world.troubles
    return [trouble.removeprefix(head) for trouble in world.troubles]


def strict() -> World:
    return World(lanternfield().reading_strictly())


@pytest.mark.parametrize("digits", [(1, 3), (2, 2)])
def test_a_digit_that_jumps_or_stays_is_written_down_and_a_strict_one_drops_the_line(
    world: World, digits: tuple[int, int]
) -> None:
    first, second = digits
    wrong = (first != 1) + (second != first + 1)
    for each, answers in ((world, 2), (strict(), 2 - wrong)):
        kiosk = Kiosk(each).login()
        pairs = zip(BOOKS, digits, strict=True)
        said = [kiosk.say(checkout(item, b"21000001", digit)) for item, digit in pairs]
        assert [bytes(answer[:3]) for answer in said if answer] == [b"121"] * answers
    assert noted(world)[-1] == f"11: AY{second} after AY{first}"
    assert len(noted(world)) == wrong


BOOKS = (b"39000001", b"39000002")
BLANKS, DIGITS = b" " * 18, b"202611210000101500"
RIGHT = b"AOLANTERN|AA21000001|AB39000001|AC|"


@pytest.mark.parametrize(
    ("message", "answer", "why"),
    [
        (b"11YN" + TODAY + BLANKS + RIGHT, "121NNY", "11: blanks for a date"),
        (b"29NN" + TODAY + BLANKS + RIGHT.replace(b"39000001", b"39000011"), "301", "29: blanks for a date"),
        (b"11YN" + DIGITS + TODAY + RIGHT, "121NNY", "11: '202611210000101500' is no date"),
        (b"11YN" + BLANKS + BLANKS + RIGHT, "121NNY", "11: blanks for a date, 11: blanks for a date"),
        (b"11YN" + TODAY + TODAY + RIGHT.removesuffix(b"AC|"), "121NNY", "11: AC is missing"),
        (b"11YN" + TODAY + TODAY + b"AOLANTERN|AA1|AC|", "120NUN", "11: AB is missing"),
        (b"11xN" + TODAY + TODAY + RIGHT, "121NNY", "11: 'x' in a fixed field"),
        (b"23001" + TODAY + b"AOLANTERN|AA21000001|AD1234|", "24 ", "23: AC is missing"),
        (b"23001" + TODAY + b"AA21000001|", "24 ", "23: AO is missing, 23: AC is missing, 23: AD is missing"),
        (b"09N" + TODAY + TODAY + b"AOLANTERN|AB39000019|AC|", "101", "09: AP is missing"),
        (b"17" + TODAY + b"AOLANTERN|AB1|AB39000001|", "1803", "17: AB twice"),
        (b"17" + TODAY + b"AOLANTERN|AB39000001", "1803", "17: the last field lacks its '|'"),
        (b"17" + TODAY + b"AOLANTERN|ab|AB39000001|", "1803", "17: no field id at 'ab'"),
        (b"17" + TODAY + b"AOLANTERN|AB39000001||", "1803", "17: no field id at ''"),
        (b"17" + TODAY + b"AO" + b"x" * 256 + b"|AB39000001|", "1803", "17: AO is longer than 255"),
        (b"17" + TODAY + b"AO\xff|AB39000001|", "1803", "17: not utf-8: invalid start byte"),
        (b"17" + TODAY + b"AO\n|AB39000001|", "1803", "17: a control character inside"),
        (b"9900802.13Y", "98YYYY", "99: the last field lacks its '|', 99: no field id at 'Y'"),
    ],
)
def test_what_breaks_the_document_is_answered_and_written_down_and_a_strict_one_drops_the_line(
    world: World, message: bytes, answer: str, why: str
) -> None:
    assert Kiosk(world).login().asks(message).startswith(answer)
    assert ", ".join(noted(world)) == why
    assert [text for _, text in world.ils.complaints] == noted(world)
    kiosk = Kiosk(strict()).login()
    assert kiosk.asks(message) == ""
    assert kiosk.out == [Hangup(1)]
    assert ", ".join(noted(kiosk.world)) == why


def test_a_trailer_that_is_nearly_right_is_taken(world: World) -> None:
    kiosk = Kiosk(world).login()
    frame = checked(b"9900302.00AY1AZ")
    assert kiosk.say(frame[:-5] + frame[-5:].lower()).startswith(b"98")
    assert kiosk.say(checked(b"9900302.00AZ")).startswith(b"98")
    assert noted(world) == [
        "99: AY1AZfca5 for a trailer",
        "99: AZFD70 for a trailer",
    ]


def test_99_may_come_before_93_but_nothing_else(world: World) -> None:
    kiosk = Kiosk(world)
    assert b"AOLANTERN|" in kiosk.say(checked(b"9900302.00AY0AZ"))
    assert kiosk.say(checked(LOGIN.replace(b"AY0", b"AY1"))).startswith(b"941")
    assert noted(world) == ["99: before login"]
    early = Kiosk(strict())
    early.say(checked(b"9900302.00AY0AZ"))
    assert early.out == [Hangup(1)]


def test_what_is_too_short_to_be_read_drops_the_line(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.asks(b"09N" + TODAY + b"APx|AOLANTERN|") == ""
    assert kiosk.out == [Hangup(1)]
    assert noted(world) == ["09: fixed fields are too short"]


def test_whether_it_knows_the_date(world: World) -> None:
    """18 zeros: it does not (document, message 98); a clock of its own is told."""
    assert Kiosk(world).login().asks(b"9900302.00")[14:32] == "0" * 18
    scenery = lanternfield()
    greenwich = dataclasses.replace(scenery, ils=dataclasses.replace(scenery.ils, zone="Z"))
    clock = World(greenwich, wall=lambda: 86400.0)
    assert Kiosk(clock).login().asks(b"9900302.00")[14:32] == "19700102   Z000000"


def test_unknown_commands_are_ignored_and_pieces_are_put_together(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.say(checked(b"77AY1AZ")) == b""
    frame = checkout(b"39000001", b"21000001", 1)
    assert kiosk.say(frame[:20]) == b""
    assert kiosk.say(frame[20:] + b"\n").startswith(b"121")


def test_without_checksums_answers_have_none(world: World) -> None:
    kiosk = Kiosk(world)
    assert kiosk.say(b"9300CNselfcheck|COlantern|\r") == b"941\r"


def test_slowness_delays_the_answer_and_late_the_loan_too(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "slow", "device": "ils", "seconds": 3, "message": "11"}, kiosk.now)
    start = kiosk.now
    assert kiosk.say(checkout(b"39000001", b"21000001", 1), wait=0) == b""
    assert world.ils.due() == pytest.approx(start + 3.02)
    assert len(world.ils.loans) == 1
    world.do({"do": "slow", "device": "ils", "seconds": 3, "message": "11", "late": True}, kiosk.now)
    kiosk.say(checkout(b"39000002", b"21000001", 2), wait=0)
    assert len(world.ils.loans) == 1
    kiosk.say(b"", wait=4)
    assert [loan.t for loan in world.ils.loans] == [start, pytest.approx(start + 3.02)]


def test_hanging_up_with_and_without_the_loan(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "hang-up", "device": "ils", "message": "11", "execute": True}, kiosk.now)
    kiosk.say(checkout(b"39000001", b"21000001", 1))
    assert kiosk.out == [Hangup(1)]
    assert len(world.ils.loans) == 1
    kiosk = Kiosk(world, link=2).login()
    world.do({"do": "hang-up", "device": "ils", "message": "11"}, kiosk.now)
    kiosk.say(checkout(b"39000002", b"21000001", 1))
    assert kiosk.out == [Hangup(2)]
    assert len(world.ils.loans) == 1


@pytest.mark.parametrize("how", ["garbage", "half", "flip"])
def test_a_garbled_answer_is_no_frame_and_97_gives_it_sound(world: World, how: str) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "garble", "device": "ils", "count": 1, "how": how}, kiosk.now)
    garbled = kiosk.say(checkout(b"39000001", b"21000001", 1)).rstrip(b"\r")
    assert (sum(garbled[:-4]) + int(garbled[-4:], 16)) & 0xFFFF if how == "flip" else b"AZ" not in garbled
    assert kiosk.say(b"97AZFEF5\r").startswith(b"121NNY")


def test_unplugged_it_drops_every_line_and_keeps_its_loans(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.ils.received(1, checkout(b"39000001", b"21000001", 1), kiosk.now)
    world.do({"do": "unplug", "device": "ils"}, kiosk.now)
    assert not world.ils.reachable
    assert world.ils.take(kiosk.now + 1) == [Hangup(1)]
    world.do({"do": "plug", "device": "ils"}, kiosk.now)
    assert world.ils.reachable
    assert len(world.ils.loans) == 1


def test_a_library_that_we_did_not_write_reads_all_that_we_send() -> None:
    """With a clock, since it does not read the 18 zeros of who has none."""
    kiosk = Kiosk(World(lanternfield(), wall=lambda: 0.0)).login()
    frames = [
        checked(b"9900302.00AY1AZ"),
        checked(b"63001" + TODAY + b"  Y       AOLANTERN|AA21000001|AC|AD1234|AY2AZ"),
        checked(b"23001" + TODAY + b"AOLANTERN|AA21000003|AC|AD|AY3AZ"),
        checked(b"63001" + TODAY + b"  Y       AOLANTERN|AA1|AY4AZ"),
        checked(b"17" + TODAY + b"AOLANTERN|AB39000002|AY5AZ"),
        checked(b"17" + TODAY + b"AOLANTERN|AB39999999|AY6AZ"),
        checkout(b"39000002", b"21000001", 7),
        checkout(b"39000002", b"21000001", 8),
        checkout(b"39000006", b"21000001", 9),
        checked(b"35" + TODAY + b"AOLANTERN|AA21000001|AY0AZ"),
        checkin(b"39000002", 1),
        checkin(b"39000015", 2),
        checkin(b"39999999", 3),
        renew(b"39000011", b"21000001", 4),
        renew(b"39000001", b"21000001", 5),
        b"97AZFEF5\r",
    ]
    kinds = []
    for frame in frames:
        answer = kiosk.say(frame)
        decoded = pysip2.decode_message(answer, encoding="utf-8")
        kinds.append(type(decoded.message).__name__)
    assert kinds == [
        "ACSStatusResponse",
        "PatronInformationResponse",
        "PatronStatusResponse",
        "PatronInformationResponse",
        "ItemInformationResponse",
        "ItemInformationResponse",
        "CheckoutResponse",
        "CheckoutResponse",
        "CheckoutResponse",
        "EndSessionResponse",
        "CheckinResponse",
        "CheckinResponse",
        "CheckinResponse",
        "RenewResponse",
        "RenewResponse",
        "RenewResponse",
    ]


def test_the_charged_list_comes_in_the_window_that_was_asked_for(world: World) -> None:
    kiosk = Kiosk(world).login()
    for number, item in enumerate([b"39000001", b"39000002"], start=1):
        kiosk.say(checkout(item, b"21000001", number))
    ask = b"63001" + TODAY + b"  Y       AOLANTERN|AA21000001|"
    everything = kiosk.say(checked(ask + b"AY3AZ")).decode()
    assert [field[2:] for field in everything.split("|") if field.startswith("AU")] == [
        "39000011",
        "39000001",
        "39000002",
    ]
    second = kiosk.say(checked(ask + b"BP2|BQ2|AY4AZ")).decode()
    assert [field[2:] for field in second.split("|") if field.startswith("AU")] == ["39000001"]
    two_lists = b"63001" + TODAY + b"Y Y       AOLANTERN|AA21000001|AY5AZ"
    assert "|AU" not in kiosk.say(checked(two_lists)).decode()


FOR_MARA = "CV01|CTLANTERN|CY21000004|DAMara Ostrander|"


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ("39000019", "101YNN{}AOLANTERN|AB39000019|AQLANTERN|AJ长夜灯火|CL1|AA21000099|"),
        ("39000012", "101YNN{}AOLANTERN|AB39000012|AQLANTERN|AJSalt and Cedar|AA21000099|"),
        (
            "39000015",
            f"101YNY{{}}AOLANTERN|AB39000015|AQLANTERN|AJНочной паром|CL2|AA21000099|{FOR_MARA}",
        ),
        (
            "39000016",
            "101YNY{}AOLANTERN|AB39000016|AQRIVERSIDE|AJKite Weather|CL3|AA21000099|CV04|CTRIVERSIDE|",
        ),
        (
            "39000017",
            "100NNN{}AOLANTERN|AB39000017|AQLANTERN|AJThe Paper Boats|CL1|AFItem was not checked out.|",
        ),
        ("39999999", "100NUY{}AOLANTERN|AB39999999|AQLANTERN|CV99|AFInvalid item|"),
    ],
)
def test_what_a_return_is_answered(world: World, item: str, answer: str) -> None:
    said = Kiosk(world).login().say(checkin(item.encode(), 1))
    assert said == checked((answer.format(TODAY.decode()) + "AY1AZ").encode())


def with_items(*items: Item, returns_unlent: bool = False) -> World:
    scenery = lanternfield()
    manners = dataclasses.replace(scenery.ils, returns_unlent=returns_unlent)
    return World(dataclasses.replace(scenery, items=(*scenery.items, *items), ils=manners))


def test_a_return_ends_the_loan_and_puts_the_item_where_it_belongs(world: World) -> None:
    kiosk = Kiosk(world).login()
    status = {}
    for number, item in enumerate((b"39000019", b"39000015", b"39000016")):
        kiosk.say(checkin(item, (3 * number + 1) % 10))
        info = kiosk.say(checked(b"17" + TODAY + b"AOLANTERN|AB%s|AY%dAZ" % (item, (3 * number + 2) % 10)))
        assert b"|AH" not in info
        status[item] = info[2:4]
        kiosk.say(checked(b"9900302.00AY%dAZ" % ((3 * number + 3) % 10)))
    assert status == {b"39000019": b"03", b"39000015": b"08", b"39000016": b"10"}
    report = world.report()["ils"]
    assert report["returns"][0] == {
        "t": 105.0,
        "item": "39000019",
        "patron": "21000099",
        "was_on_loan": True,
        "alert": None,
        "ok": True,
    }
    assert [back["alert"] for back in report["returns"]] == [None, "01", "04"]
    holders = {item["barcode"]: item["with"] for item in report["items"]}
    assert holders["39000019"] is holders["39000015"] is None
    assert report["loans"] == []


def test_what_nobody_had_comes_back_as_the_scenery_says() -> None:
    world = with_items(returns_unlent=True)
    said = Kiosk(world).login().say(checkin(b"39000017", 1)).decode()
    assert said.startswith("101YNN")
    assert "|AFItem was not checked out.|" in said
    (back,) = world.report()["ils"]["returns"]
    assert (back["was_on_loan"], back["patron"], back["ok"]) == (False, None, True)


def test_a_hold_elsewhere_and_an_item_that_stays_as_it_is() -> None:
    away = Item("X1", "Away", held_for="21000003", hold_branch="HILLTOP")
    plain = Item("X2", "Unarmed", resensitise=False)
    world = with_items(away, plain)
    kiosk = Kiosk(world).login()
    kiosk.say(checkout(b"X2", b"21000001", 1))
    assert "|CV02|CTHILLTOP|CY21000003|DAليلى حداد|" in kiosk.say(checkin(b"X1", 2)).decode()
    assert kiosk.say(checkin(b"X2", 3)).startswith(b"101NNN")


def test_who_fetches_a_hold_brings_it_back_as_usual(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.say(checkin(b"39000015", 1)).startswith(b"101YNY")
    assert b"hold shelf" in kiosk.say(checkout(b"39000015", b"21000001", 2))
    assert kiosk.say(checkout(b"39000015", b"21000004", 3)).startswith(b"121")
    assert kiosk.say(checkin(b"39000015", 4)).startswith(b"101YNN")


def test_a_second_return_says_that_nobody_had_it(world: World) -> None:
    """As real servers do with a message that comes twice: it is executed twice."""
    kiosk = Kiosk(world).login()
    frame = checkin(b"39000019", 1)
    assert kiosk.say(frame).startswith(b"101")
    assert kiosk.say(frame).startswith(b"100")
    assert kiosk.say(b"97AZFEF5\r").startswith(b"100")


def test_a_renewal_gives_a_new_date_until_there_are_no_more(world: World) -> None:
    kiosk = Kiosk(world).login()
    said = kiosk.say(renew(b"39000011", b"21000001", 1))
    assert said == checked(
        b"301YNY"
        + TODAY
        + b"AOLANTERN|AA21000001|AB39000011|AJNotes from the Lighthouse|AH20270102    235900|AY1AZ"
    )
    info = kiosk.say(checked(b"17" + TODAY + b"AOLANTERN|AB39000011|AY2AZ"))
    assert b"AH20270102    235900|" in info
    assert kiosk.say(renew(b"39000011", b"21000001", 3)).startswith(b"301")
    spent = kiosk.say(renew(b"39000011", b"21000001", 4)).decode()
    assert spent.startswith("300NUN")
    assert "|AH20270102    235900|AFItem cannot be renewed: TOO_MANY|" in spent
    report = world.report()["ils"]
    assert report["loans"] == []
    assert report["renewals"][0] == {
        "t": 105.0,
        "patron": "21000001",
        "item": "39000011",
        "due": "20270102    235900",
    }
    assert len(report["renewals"]) == 2


@pytest.mark.parametrize(
    ("item", "patron", "why"),
    [
        (b"39000001", b"21000001", "Item is not checked out to this patron."),
        (b"39000012", b"21000001", "Item is not checked out to this patron."),
        (b"X1", b"21000001", "Item is on hold for another patron."),
        (b"39000011", b"21000002", "Patron owes 42.50"),
        (b"39999999", b"21000001", "Invalid item"),
        (b"39000011", b"29999999", "Invalid patron"),
    ],
)
def test_renewals_that_are_refused(item: bytes, patron: bytes, why: str) -> None:
    world = with_items(Item("X1", "Wanted", held_for="21000003"))
    world.ils.held_by["X1"] = ("21000001", "20261128    235900")
    answer = Kiosk(world).login().say(renew(item, patron, 1)).decode()
    assert answer.startswith("300NUN")
    assert f"|AF{why}|" in answer
    assert world.ils.renewals == []


def test_a_renewal_by_title(world: World) -> None:
    kiosk = Kiosk(world).login()
    ask = b"29NN" + TODAY + TODAY + b"AOLANTERN|AA21000001|"
    assert b"|AB39000011|" in kiosk.say(checked(ask + b"AJNotes from the Lighthouse|AY1AZ"))
    assert kiosk.say(checked(ask + b"AY2AZ")).startswith(b"300")


def test_the_charged_list_follows_returns(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.say(checkin(b"39000011", 1))
    ask = b"63001" + TODAY + b"  Y       AOLANTERN|AA21000001|AY2AZ"
    patron = kiosk.say(checked(ask)).decode()
    assert patron[37:61] == "0" * 24
    assert "|AU" not in patron


def test_status_says_what_is_served(world: World) -> None:
    status = Kiosk(world).login().say(checked(b"9900302.00AY1AZ")).decode()
    assert "|BXYYYYYYYYYYYYYYYY|" in status


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\r", LOGIN + b"0000\r", b"97\r"])))
def test_noise_never_breaks_it(pieces: list[bytes]) -> None:
    world = World(lanternfield())
    for number, piece in enumerate(pieces):
        link = number // 5
        if number % 5 == 0:
            world.ils.opened(link, 1.0 * number)
        world.ils.received(link, piece, 1.0 * number)
        for out in world.ils.take(1.0 * number + 0.5):
            assert isinstance(out, Send | Hangup)
    assert world.ils.loans == []


def test_a_scenery_goes_to_json_and_back() -> None:
    scenery = lanternfield()
    assert Scenery.from_json(scenery.to_json()) == scenery
    with pytest.raises(ValueError, match="colour"):
        Scenery.from_json({"items": [{"barcode": "1", "title": "t", "colour": "red"}]})

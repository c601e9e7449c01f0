"""What goes wrong with the answers of the ILS alone, on demand."""

import pytest

from kiosk.simulator import Hangup, Send, World, lanternfield
from kiosk.simulator.makes import MAKES
from kiosk.simulator.mishaps import LIES, SIP2_SPOILT
from tests.simulator.raw_kiosk import Kiosk, checked, checkout, information, pay

ANNA = b"21000001"
STATUS = b"9900802.00"


@pytest.fixture
def world() -> World:
    return World(lanternfield().owing("21000001", "5.00"))


def is_sound(frame: bytes) -> bool:
    """Whether a frame's checksum fits."""
    bare = frame.rstrip(b"\r\n")
    return bare[-6:-4] == b"AZ" and (sum(bare[:-4]) + int(bare[-4:], 16)) & 0xFFFF == 0


def order(world: World, **command: object) -> None:
    """A command to the ILS that is carried out."""
    assert world.do({"device": "ils", **command}, 0.0)["ok"]


@pytest.mark.parametrize("how", SIP2_SPOILT)
def test_one_thing_is_wrong_with_an_answer(world: World, how: str) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="garble", how=how, message="11")
    answer = kiosk.say(checkout(b"39000001", ANNA, 1))
    assert answer.startswith(b"121NNY")
    assert is_sound(answer) == (how != "checksum")
    assert (answer[-8:-7] == b"1") == (how != "sequence")
    assert (b"|SIPServer=HASH(" in answer) == (how == "trailer")
    assert len(world.ils.loans) == 1
    sound = kiosk.say(b"97AZFEF5\r")
    assert is_sound(sound)
    assert sound.endswith(b"|" + answer[-10:-5].replace(b"AY2", b"AY1") + sound[-5:])


@pytest.mark.parametrize("how", SIP2_SPOILT)
def test_without_checksums_only_the_trailer_can_be_wrong(world: World, how: str) -> None:
    kiosk = Kiosk(world)
    order(world, do="garble", how=how)
    answer = kiosk.say(b"9300CNselfcheck|COlantern|\r")
    assert answer == (b"941SIPServer=HASH(0x55d6c2f1a8e0)\r" if how == "trailer" else b"941\r")


def test_an_answer_that_has_no_digit_keeps_none(world: World) -> None:
    kiosk = Kiosk(world)
    order(world, do="garble", how="sequence", message="97")
    kiosk.say(checked(b"9300CNselfcheck|COlantern|AY0AZ"))
    assert kiosk.say(b"97AZFEF5\r") == checked(b"941AY1AZ")


def test_a_98_lies_once(world: World) -> None:
    kiosk = Kiosk(world).login()
    answers = {}
    for how in LIES[:-1]:
        order(world, do="lie", how=how)
        answers[how] = kiosk.asks(STATUS)
    assert answers["offline"].startswith("98NYYYNN000005")
    assert answers["denies"].startswith("98YNNNNN100005")
    assert answers["denies"].endswith(f"|BX{'N' * 16}|")
    assert answers["short"].endswith(f"|BX{'Y' * 8}|")
    assert "|BX" not in answers["mute"]
    assert kiosk.asks(STATUS).endswith(f"|BX{'Y' * 16}|")
    assert kiosk.asks(information(ANNA)).startswith("64")


def test_a_98_comes_instead_of_an_answer_and_nothing_is_done(world: World) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="lie", how="unasked", message="11")
    frame = checkout(b"39000001", ANNA, 1)
    said = kiosk.say(frame)
    assert said.startswith(b"98Y")
    assert said[-9:-6] == b"Y1A"
    assert world.ils.loans == []
    assert kiosk.say(frame).startswith(b"121N")


def test_an_answer_comes_twice(world: World) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="twice", message="37", seconds=2)
    frame = checked(pay(ANNA, b"1.00") + b"AY1AZ")
    first = kiosk.say(frame, wait=1.0)
    assert first.startswith(b"38Y")
    assert kiosk.say(b"", wait=2.0) == first
    assert world.ils.messages[-1].response == first.decode().rstrip("\r")
    assert len(world.ils.payments) == 1


def test_an_answer_comes_in_pieces(world: World) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="pieces", message="63")
    first = kiosk.say(checked(information(ANNA) + b"AY1AZ"), wait=0.03)
    assert first == b"64     "
    rest = kiosk.say(b"", wait=60.0)
    assert len(kiosk.out) > 10
    assert all(isinstance(each, Send) and len(each.data) <= 7 for each in kiosk.out)
    assert is_sound(first + rest)
    assert world.ils.messages[-1].response == (first + rest).decode().rstrip("\r")


def test_an_answer_comes_when_the_next_one_is_due(world: World) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="keep-back", message="11")
    assert kiosk.say(checkout(b"39000001", ANNA, 1), wait=60.0) == b""
    late, _, answer = kiosk.say(checked(information(ANNA) + b"AY2AZ")).partition(b"\r")
    assert late.startswith(b"121N")
    assert late[-7:-6] == b"1"
    assert answer.startswith(b"64")
    loan, asked = world.ils.messages[-2:]
    assert loan.answered is not None
    assert asked.answered is not None
    assert loan.response is not None
    assert loan.response.encode() == late
    assert loan.answered <= asked.answered


def test_what_was_kept_back_is_lost_with_its_line(world: World) -> None:
    kiosk = Kiosk(world).login()
    order(world, do="keep-back", message="11")
    kiosk.say(checkout(b"39000001", ANNA, 1))
    world.ils.closed(1, kiosk.now)
    again = Kiosk(world, link=2).login()
    assert again.asks(information(ANNA)).startswith("64")
    assert world.ils.messages[1].response is None


@pytest.mark.parametrize(
    "command",
    [
        {"do": "lie", "device": "reader"},
        {"do": "lie", "device": "ils", "how": "politely"},
        {"do": "garble", "device": "reader", "how": "sequence"},
        {"do": "garble", "device": "ils", "how": "badly"},
        {"do": "twice", "device": "printer"},
        {"do": "twice", "device": "ils", "seconds": -1},
        {"do": "pieces", "device": "ils", "seconds": float("inf")},
        {"do": "keep-back", "device": "chip"},
    ],
)
def test_what_cannot_be_ordered(world: World, command: dict[str, object]) -> None:
    assert not world.do(command, 1.0)["ok"]


FAULTS = [
    *({"do": "garble", "how": how} for how in ("garbage", "half", "flip", *SIP2_SPOILT)),
    *({"do": "lie", "how": how} for how in LIES),
    {"do": "storm"},
    {"do": "silent"},
    {"do": "silent", "execute": False},
    {"do": "hang-up"},
    {"do": "hang-up", "execute": True},
    {"do": "twice"},
    {"do": "pieces"},
    {"do": "keep-back"},
    {"do": "slow", "seconds": 3},
    {"do": "slow", "seconds": 3, "late": True},
]
NOT_DONE = (
    {"do": "storm"},
    {"do": "silent", "execute": False},
    {"do": "hang-up"},
    {"do": "lie", "how": "unasked"},
)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_every_fault_befalls_every_make(make: str, fault: dict[str, object]) -> None:
    """A payment meets the fault: it is booked once or never, and afterwards all is well again."""
    served = "37" not in MAKES[make].unserved
    world = World(lanternfield().owing("21000001", "5.00").speaking_as(make))
    telnet = world.scenery.ils.telnet
    login = b"selfcheck\rlantern\r" if telnet else checked(b"9300CNselfcheck|COlantern|AY0AZ")
    kiosk = Kiosk(world)
    kiosk.say(login)
    order(world, **{"message": "37", **fault})
    kiosk.say(checked(pay(ANNA, b"1.00") + b"AD1234|AY1AZ"))
    assert len(world.ils.payments) == (served and fault not in NOT_DONE)
    if Hangup(1) in kiosk.out:
        world.ils.closed(1, kiosk.now)
        kiosk = Kiosk(world, link=2)
        kiosk.say(login)
    digit = 1 if kiosk.link == 2 else 2
    world.do({"do": "well", "device": "ils"}, kiosk.now)
    said = kiosk.say(checked(b"9900802.00AY%dAZ" % digit))
    assert b"98Y" in said
    assert world.report()["troubles"] == []

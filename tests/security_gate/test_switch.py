"""The security switch over a pad: what it writes, what it takes for proof, and when it gives up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from kiosk.circulation.values import Flushed, Media, RowKind, SagaId, Security, Switched, Uid
from kiosk.ids import IdRules
from kiosk.lab.loop import run
from kiosk.pad import FieldPad, PadSettings
from kiosk.rfid import errors
from kiosk.rfid.readers import Abilities
from kiosk.security_gate import Kind, SwitchSettings, TagSwitch
from tests.pad.field_of_tags import EXCHANGE_S, Field, Tag

A, B, C = "E004010000000001", "E004010000000002", "E004010000000003"

PERMIT = Flushed(1, SagaId("L1"), RowKind.ANSWER)
AFI = (Kind.AFI,)
BOTH = (Kind.AFI, Kind.EAS)
CUSTOMS = Abilities(reports_new_only=True, customs=True)
FILTERS = Abilities(reports_new_only=True, afi_filter=True)


@dataclass
class Case:
    """A lock for media cases: the nth pulse follows or does not."""

    follows: list[bool] = field(default_factory=list)
    opened: int = 0
    busy: bool = False

    async def open(self) -> bool:
        assert not self.busy, "two cases at once"
        self.busy = True
        await asyncio.sleep(1)
        self.busy = False
        self.opened += 1
        return self.follows.pop(0) if self.follows else True


@dataclass
class Told:
    """A switch at work over a running pad."""

    field: Field
    pad: FieldPad
    tags: TagSwitch
    case: Case

    async def switch(
        self, uid: str = A, *, armed: bool = False, media: Media = Media.UNKNOWN
    ) -> tuple[Switched, int]:
        return await self.tags.switch(Uid(uid), PERMIT, armed=armed, media=media)

    def since(self, before: int) -> list[str]:
        """What was exchanged since, but for the poll's own looks."""
        switches = ("write", "info", "eas", "alarm", "password", "inventory ", "reset")
        return [line for line in self.field.log[before:] if line.startswith(switches)]


def play(
    there: Field, story: Callable[[Told], Awaitable[None]], switches: tuple[Kind, ...] = AFI, **more: object
) -> None:
    """Tell a story of a switch over a pad that has read what lies on it."""

    async def main() -> None:
        # no full look at the field in between, so that every reset is the switch's
        pad = FieldPad(there.open_reader, PadSettings(full_every_s=9999), IdRules(), Random(7))
        case = Case()
        settings = SwitchSettings(switches=switches, **more)  # type: ignore[arg-type]
        running = asyncio.create_task(pad.run(lambda _: None))
        await asyncio.sleep(1)
        try:
            await story(Told(there, pad, TagSwitch(pad, settings, case.open), case))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(main())


def lying(*uids: str, abilities: Abilities | None = None) -> tuple[Field, list[Tag]]:
    there = Field(abilities=abilities)
    return there, [there.put(uid) for uid in uids]


# ---- the AFI --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("armed", "outcome", "afi"), [(False, Switched.RELEASED, 0xC2), (True, Switched.SECURED, 0x07)]
)
def test_a_tag_is_written_and_read_back_at_once(armed: bool, outcome: Switched, afi: int) -> None:
    there, (tag,) = lying(A)
    tag.afi = 0x55

    async def story(told: Told) -> None:
        before = len(there.log)
        assert await told.switch(armed=armed) == (outcome, afi)
        assert tag.afi == afi
        assert told.since(before)[:2] == [f"write {A}", f"info {A}"]

    play(there, story)


def test_other_afis_by_configuration() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        assert await told.switch() == (Switched.RELEASED, 0xDA)
        assert await told.tags.look(Uid(A)) == (0xDA, Security.RELEASED)
        assert await told.switch(armed=True) == (Switched.SECURED, 0xD7)
        assert await told.tags.look(Uid(A)) == (0xD7, Security.ARMED)
        tag.afi = 0x07
        assert await told.tags.look(Uid(A)) == (0x07, Security.UNKNOWN)

    play(there, story, afi_in_stock=0xD7, afi_on_loan=0xDA)


def test_what_the_tag_says_to_a_write_proves_nothing_either_way() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.afi = 0xC2  # an earlier write had reached it
        tag.own_faults["write"] = [errors.NoTag("silent")]
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        tag.own_faults["info"] = [errors.NoTag("silent")]  # this write reaches it, and nobody learns that
        assert await told.switch(armed=True) == (Switched.LEFT, 0)
        assert tag.afi == 0x07

    play(there, story)


def test_a_tag_that_is_there_is_written_again() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [errors.NotWritten("weak"), errors.NoTag("silent")]
        began = asyncio.get_running_loop().time()
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        assert 0.6 <= asyncio.get_running_loop().time() - began < 0.75  # two pauses
        assert len(there.said("write")) == 3

    play(there, story)


def test_a_tag_that_does_not_keep_it_has_failed_after_the_attempts() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [errors.NotWritten("worn")] * 9
        assert await told.switch() == (Switched.FAILED, 0x07)
        assert len(there.said("write")) == 4

    play(there, story, attempts=4)


@pytest.mark.parametrize("fault", [errors.Locked("for ever"), errors.Protected("no")])
def test_a_tag_that_says_no_is_protected(fault: errors.TagError) -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [fault] * 3
        assert await told.switch() == (Switched.PROTECTED, 0x07)

    play(there, story)


def test_noise_is_neither_a_proof_nor_a_failure() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["info"] = [errors.Collision("noise")] * 3
        assert await told.switch() == (Switched.LEFT, 0)

    play(there, story)


def test_a_tag_that_leaves_in_mid_write_has_left() -> None:
    there, _ = lying(A)

    async def story(told: Told) -> None:
        switching = asyncio.create_task(told.switch())
        await asyncio.sleep(EXCHANGE_S / 2)
        there.lift(A)
        assert await switching == (Switched.LEFT, 0)
        assert len(there.said("write")) == 1  # whether it comes back, others see

    play(there, story)


def test_without_a_reader_nothing_is_switched_and_that_is_said_at_once() -> None:
    there, _ = lying(A)

    async def story(told: Told) -> None:
        there.plugged = False
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        assert await told.switch() == (Switched.LEFT, 0)
        assert await told.tags.look(Uid(A)) == (None, Security.UNKNOWN)
        assert asyncio.get_running_loop().time() == began

    play(there, story)


def test_only_an_identified_item_that_lies_there_is_touched() -> None:
    there, _ = lying(A)
    there.put(B, bytes(32))  # blank
    there.put(C).own_faults = {"read": [errors.NoBlock("foreign")] * 99}

    async def story(told: Told) -> None:
        assert await told.switch(B) == (Switched.FAILED, 0)
        assert await told.switch(C) == (Switched.FAILED, 0)
        assert await told.switch("E0040100000000FF") == (Switched.LEFT, 0)
        assert there.said("write") == []

    play(there, story)


@pytest.mark.parametrize("kind", [RowKind.INTENT, RowKind.SETTLED, RowKind.TAKEN])
def test_a_row_that_allows_nothing_is_refused(kind: RowKind) -> None:
    there, _ = lying(A)

    async def story(told: Told) -> None:
        with pytest.raises(ValueError, match="allows no tag to be switched"):
            await told.tags.switch(Uid(A), Flushed(1, SagaId("L1"), kind), armed=False)
        assert there.said("write") == []

    play(there, story)


def test_staff_switch_without_a_desk() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        act = Flushed(7, SagaId("S1"), RowKind.STAFF)
        assert await told.tags.switch(Uid(A), act, armed=False) == (Switched.RELEASED, 0xC2)
        assert tag.afi == 0xC2

    play(there, story)


def test_what_is_wanted_no_more_is_not_written_again() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [errors.NotWritten("weak")] * 9
        wanted = True
        switching = asyncio.create_task(
            told.tags.switch(Uid(A), PERMIT, lambda: wanted, armed=False, media=Media.BOOK)
        )
        await asyncio.sleep(0.1)
        wanted = False
        assert await switching == (Switched.LEFT, 0x07)
        assert len(there.said("write")) == 1

    play(there, story)


# ---- many at once ---------------------------------------------------------------------------


def test_idle_air_item_by_item_busy_air_all_at_once() -> None:
    uids = [f"E0040100000001{number:02X}" for number in range(10)]
    there, _ = lying(*uids, abilities=FILTERS)

    async def story(told: Told) -> None:
        before = len(there.log)
        outcomes = await asyncio.gather(*map(told.switch, uids))
        assert outcomes == [(Switched.RELEASED, 0xC2)] * 10
        assert told.since(before) == [*(f"write {uid}" for uid in uids), "inventory C2"]
        before = len(there.log)
        assert await told.switch(uids[0], armed=True) == (Switched.SECURED, 0x07)
        assert told.since(before) == [f"write {uids[0]}", f"info {uids[0]}"]

    play(there, story)


def test_who_is_not_named_is_read_alone() -> None:
    there, (_, weak, gone) = lying(A, B, C, abilities=FILTERS)

    async def story(told: Told) -> None:
        weak.own_faults["write"] = [errors.NotWritten("weak")]
        gone.own_faults["info"] = [errors.NoTag("left")]
        gone.own_faults["write"] = [errors.NoTag("left")]
        before = len(there.log)
        outcomes = await asyncio.gather(*map(told.switch, (A, B, C)))
        assert outcomes == [(Switched.RELEASED, 0xC2), (Switched.RELEASED, 0xC2), (Switched.LEFT, 0)]
        exchanged = told.since(before)
        assert exchanged[:4] == [*(f"write {uid}" for uid in (A, B, C)), "inventory C2"]
        assert set(exchanged[4:6]) == {f"info {B}", f"info {C}"}

    play(there, story)


def test_both_ways_at_once_are_proved_apart() -> None:
    there, tags = lying(A, B, C, abilities=FILTERS)
    tags[2].afi = 0xC2

    async def story(told: Told) -> None:
        both = [told.switch(A), told.switch(B), told.switch(C, armed=True)]
        outcomes = await asyncio.gather(*both)
        assert outcomes == [(Switched.RELEASED, 0xC2), (Switched.RELEASED, 0xC2), (Switched.SECURED, 0x07)]

    play(there, story)


def test_a_reader_that_goes_in_the_middle_of_a_batch_leaves_nobody_waiting() -> None:
    there, _ = lying(A, B, C, abilities=FILTERS)

    async def story(told: Told) -> None:
        switching = [asyncio.create_task(told.switch(uid)) for uid in (A, B, C)]
        await asyncio.sleep(EXCHANGE_S * 2.5)
        there.plugged = False
        async with asyncio.timeout(1):
            assert await asyncio.gather(*switching) == [(Switched.LEFT, 0)] * 3

    play(there, story)


def test_a_reader_that_cannot_filter_reads_each_back() -> None:
    there, _ = lying(A, B, C)

    async def story(told: Told) -> None:
        before = len(there.log)
        await asyncio.gather(*map(told.switch, (A, B, C)))
        assert told.since(before) == [f"{what} {uid}" for what in ("write", "info") for uid in (A, B, C)]

    play(there, story)


# ---- EAS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("armed", [False, True])
def test_eas_is_proved_by_the_alarm_between_two_reads(armed: bool) -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.eas = not armed

    async def story(told: Told) -> None:
        before = len(there.log)
        outcome, _ = await told.switch(armed=armed)
        assert outcome is (Switched.SECURED if armed else Switched.RELEASED)
        assert tag.eas is armed
        proof = there.log[there.log.index(f"eas {A}", before) :][:4]
        assert proof == [f"eas {A}", f"read {A}", f"alarm {A}", f"read {A}"]
        assert there.said("write") == []
        _, security = await told.tags.look(Uid(A))
        assert security is (Security.ARMED if armed else Security.RELEASED)

    play(there, story, (Kind.EAS,))


def test_the_silence_of_a_tag_that_has_left_is_no_proof() -> None:
    there, _ = lying(A, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        switching = asyncio.create_task(told.switch())
        while f"alarm {A}" not in there.log:  # noqa: ASYNC110 - virtual time makes this cheap
            await asyncio.sleep(0.001)
        there.lift(A)  # it was silent, and does not answer the read after that
        assert (await switching)[0] is Switched.LEFT

    play(there, story, (Kind.EAS,))


def test_a_tag_that_misses_the_reset_and_the_question_for_the_alarm_is_not_released() -> None:
    """Weak for a moment: it answers the reads before and after, and sounds at the gate."""
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.eas = True

    async def story(told: Told) -> None:
        tag.own_faults["eas"] = [errors.NoTag("weak")]
        tag.own_faults["alarm"] = [errors.NoTag("weak")]
        assert (await told.switch())[0] is Switched.RELEASED
        assert not tag.eas
        assert len(there.said("eas")) == 2

    play(there, story, (Kind.EAS,))


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (errors.Protected("memory"), Switched.FAILED),
        (errors.NotSupported("customs"), Switched.FAILED),
        (errors.TagGarbled("noise"), Switched.LEFT),
    ],
)
def test_a_tag_that_cannot_be_asked_for_eas_is_not_proved(fault: errors.TagError, outcome: Switched) -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        tag.own_faults["read"] = [fault] * 999
        assert (await told.switch())[0] is outcome

    play(there, story, (Kind.EAS,))


def test_of_several_all_must_be_proved() -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        tag.own_faults["eas"] = [errors.NotWritten("worn")] * 3
        assert await told.switch() == (Switched.FAILED, 0xC2)  # half done, and said to have failed
        assert (tag.afi, tag.eas) == (0xC2, True)
        assert await told.tags.look(Uid(A)) == (0xC2, Security.UNKNOWN)
        assert await told.switch() == (Switched.RELEASED, 0xC2)  # the next attempt goes on
        assert await told.tags.look(Uid(A)) == (0xC2, Security.RELEASED)

    play(there, story, BOTH)


def test_what_is_proved_is_not_written_again_in_the_same_switch() -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        tag.own_faults["eas"] = [errors.NotWritten("weak")]
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        assert (len(there.said("write")), len(there.said("eas"))) == (1, 2)

    play(there, story, BOTH)


# ---- cases ----------------------------------------------------------------------------------


def test_a_case_is_opened_last_and_only_when_the_tag_is_released() -> None:
    there, (tag,) = lying(A)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [errors.NotWritten("worn")] * 3
        assert (await told.switch())[0] is Switched.FAILED
        assert told.case.opened == 0
        assert (await told.switch())[0] is Switched.RELEASED
        assert told.case.opened == 1
        assert (await told.switch(armed=True))[0] is Switched.SECURED
        assert told.case.opened == 1

    play(there, story, (Kind.AFI, Kind.CASE_LOCK))


def test_a_lock_alone_is_not_needed_for_arming_and_cannot_be_read() -> None:
    there, _ = lying(A)

    async def story(told: Told) -> None:
        assert await told.switch(armed=True) == (Switched.NOT_NEEDED, 0)
        assert (await told.switch())[0] is Switched.RELEASED
        assert (await told.tags.look(Uid(A)))[1] is Security.UNKNOWN
        assert there.said("write") == []

    play(there, story, (Kind.CASE_LOCK,))


def test_a_lock_that_does_not_follow_is_no_release() -> None:
    there, _ = lying(A)

    async def story(told: Told) -> None:
        told.case.follows = [False, False, False]
        assert await told.switch() == (Switched.FAILED, 0xC2)
        assert told.case.opened == 3

    play(there, story, (Kind.AFI, Kind.CASE_LOCK))


def test_two_cases_are_opened_one_after_the_other() -> None:
    there, _ = lying(A, B)

    async def story(told: Told) -> None:
        await asyncio.gather(told.switch(A), told.switch(B))
        assert told.case.opened == 2

    play(there, story, (Kind.CASE_LOCK,))


def test_what_an_item_is_made_of_chooses_its_switches() -> None:
    there, (book, disc, paper) = lying(A, B, C, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        assert (await told.switch(A, media=Media.BOOK))[0] is Switched.RELEASED
        assert (await told.switch(B, media=Media.CD))[0] is Switched.RELEASED
        assert (await told.switch(C, media=Media.MAGAZINE))[0] is Switched.NOT_NEEDED
        assert [(tag.afi, tag.eas) for tag in (book, disc, paper)] == [(0xC2, True), (0x07, False), (7, True)]
        assert told.case.opened == 1

    play(
        there,
        story,
        switches_cd=(Kind.EAS, Kind.CASE_LOCK),
        switches_magazine=(Kind.NONE,),
    )


# ---- passwords ------------------------------------------------------------------------------

OURS = 0x0F0F0F0F


@pytest.mark.parametrize("refusal", [errors.Protected, errors.NoTag, errors.NotWritten])
def test_a_protected_tag_is_opened_by_the_password(refusal: type[errors.TagError]) -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password, tag.refusal = OURS, refusal

    async def story(told: Told) -> None:
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        at = there.log.index(f"password {A}")
        assert there.log[at : at + 3] == [f"password {A}", f"write {A}", f"info {A}"]
        tag.opened = False
        assert await told.switch(armed=True) == (Switched.SECURED, 0x07)  # it is ours: again in the same stay

    play(there, story, password="0f0f0f0f")


def test_several_are_opened_by_one_password() -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password = OURS

    async def story(told: Told) -> None:
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        assert tag.eas is False
        assert len(there.said("password")) == 1

    play(there, story, BOTH, password="0F0F0F0F")


def test_a_wrong_password_is_tried_once_for_each_stay_and_the_tag_is_seen_again() -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password = 0xDEADBEEF

    async def story(told: Told) -> None:
        assert await told.switch() == (Switched.PROTECTED, 0x07)
        assert not tag.muted
        at = there.log.index(f"password {A}")
        assert there.log[at + 1 : at + 3] == ["reset", f"info {A}"]  # nothing came in between
        assert await told.switch() == (Switched.PROTECTED, 0x07)
        assert len(there.said("password")) == 1
        there.lift(A)
        await asyncio.sleep(1)
        there.tags[A], tag.quiet = tag, False  # it had lost its power
        await asyncio.sleep(1)
        assert await told.switch() == (Switched.PROTECTED, 0x07)
        assert len(there.said("password")) == 2

    play(there, story, password="0F0F0F0F")


def test_a_password_of_which_nobody_learnt_anything_may_be_given_again() -> None:
    """The reader went in the middle of it, and with it the tag's power."""
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password = OURS

    async def story(told: Told) -> None:
        tag.own_faults["password"] = [errors.ReaderGone("unplugged")]
        assert await told.switch() == (Switched.LEFT, 0x07)
        await asyncio.sleep(2)
        assert await told.switch() == (Switched.RELEASED, 0xC2)

    play(there, story, password="0F0F0F0F")


@pytest.mark.parametrize("lost_in", ["write", "info"])
def test_a_right_password_may_be_given_again_when_the_reader_went_after_it(lost_in: str) -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password = OURS

    async def story(told: Told) -> None:
        refused, gone = errors.Protected("no"), errors.ReaderGone("unplugged")
        tag.own_faults[lost_in] = [refused, gone]  # before the password, and after it
        assert (await told.switch())[0] is Switched.LEFT
        await asyncio.sleep(2)
        tag.opened, tag.afi = False, 0x07  # it had lost its power
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        assert len(there.said("password")) == 2

    play(there, story, password="0F0F0F0F")


@pytest.mark.parametrize("lost_in", ["reset", "info"])
def test_a_wrong_password_is_wrong_when_the_reader_goes_after_it(lost_in: str) -> None:
    """The tag had not taken it before the reader was pulled out, and lies there as it did."""
    there, (tag,) = lying(A, abilities=CUSTOMS)
    tag.password = 0xDEADBEEF

    async def story(told: Told) -> None:
        if lost_in == "reset":
            there.lost_in = lost_in
        else:
            tag.own_faults[lost_in] = [errors.Protected("no"), errors.ReaderGone("unplugged")]
        assert (await told.switch())[0] is Switched.LEFT
        await asyncio.sleep(2)
        assert await told.switch() == (Switched.PROTECTED, 0x07)
        assert len(there.said("password")) == 1

    play(there, story, password="0F0F0F0F")


@pytest.mark.parametrize("resets", [True, False])
def test_a_tag_that_is_silent_after_a_wrong_password_left_unless_nobody_could_wake_it(resets: bool) -> None:
    there, (tag,) = lying(A, abilities=Abilities(reports_new_only=True, customs=True, resets_field=resets))
    tag.password = 0xDEADBEEF

    async def story(told: Told) -> None:
        tag.own_faults["info"] = [*[errors.TagRefused("no")] * 2, errors.NoTag("mute")]
        tag.refusal = errors.NoTag
        assert (await told.switch())[0] is (Switched.LEFT if resets else Switched.PROTECTED)

    play(there, story, password="0F0F0F0F")


def test_a_weak_tag_is_not_given_a_password_at_its_first_silence() -> None:
    there, (tag,) = lying(A, abilities=CUSTOMS)

    async def story(told: Told) -> None:
        tag.own_faults["write"] = [errors.NoTag("weak")]
        assert await told.switch() == (Switched.RELEASED, 0xC2)
        assert there.said("password") == []

    play(there, story, password="0F0F0F0F")


@pytest.mark.parametrize(
    ("abilities", "password"), [(Abilities(reports_new_only=True), "0F0F0F0F"), (CUSTOMS, "")]
)
def test_without_a_password_or_the_way_to_give_it_a_protected_tag_stays_so(
    abilities: Abilities, password: str
) -> None:
    there, (tag,) = lying(A, abilities=abilities)
    tag.password = OURS

    async def story(told: Told) -> None:
        assert await told.switch() == (Switched.PROTECTED, 0x07)
        assert there.said("password") == []

    play(there, story, password=password)


def test_the_password_is_in_no_repr() -> None:
    assert "0F0F0F0F" not in repr(SwitchSettings(password="0F0F0F0F"))

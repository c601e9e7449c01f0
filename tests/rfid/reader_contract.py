"""The contract of a reader as tests: every driver runs through them, each with a far side of its own.

A driver's test file has one class for each way to its reader:

    class TestFeigOverTcp(ReaderContract):
        def far_side(self) -> FarSide:
            return FeigFarSide()

What a reader cannot do it says in its abilities; then the tests see that it says so when it is asked, too.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab import run
from kiosk.rfid import errors
from kiosk.rfid.readers import Password, Reader
from tests.rfid.far_side import FarSide, Trouble
from tests.rfid.tag_in_air import Tag

SLIX = "E004015012345678"
OTHER = "E0040150AA345679"
TEXAS = "E007000012345678"
ABSENT = "E004010000000001"
MEMORY = bytes(range(112))
PASSWORD = 0x0F1E2D3C

Story = Callable[[Reader, FarSide], Awaitable[None]]

ENDINGS = [
    pytest.param("silent", id="silence"),
    pytest.param("garbage", id="garbage"),
    pytest.param("half", id="half an answer"),
    pytest.param("hang-up", id="the line is cut"),
]


def tag(uid: str, memory: bytes = MEMORY, **more: object) -> Tag:
    return Tag(uid, bytearray(memory), **more)  # type: ignore[arg-type]


class ReaderContract:
    """Inherit, and say where the far side comes from."""

    def far_side(self) -> FarSide:
        raise NotImplementedError

    def play(self, story: Story, *tags: Tag) -> FarSide:
        far = self.far_side()

        async def whole() -> None:
            far.tags = {one.uid: one for one in tags}
            reader = await far.open()
            far.heard.clear()
            try:
                await story(reader, far)
            finally:
                await reader.close()

        run(whole())
        return far

    # ---- looking ----------------------------------------------------------------------------

    def test_an_inventory_names_each_tag_once(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            found = await reader.inventory()
            assert {one.uid: one.dsfid for one in found} == {SLIX: 0x3E, OTHER: 0x06, TEXAS: 0x3E}
            assert len(found) == 3
            await reader.rf_reset()
            assert len(await reader.inventory()) == 3

        self.play(story, tag(SLIX), tag(OTHER, dsfid=0x06), tag(TEXAS))

    def test_an_empty_field_is_an_empty_inventory(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            assert await reader.inventory() == []

        self.play(story)

    def test_thirty_tags_are_all_named(self) -> None:
        heap = [tag(f"E00401{number * 0x10307:010X}") for number in range(30)]

        async def story(reader: Reader, far: FarSide) -> None:
            assert sorted(one.uid for one in await reader.inventory()) == sorted(far.tags)

        self.play(story, *heap)

    def test_a_tag_that_came_later_is_named(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            await reader.inventory()
            far.tags[OTHER] = tag(OTHER)
            assert OTHER in {one.uid for one in await reader.inventory()}

        self.play(story, tag(SLIX))

    def test_memory_comes_in_its_own_order(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            assert await reader.read(SLIX, 0, 8) == MEMORY[:32]
            assert await reader.read(SLIX, 3, 1) == MEMORY[12:16]
            assert await reader.read(SLIX, 0, 28) == MEMORY

        self.play(story, tag(SLIX))

    def test_any_blocks_of_any_memory(self) -> None:
        @given(st.integers(0, 27), st.integers(1, 28), st.binary(min_size=112, max_size=112))
        def come_as_they_are(first: int, count: int, memory: bytes) -> None:
            count = min(count, 28 - first)

            async def story(reader: Reader, far: FarSide) -> None:
                assert await reader.read(SLIX, first, count) == memory[first * 4 : (first + count) * 4]

            self.play(story, tag(SLIX, memory))

        come_as_they_are()

    def test_behind_the_end_of_a_tag_there_is_nothing(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(errors.TagError):
                await reader.read(SLIX, 28, 1)
            assert await reader.read(SLIX, 27, 1) == MEMORY[108:]

        self.play(story, tag(SLIX))

    def test_a_tag_that_is_not_there_costs_nothing_but_itself(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(errors.NoTag):
                await reader.read(ABSENT, 0, 1)
            with pytest.raises(errors.NoTag):
                await reader.system_info(ABSENT)
            with pytest.raises(errors.TagError):
                await reader.write_afi(ABSENT, 0xC2)
            assert await reader.read(SLIX, 0, 1) == MEMORY[:4]

        self.play(story, tag(SLIX))

    def test_what_a_tag_says_of_itself(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            info = await reader.system_info(SLIX)
            assert (info.uid, info.afi, info.dsfid) == (SLIX, 0xC2, 0x06)
            assert (info.blocks, info.block_size) == (28, 4)

        self.play(story, tag(SLIX, afi=0xC2, dsfid=0x06))

    def test_an_inventory_of_one_afi(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            if not reader.abilities.afi_filter:
                with pytest.raises(errors.NotSupported):
                    await reader.inventory(0x07)
                assert not far.heard
                return
            assert [one.uid for one in await reader.inventory(0x07)] == [SLIX]

        self.play(story, tag(SLIX, afi=0x07), tag(OTHER, afi=0xC2))

    def test_an_inventory_that_reads(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            if not reader.abilities.inventory_read:
                with pytest.raises(errors.NotSupported):
                    await reader.inventory_read(0, 8)
                assert not far.heard
                return
            found = {one.tag.uid: one.memory for one in await reader.inventory_read(0, 8)}
            assert {uid: memory for uid, memory in found.items() if memory} == {
                SLIX: MEMORY[:32],
                OTHER: MEMORY[:32],
            }

        self.play(story, tag(SLIX), tag(OTHER), tag(TEXAS))

    # ---- writing ----------------------------------------------------------------------------

    def test_blocks_are_written_as_they_are_read(self) -> None:
        new = bytes(range(200, 240))

        async def story(reader: Reader, far: FarSide) -> None:
            await reader.write(SLIX, 2, new)
            assert bytes(far.tags[SLIX].memory) == MEMORY[:8] + new + MEMORY[48:]
            assert await reader.read(SLIX, 2, 10) == new

        self.play(story, tag(SLIX))

    def test_a_tag_of_texas_instruments_is_written_too(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            await reader.write(TEXAS, 0, b"abcdefgh")
            await reader.write_afi(TEXAS, 0xC2)
            await reader.write_dsfid(TEXAS, 0x06)
            one = far.tags[TEXAS]
            assert (bytes(one.memory[:8]), one.afi, one.dsfid) == (b"abcdefgh", 0xC2, 0x06)

        self.play(story, tag(TEXAS))

    @pytest.mark.parametrize("data", [b"", b"abc", b"abcdefg"])
    def test_half_a_block_is_not_written(self, data: bytes) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(ValueError, match="block"):
                await reader.write(SLIX, 0, data)
            assert not far.heard

        self.play(story, tag(SLIX))

    def test_a_locked_block_stays_as_it_is(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(errors.TagError):
                await reader.write(SLIX, 3, b"abcd")
            assert await reader.read(SLIX, 3, 1) == MEMORY[12:16]

        self.play(story, tag(SLIX, locked={3}))

    def test_afi_and_dsfid_are_written_and_read_back(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            await reader.write_afi(SLIX, 0xC2)
            await reader.write_dsfid(SLIX, 0x06)
            info = await reader.system_info(SLIX)
            assert (info.afi, info.dsfid) == (0xC2, 0x06)
            assert (far.tags[OTHER].afi, far.tags[OTHER].dsfid) == (0x07, 0x3E)

        self.play(story, tag(SLIX), tag(OTHER))

    def test_the_eas_bit(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            if not reader.abilities.customs:
                with pytest.raises(errors.NotSupported):
                    await reader.set_eas(SLIX, True)
                with pytest.raises(errors.NotSupported):
                    await reader.eas_alarm(SLIX)
                assert not far.heard
                return
            assert not await reader.eas_alarm(SLIX)
            await reader.set_eas(SLIX, True)
            assert far.tags[SLIX].eas
            assert await reader.eas_alarm(SLIX)
            await reader.set_eas(SLIX, False)
            assert not await reader.eas_alarm(SLIX)
            assert not await reader.eas_alarm(ABSENT)  # silence: it proves nothing

        self.play(story, tag(SLIX))

    def test_a_password_opens_what_it_protects(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(errors.TagError):
                await reader.write_afi(SLIX, 0xC2)
            assert far.tags[SLIX].afi == 0x07
            if not reader.abilities.customs:
                far.heard.clear()
                with pytest.raises(errors.NotSupported):
                    await reader.present_password(SLIX, Password.EAS_AFI, PASSWORD)
                assert not far.heard
                return
            await reader.present_password(SLIX, Password.EAS_AFI, PASSWORD)
            await reader.write_afi(SLIX, 0xC2)
            assert (await reader.system_info(SLIX)).afi == 0xC2

        self.play(story, tag(SLIX, password=PASSWORD))

    def test_a_wrong_password_mutes_the_tag_until_the_field_is_reset(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            if not reader.abilities.customs:
                assert reader.abilities.customs is False
                return
            with pytest.raises(errors.TagError):
                await reader.present_password(SLIX, Password.EAS_AFI, PASSWORD ^ 1)
            with pytest.raises(errors.NoTag):
                await reader.read(SLIX, 0, 1)
            await reader.rf_reset()
            if reader.abilities.resets_field:
                assert await reader.read(SLIX, 0, 1) == MEMORY[:4]
            else:  # until it is lifted
                with pytest.raises(errors.NoTag):
                    await reader.read(SLIX, 0, 1)
            assert far.tags[SLIX].afi == 0x07

        self.play(story, tag(SLIX, password=PASSWORD))

    # ---- the reader itself ------------------------------------------------------------------

    def test_an_output_that_is_not_there(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            with pytest.raises(errors.NotSupported):
                await reader.set_output(reader.abilities.outputs + 1, 1.0)
            assert not far.heard

        self.play(story)

    def test_abilities_stay_what_they_are(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            before = reader.abilities
            await reader.inventory()
            await reader.close()
            assert reader.abilities == before
            assert 1 <= before.blocks_at_most <= 256

        self.play(story)

    def test_no_driver_can_lock(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            names = " ".join(dir(reader)).lower().replace("block", "")
            assert not [bad for bad in ("lock", "destroy", "privacy", "kill") if bad in names]

        self.play(story)

    def test_closing_twice_is_fine(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            await reader.close()
            await reader.close()
            with pytest.raises(errors.TransportError):
                await reader.inventory()
            assert not far.heard

        self.play(story)

    # ---- when things go wrong ---------------------------------------------------------------

    @pytest.mark.parametrize("trouble", ENDINGS)
    def test_what_is_no_answer_ends_the_connection_and_a_new_one_works(self, trouble: Trouble) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            far.trouble = [trouble]
            with pytest.raises(errors.TransportError):
                await reader.system_info(SLIX)
            asked = len(far.heard)
            with pytest.raises(errors.TransportError):
                await reader.inventory()
            assert len(far.heard) == asked, "a dead reader is not asked"
            again = await far.open()
            assert (await again.system_info(SLIX)).afi == 0x07
            await again.close()

        self.play(story, tag(SLIX))

    @pytest.mark.parametrize("trouble", ENDINGS)
    def test_a_write_whose_answer_is_lost_is_no_success(self, trouble: Trouble) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            far.trouble = [trouble]
            with pytest.raises(errors.TransportError):
                await reader.write_afi(SLIX, 0xC2)
            again = await far.open()
            assert (await again.system_info(SLIX)).afi == far.tags[SLIX].afi
            await again.close()

        self.play(story, tag(SLIX))

    def test_an_answer_may_come_byte_by_byte(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            far.trouble = ["pieces"] * 3
            assert await reader.read(SLIX, 0, 8) == MEMORY[:32]
            assert (await reader.system_info(SLIX)).afi == 0x07

        self.play(story, tag(SLIX))

    def test_a_late_answer_of_an_older_connection_is_nobodys(self) -> None:
        """The write that succeeded is another one's, of a tag that was there."""

        async def story(reader: Reader, far: FarSide) -> None:
            far.trouble = ["late"]
            with pytest.raises(errors.ReaderSilent):
                await reader.write_afi(SLIX, 0xC2)
            for _ in range(10):
                try:
                    again = await far.open()
                except errors.TransportError:
                    continue  # it still works at the older one
                break
            with pytest.raises(errors.TagError):
                await again.write_afi(ABSENT, 0xC2)
            assert (await again.system_info(SLIX)).afi == 0xC2
            await again.close()

        self.play(story, tag(SLIX))

    @pytest.mark.parametrize("after_s", [0.0, 0.004, 0.0105, 0.02])
    @pytest.mark.parametrize("trouble", [[], ["pieces"]])
    def test_a_command_that_was_broken_off_leaves_no_answer_for_the_next(
        self, after_s: float, trouble: list[Trouble]
    ) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            far.trouble = list(trouble)
            writing = asyncio.create_task(reader.write_afi(SLIX, 0xC2))
            await asyncio.sleep(after_s)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            with pytest.raises(errors.TagError):
                await reader.write_afi(ABSENT, 0xC2)
            assert (await reader.system_info(SLIX)).afi == far.tags[SLIX].afi

        self.play(story, tag(SLIX))

    def test_unplugged_in_the_middle_of_a_write(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            writing = asyncio.create_task(reader.write_afi(SLIX, 0xC2))
            await asyncio.sleep(0.005)
            far.plugged = False
            with pytest.raises(errors.TransportError):
                await writing
            with pytest.raises(errors.TransportError):
                await far.open()
            far.plugged = True
            again = await far.open()
            assert (await again.system_info(SLIX)).afi == far.tags[SLIX].afi
            await again.close()

        self.play(story, tag(SLIX))

    def test_two_who_ask_at_once_get_each_his_own(self) -> None:
        async def story(reader: Reader, far: FarSide) -> None:
            one, other = await asyncio.gather(reader.read(SLIX, 0, 2), reader.read(OTHER, 0, 2))
            assert (one, other) == (MEMORY[:8], MEMORY[8:16])

        self.play(story, tag(SLIX), tag(OTHER, MEMORY[8:] + MEMORY[:8]))

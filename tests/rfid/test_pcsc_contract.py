"""The driver of PC/SC readers through the contract of all readers, in a transparent session."""

from tests.rfid.far_side import FarSide
from tests.rfid.pcsc_far_side import PcscFarSide
from tests.rfid.reader_contract import ReaderContract


class TestPcsc(ReaderContract):
    def far_side(self) -> FarSide:
        return PcscFarSide()


class TestPcscThatTellsOfCollisionsAsOfDamage(ReaderContract):
    def far_side(self) -> FarSide:
        return PcscFarSide(collisions=0x01)

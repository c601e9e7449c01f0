"""FEIG's driver through the contract of all readers: over TCP and over a serial line, in several manners."""

from tests.rfid.far_side import FarSide
from tests.rfid.feig_far_side import FeigFarSide
from tests.rfid.reader_contract import ReaderContract


class TestFeigOverTcp(ReaderContract):
    def far_side(self) -> FarSide:
        return FeigFarSide()


class TestFeigOverASerialLine(ReaderContract):
    """It resets the field for each inventory, leaves the option flag to us, and has a small buffer."""

    def far_side(self) -> FarSide:
        return FeigFarSide(serial=True, ont=False, sets_option=False, buffer=64, record_limit=5)


class TestFeigWithAdvancedFramesAndItsOwnAddress(ReaderContract):
    def far_side(self) -> FarSide:
        return FeigFarSide(address=7, extra={"advanced": True, "address": 7}, buffer=2000, record_limit=60)

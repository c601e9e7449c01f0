"""The driver of 3M pads through the contract of all readers: a 210, an 810, and one that wants our CRC."""

from tests.rfid.far_side import FarSide
from tests.rfid.m3_far_side import M3FarSide
from tests.rfid.reader_contract import ReaderContract


class TestM3(ReaderContract):
    def far_side(self) -> FarSide:
        return M3FarSide()


class TestM3WithoutTagInfoAndPassingThrough(ReaderContract):
    def far_side(self) -> FarSide:
        return M3FarSide(plain=True, twice=True)


class TestM3WithTheCrcOfTheHost(ReaderContract):
    def far_side(self) -> FarSide:
        return M3FarSide(host_crc=True)

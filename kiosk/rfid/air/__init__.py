"""The parts of `kiosk.rfid.iso15693`, which is their face: requests, answers, makers of chips, the CRC."""

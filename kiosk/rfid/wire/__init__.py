"""The languages that readers speak: codecs without I/O, bytes to values and back.

A codec knows no time, no connection and no state of a tag; drivers in `kiosk.rfid.readers` do.
"""

"""Wires: the one door through which bytes enter and leave the kiosk, over TCP, TLS and serial lines.

A `Wire` is an open byte stream and `OpenWire` is how a driver gets one: it takes the factory as an
argument, so that the laboratory can hand it a wire in memory. Rooms that import nothing of ours
(`sip2`, `rfid`) describe the same shape in a `Protocol` of their own.
"""

from kiosk.wires.line import BITS_A_BYTE, OpenSerial, Parity, SerialWire, serial
from kiosk.wires.tcp import TcpWire, tcp
from kiosk.wires.tls import NoTls, Tls, TlsWire, Tunnel, tls
from kiosk.wires.wire import OpenWire, Wire

__all__ = [
    "BITS_A_BYTE",
    "NoTls",
    "OpenSerial",
    "OpenWire",
    "Parity",
    "SerialWire",
    "TcpWire",
    "Tls",
    "TlsWire",
    "Tunnel",
    "Wire",
    "serial",
    "tcp",
    "tls",
]

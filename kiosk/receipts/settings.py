"""The settings of the receipt printer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """What every receipt printer is asked and given. Times in seconds.

    Attributes:
        width: dots across the paper: 576 on 80 mm, 384 on 58 mm (203 dots an inch).
        cut: cut the paper after each piece.
        answer_timeout_s: how long an answer about the status may take; silence is *unknown*.
        print_timeout_s: how long a piece of paper may take to come out; on a serial line, what its bytes
            take on the way is added.
        watch_s: pause between two questions about the status while nothing is printed.
        reopen_first_s: rest before the first attempt to reopen a lost printer; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    width: int = field(default=576, metadata={"at_least": 256, "at_most": 1024})
    cut: bool = True
    answer_timeout_s: float = field(default=1.0, metadata={"at_least": 0.1})
    print_timeout_s: float = field(default=15.0, metadata={"at_least": 2.0})
    watch_s: float = field(default=10.0, metadata={"at_least": 1.0})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=15.0, metadata={"at_least": 0.05})


@dataclass(frozen=True, slots=True)
class NetworkPrinter:
    """A printer on the network.

    Attributes:
        host: its name or IP address.
        port: its TCP port; raw printing is 9100 nearly everywhere.
    """

    host: str = "127.0.0.1"
    port: int = 9100


@dataclass(frozen=True, slots=True)
class SerialPrinter:
    """A printer on a serial line.

    Attributes:
        device: the line, such as `/dev/ttyUSB0`.
        baud: its speed in bits a second, as set on the printer.
    """

    device: str = "/dev/ttyUSB0"
    baud: int = field(default=38400, metadata={"at_least": 1200})


@dataclass(frozen=True, slots=True)
class UsbPrinter:
    """A printer on USB.

    Attributes:
        vendor: its USB vendor id, such as `04b8` (Epson).
        product: its USB product id, such as `0202`.
    """

    vendor: str = field(default="04b8", metadata={"pattern": "[0-9a-fA-F]{4}", "like": "04b8"})
    product: str = field(default="0202", metadata={"pattern": "[0-9a-fA-F]{4}", "like": "0202"})

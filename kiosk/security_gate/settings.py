"""The settings of the gate's lines."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GateLines:
    """The lines between the kiosk and a gate. Lines are numbered as on the chip (BCM numbers on a Pi).

    Attributes:
        release_line: output that lets a patron through.
        active_low: the relay closes when the line is low.
        pulse_s: how long the release lasts, in seconds.
        case_line: output that opens the lock of the media case lying on it; -1 for none.
        case_active_low: that relay closes when its line is low.
        case_pulse_s: how long the case's lock is held open, in seconds.
        alarm_line: input of the gate's alarm contact; -1 for none.
        alarm_active_low: the contact pulls the line low.
        feedback_line: input that follows the release (a relay's second contact); -1 for none: then the
            output itself is read back.
        feedback_active_low: that input is low while the gate is released.
        debounce_s: an edge that lasts less than this is a bounce.
        reopen_first_s: rest before the first attempt to find a lost chip; then it doubles.
        reopen_longest_s: the longest such rest.

    Raises:
        ValueError: one line has two uses.
    """

    release_line: int = field(default=17, metadata={"at_least": 0, "at_most": 1023})
    active_low: bool = False
    pulse_s: float = field(default=3.0, metadata={"at_least": 0.05, "at_most": 30.0})
    case_line: int = field(default=-1, metadata={"at_least": -1, "at_most": 1023})
    case_active_low: bool = False
    case_pulse_s: float = field(default=1.0, metadata={"at_least": 0.05, "at_most": 10.0})
    alarm_line: int = field(default=-1, metadata={"at_least": -1, "at_most": 1023})
    alarm_active_low: bool = True
    feedback_line: int = field(default=-1, metadata={"at_least": -1, "at_most": 1023})
    feedback_active_low: bool = False
    debounce_s: float = field(default=0.03, metadata={"at_least": 0.0, "at_most": 1.0})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})

    def __post_init__(self) -> None:
        used = [self.release_line]
        for name in ("case_line", "alarm_line", "feedback_line"):
            line = getattr(self, name)
            if line >= 0 and line in used:
                raise ValueError(f"{name} = {line}: this line has another use already")
            used.append(line)

    @property
    def outputs(self) -> dict[int, bool]:
        """The outputs, and of each whether it is active when it is low."""
        case = {self.case_line: self.case_active_low} if self.case_line >= 0 else {}
        return {self.release_line: self.active_low, **case}


@dataclass(frozen=True, slots=True)
class GpiodChip:
    """The chip that has the lines, found by its label and never by its number.

    Attributes:
        chip: its label, such as `pinctrl-bcm2835` (Pi 3), `pinctrl-bcm2711` (Pi 4), `pinctrl-rp1` (Pi 5);
            empty for any of these three.
    """

    chip: str = ""

"""The gate's lines on a chip that the kernel simulates (gpio-sim, which only the backports kernel has)."""

from __future__ import annotations

from kiosk.recorder import FOLDER, lines_of, paths_of
from tests.appliance import probe
from tests.appliance.bench import Bench
from tests.appliance.farside import BOOK
from tests.appliance.technician import kiosk_toml
from tests.appliance.visit import Visit, lent_once

RELEASE, ALARM = 17, 27
CHIP = "kiosk-gpio-sim"
PULSE_S = 3.0

_GATE = f"""\
[gate]
driver = "gpiod"
chip = "{CHIP}"
release_line = {RELEASE}
pulse_s = {PULSE_S}
alarm_line = {ALARM}
alarm_active_low = true
"""

_SIMULATE = f"""\
set -e
modprobe gpio-sim
here=/sys/kernel/config/gpio-sim/kiosk
mkdir -p $here/bank0
echo 32 >$here/bank0/num_lines
echo {CHIP} >$here/bank0/label
echo 1 >$here/live
lines=/sys/devices/platform/$(cat $here/dev_name)/$(cat $here/bank0/chip_name)
echo pull-up >$lines/sim_gpio{ALARM}/pull
echo chip "$(cat $here/bank0/chip_name)" on "$(uname -r)"
was=0 edges=0
while [ $edges -lt 2 ]; do
    level=$(cat $lines/sim_gpio{RELEASE}/value)
    if [ "$level" != "$was" ]; then
        was=$level edges=$((edges + 1))
        echo edge "$level" "$(cut -d' ' -f1 /proc/uptime)"
    fi
    sleep 0.05
done
echo pull-down >$lines/sim_gpio{ALARM}/pull
sleep 2
echo pull-up >$lines/sim_gpio{ALARM}/pull
sleep 5
"""


def with_gate(settings: str) -> str:
    """These settings, with a gate on the simulated chip."""
    return settings.replace('[gate]\ndriver = "none"\n', _GATE)


def gpio_sim(bench: Bench) -> None:
    """A patron with a book is let through: the release line is pulsed once, for as long as the settings say.
    The alarm contact closes: the kiosk hears the edge. All of it through gpiod and the kernel."""
    with bench.far() as far, bench.flashed(settings=with_gate(kiosk_toml(far.ports))) as appliance:
        with appliance.on(probe.made(bench.arch, bench.folder, _SIMULATE)) as machine:
            visit = Visit(machine, far, bench.folder)
            visit.waits_for_first_frame()
            told = probe.said(machine, 900)
            name, value = next(told)
            assert name == "chip", value
            bench.figure("chip", value)
            visit.waits_until_ready()
            visit.borrows(BOOK)
            lent_once(far, BOOK)
            heard = list(told)
            bench.keeps(visit.picture("alarm"))
        edges = [value.split() for name, value in heard if name == "edge"]
        assert [level for level, _ in edges] == ["1", "0"], heard
        pulse = float(edges[1][1]) - float(edges[0][1])
        bench.figure("pulse, s", pulse)
        assert abs(pulse - PULSE_S) < 1.0, pulse
        ring = appliance.data() / "kiosk" / "data" / FOLDER
        alarms = sum("GateAlarmed" in line for path in paths_of(ring) for line in lines_of(path))
        bench.figure("alarms that the kiosk heard", alarms)
        assert alarms == 1


SCENARIOS = {"gpio-sim": gpio_sim}

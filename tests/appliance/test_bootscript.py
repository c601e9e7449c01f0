"""The boot script as the driver plays it: which slot is tried, how often, and with which command line."""

import pytest

from tests.appliance.bootscript import boot_arguments, choose, decode_env, encode_env

SCRIPT = """
setenv bootargs "root=PARTUUID=${rootuuid} ro rootwait rauc.slot=${slot} panic=10"
if test -e ${devtype} ${devnum}:1 extra.txt; then setenv bootargs "${bootargs} ${kargs}"; fi
"""


def test_an_environment_survives_being_written_and_a_wrong_bit_makes_it_empty():
    env = {"BOOT_ORDER": "B A", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "1"}
    raw = encode_env(env)
    assert len(raw) == 0x4000
    assert decode_env(raw) == env
    assert decode_env(raw[:9] + bytes([raw[9] ^ 1]) + raw[10:]) == {}
    with pytest.raises(ValueError, match="too many"):
        encode_env({"X": "x" * 0x4000})


def test_a_slot_that_never_confirms_is_tried_three_times_and_then_the_other():
    env = {"BOOT_ORDER": "B A", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "3"}
    tried = []
    for _ in range(5):
        slot, env = choose(env)
        tried.append(slot)
    assert tried == ["B", "B", "B", "A", "A"]
    assert (env["BOOT_A_LEFT"], env["BOOT_B_LEFT"]) == ("1", "0")


def test_when_none_is_left_all_get_new_tries_and_nothing_boots():
    slot, env = choose({"BOOT_ORDER": "A B", "BOOT_A_LEFT": "0", "BOOT_B_LEFT": "0"})
    assert (slot, env["BOOT_A_LEFT"], env["BOOT_B_LEFT"]) == (None, "3", "3")


def test_a_slot_that_is_not_in_the_order_is_not_booted():
    assert choose({"BOOT_ORDER": "A", "BOOT_A_LEFT": "0", "BOOT_B_LEFT": "3"})[0] is None


def test_an_empty_environment_boots_the_first_slot():
    assert choose({}) == ("A", {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "2", "BOOT_B_LEFT": "3"})


def test_the_command_line_is_that_of_the_script_with_what_the_fat_adds():
    line = "root=PARTUUID=4b494f53-03 ro rootwait rauc.slot=B panic=10"
    assert boot_arguments(SCRIPT, "B", "4b494f53-03") == line
    assert boot_arguments(SCRIPT, "B", "4b494f53-03", "# more\nkargs=quiet x=y\n") == f"{line} quiet x=y"
    with pytest.raises(ValueError, match="no bootargs"):
        boot_arguments("boot", "A", "x")
    with pytest.raises(ValueError, match="board"):
        boot_arguments('setenv bootargs "root=x ${board}"', "A", "x")

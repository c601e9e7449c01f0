"""A technician edits the card; the kiosk takes the file over, or says what is wrong with it."""

import stat
from pathlib import Path

import pytest

from kiosk.firstboot import LOST_FILE, REFUSED_FILE
from tests.firstboot.technician import GOOD, SECRETS, Appliance, hashed


@pytest.fixture
def kiosk(tmp_path: Path) -> Appliance:
    return Appliance(tmp_path)


def test_a_good_file_becomes_the_kiosk_s_own(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    assert kiosk.on() == ()
    settings = kiosk.settings
    assert settings.library.name[""] == "Lanternfield Library"
    assert settings.ils.sip2 is not None
    assert settings.ils.sip2.login_password == "horse battery"
    assert kiosk.pin == hashed("274951")
    assert settings.staff.pin == "", "it rests as a hash, and nowhere else"


def test_its_secrets_leave_the_card_and_its_comments_stay(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
    assert "# Ground floor; ask Maria." in kiosk.toml
    assert 'login_password = {file = "secrets/ils-login-password"}' in kiosk.toml
    assert "# from the ILS's admin" in kiosk.toml
    assert kiosk.toml.startswith("# The kiosk has taken this file over")
    assert sorted(each.name for each in kiosk.card.iterdir()) == ["kiosk-result.txt", "kiosk.toml"]


def test_what_is_the_kiosk_s_own_only_the_kiosk_reads(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in kiosk.state.rglob("*")}
    assert modes.pop("secrets") == 0o700
    assert set(modes.values()) == {0o600}


def test_the_answer_says_what_was_read_and_shows_no_secret(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    assert kiosk.answer.startswith("kiosk.toml was taken over.")
    assert "sip2, ils.example.org port 6001" in kiosk.answer
    assert "wireless, Staff, address dhcp, name kiosk-2" in kiosk.answer
    assert "Only simulated" not in kiosk.answer


def test_a_kiosk_that_lends_no_real_books_is_told_to_be_one(kiosk: Appliance) -> None:
    kiosk.edit('[library]\nname = "L"\n')
    kiosk.on()
    assert "lends no real books" in kiosk.answer


def test_a_file_without_secrets_stays_as_it_was_written(kiosk: Appliance) -> None:
    text = '[library]\r\nname = "L"  # as on the door\r\n'
    kiosk.edit(text)
    kiosk.on()
    assert kiosk.toml == text
    assert kiosk.system.mounted == ["rw", "ro"], "once, for the answer"


def test_at_the_next_starts_nothing_is_written(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    kept, kiosk.system.mounted = kiosk.files(), []
    kiosk.on()
    kiosk.on()
    assert kiosk.files() == kept
    assert kiosk.system.mounted == []


def test_what_staff_have_changed_since_stays(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    own = kiosk.state / "kiosk.toml"
    own.write_text(own.read_text().replace("ils.example.org", "ils2.example.org"))
    kiosk.on()
    assert kiosk.settings.ils.sip2 is not None
    assert kiosk.settings.ils.sip2.host == "ils2.example.org"


def test_who_edits_the_file_again_need_not_know_the_passwords(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    kiosk.edit(kiosk.toml.replace("192.168.20.30", "192.168.20.31"))
    assert kiosk.on() == ()
    settings = kiosk.settings
    assert settings.pad.feig is not None
    assert settings.ils.sip2 is not None
    assert settings.pad.feig.host == "192.168.20.31"
    assert settings.ils.sip2.login_password == "horse battery"
    assert kiosk.pin == hashed("274951")
    assert "192.168.20.30" in kiosk.state.joinpath("kiosk.toml.before").read_text()


def test_a_password_is_changed_by_writing_it_in_its_place(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    for new in ("second horse", "third horse"):
        kiosk.edit(
            "\n".join(
                f'login_password = "{new}"' if line.startswith("login_password") else line
                for line in kiosk.toml.split("\n")
            )
        )
        assert kiosk.on() == ()
        assert kiosk.settings.ils.sip2 is not None
        assert kiosk.settings.ils.sip2.login_password == new
        assert not kiosk.on_card(new)
        assert kiosk.toml.count("The kiosk has taken this file over") == 1
    kept = [each.read_text() for each in kiosk.state.joinpath("secrets").iterdir()]
    assert "horse battery" not in kept, "nothing names it any more"


def test_a_forgotten_pin_is_replaced_from_the_card(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    kiosk.edit(kiosk.toml.replace("[staff]", '[staff]\npin = "904427"'))
    kiosk.on()
    assert kiosk.pin == hashed("904427")
    assert not kiosk.on_card("904427")


# ---- a wrong file ----------------------------------------------------------------------------


def test_a_wrong_file_names_its_lines_and_changes_nothing(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    own = {name: data for name, data in kiosk.files().items() if name.startswith("state")}
    wrong = kiosk.toml.replace('"Staff"', '"Hall"').replace('"Europe/Berlin"', '"Europe/Berln"')
    kiosk.edit(wrong)
    (said,) = kiosk.on()
    line = wrong.split("\n").index('zone = "Europe/Berln"') + 1
    assert said.startswith(f"kiosk.toml:{line}: [clock] zone")
    assert kiosk.toml == wrong
    assert {name: data for name, data in kiosk.files().items() if name.startswith("state")} == own
    assert "NOT taken over. The kiosk works with its old settings." in kiosk.answer
    assert f"line {line}: [clock] zone: there is no time zone 'Europe/Berln'" in kiosk.answer
    assert kiosk.run.joinpath(REFUSED_FILE).read_text() == said
    assert "5374616666" in kiosk.run.joinpath("kiosk-setup/wpa_supplicant.conf").read_text(), "Staff"


def test_when_it_is_put_right_nothing_is_left_of_the_refusal(kiosk: Appliance) -> None:
    kiosk.edit(GOOD.replace("274951", "1234"))
    assert [each.split(": ")[1] for each in kiosk.on()] == ["[staff] pin"]
    assert "has no settings yet" in kiosk.answer
    kiosk.edit(GOOD)
    assert kiosk.on() == ()
    assert not kiosk.run.joinpath(REFUSED_FILE).exists()
    assert kiosk.answer.startswith("kiosk.toml was taken over.")


def test_who_takes_a_change_back_reads_that_it_is_well(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    good = kiosk.toml
    kiosk.edit(good + "nonsense\n")
    kiosk.on()
    kiosk.edit(good)
    assert kiosk.on() == ()
    assert kiosk.answer.startswith("kiosk.toml was taken over.")


def test_no_answer_shows_a_wrong_password(kiosk: Appliance) -> None:
    kiosk.edit(GOOD.replace('"correct staple"', "correct staple").replace("274951", "12345"))
    assert kiosk.on()
    assert "correct staple" not in kiosk.answer
    assert "12345" not in kiosk.answer


def test_a_real_pad_beside_a_simulated_ils_is_refused_here_already(kiosk: Appliance) -> None:
    kiosk.edit('[pad]\ndriver = "feig-tcp"\nhost = "192.168.20.30"\n')
    (said,) = kiosk.on()
    assert "a real [pad] needs a real [ils]" in said


def test_without_a_card_the_kiosk_starts_with_what_it_has(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.on()
    for each in kiosk.card.iterdir():
        each.unlink()
    kiosk.card.rmdir()
    assert kiosk.on() == ()
    assert kiosk.system.named == ["kiosk-2", "kiosk-2"]


def test_a_card_that_cannot_be_written_is_tried_again(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.system.write_protected = True
    assert kiosk.on() == ()
    assert kiosk.settings.library.name[""] == "Lanternfield Library"
    assert kiosk.on_card("horse battery")
    kiosk.system.write_protected = False
    kiosk.on()
    assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
    assert kiosk.answer.startswith("kiosk.toml was taken over.")


def test_where_nothing_could_be_kept_nothing_is_taken_from_the_card(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    kiosk.system.forgets = True
    (said,) = kiosk.on()
    assert "data partition" in said
    assert said in kiosk.answer
    assert kiosk.run.joinpath(LOST_FILE).read_text() == said
    assert kiosk.toml == GOOD
    assert not kiosk.state.joinpath("kiosk.toml").exists()
    # the data partition is there again
    kiosk.system.forgets = False
    assert kiosk.on() == ()
    assert not kiosk.run.joinpath(LOST_FILE).exists()
    assert kiosk.answer.startswith("kiosk.toml was taken over.")


# ---- what the machine is told ---------------------------------------------------------------


def test_the_machine_is_told_at_each_start(kiosk: Appliance) -> None:
    kiosk.edit(GOOD)
    for _ in range(2):
        kiosk.on()
        told = {str(each.relative_to(kiosk.run)) for each in kiosk.run.rglob("*") if not each.is_dir()}
        assert told == {
            "systemd/network/10-kiosk.network",
            "systemd/timesyncd.conf.d/kiosk.conf",
            "kiosk-setup/wpa_supplicant.conf",
        } | {"kiosk-setup/localtime"}
        wifi = kiosk.run / "kiosk-setup/wpa_supplicant.conf"
        assert stat.S_IMODE(wifi.stat().st_mode) == 0o600
        assert "correct staple" not in wifi.read_text()
        assert kiosk.run.joinpath("kiosk-setup/localtime").readlink() == Path(
            "/usr/share/zoneinfo/Europe/Berlin"
        )
    assert kiosk.system.named == ["kiosk-2", "kiosk-2"]


def test_a_machine_that_somebody_else_sets_up_is_told_nothing(kiosk: Appliance) -> None:
    kiosk.edit('[library]\nname = "L"\n')
    kiosk.on()
    assert [each for each in kiosk.run.rglob("*") if not each.is_dir()] == []
    assert kiosk.system.named == []

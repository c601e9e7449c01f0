"""The headless demo as other programs use it: its files, letter by letter, its options, its exit status."""

import contextlib
import gzip
import io
import json
import re
import shutil
import sqlite3
import traceback
import zlib

import pytest
from PIL import Image

from kiosk import cli
from kiosk.demo.main import main as demo
from kiosk.lab.canaries import p6
from kiosk.lab.evidence import Canary
from tests.journeys.by_hand import kiosk, read

THREE = ["39000001", "39000002", "39000003"]
STATES = {"seen", "asking", "lent", "safe", "refused", "attention", "no_tag", "returned", "renewed"}
LINE = re.compile(r"(\d+(?:\.\d+)?) ([<>]) ([0-9]{2}.*)")
AFI = re.compile(r"[0-9A-F]{2}")


# ---- one journey, played once ---------------------------------------------------------------


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The evidence of `loan`, in Arabic on the small panel, in a folder two levels of which are new."""
    folder = tmp_path_factory.mktemp("contract") / "not" / "there yet"
    played = kiosk(
        "demo", "--headless", "--journey", "loan", "--out", folder, "--lang", "ar", "--size", "800x480"
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stderr == ""
    assert "journey loan: ok" in played.stdout
    return folder


def log_of(out):
    lines = (out / "sip2.log").read_text("utf-8").split("\n")
    assert lines.pop() == ""
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    return [(float(line[1]), line[2], line[3]) for line in found]


def test_sip2_log_has_a_line_for_each_message_with_aa_and_ad_masked(out):
    log = log_of(out)
    assert [way for _, way, _ in log] == [">", "<"] * (len(log) // 2)
    codes = [frame[:2] for _, _, frame in log if frame[:2] not in {"17", "18"}]
    assert " ".join(codes) == "93 94 99 98 63 64 11 12 11 12 11 12 35 36 99 98"
    assert [ms for ms, _, _ in log] == sorted(ms for ms, _, _ in log)
    for _, _, frame in log:
        assert not frame.endswith("\r")
        assert re.search(r"AY\dAZ[0-9A-F]{4}$", frame)
        for name in ("AA", "AD"):
            assert set(re.findall(rf"(?:\||AO\w+\|){name}([^|]*)", frame)) <= {"***"}
    text = (out / "sip2.log").read_text("utf-8")
    assert "|AA***|AD***|" in text
    assert "1234|" not in text
    assert "|AE***|" in text
    assert "|BE***|" in text
    titles = {"title", "author"}
    personal = [each for each in read(out / "canaries.json") if each["kind"] not in titles | {"message"}]
    assert {each["kind"] for each in personal} == {"patron", "name", "pin", "e-mail", "address", "phone"}
    # four digits of a PIN stand in many a number
    long = [each["text"] for each in personal if each["kind"] != "pin"]
    assert [each for each in long if each in text] == []


def test_field_json_is_the_fields_side(out):
    tags = read(out / "field.json")
    assert [tag["barcode"] for tag in tags] == THREE
    for tag in tags:
        assert set(tag) == {"uid", "barcode", "afi_before", "afi_after", "writes"}
        assert re.fullmatch(r"E0[0-9A-F]{14}", tag["uid"])
        assert (tag["afi_before"], tag["afi_after"]) == ("07", "C2")
        assert [set(write) for write in tag["writes"]] == [{"ms", "afi"}]
        assert tag["writes"][0]["afi"] == "C2"


def test_ils_json_is_the_ilss_side(out):
    ils = read(out / "ils.json")
    assert [(loan["item"], loan["patron"], loan["renewal"]) for loan in ils["loans"]] == [
        (item, "21000001", False) for item in THREE
    ]
    assert all(isinstance(each["ms"], float) for each in ils["loans"] + ils["messages"])
    codes = [each["request"][:2] for each in ils["messages"] if each["request"][:2] != "17"]
    assert " ".join(codes) == "93 99 63 11 11 11 35 99"


def test_journal_json_has_the_rows(out):
    rows = read(out / "journal.json")
    assert [row["seq"] for row in rows] == list(range(1, 10))
    assert sorted(row["kind"] for row in rows) == ["answer"] * 3 + ["intent"] * 3 + ["settled"] * 3
    assert len({row["saga"] for row in rows}) == 3
    assert all(isinstance(row["ms"], float) for row in rows)


def test_result_json(out):
    result = read(out / "result.json")
    assert set(result) == {"journey", "ok", "items", "promises", "timings_ms"}
    assert (result["journey"], result["ok"]) == ("loan", True)
    assert [set(item) for item in result["items"]] == [{"barcode", "title", "due", "state"}] * 3
    assert [(item["barcode"], item["state"]) for item in result["items"]] == [
        (item, "safe") for item in THREE
    ]
    assert {item["state"] for item in result["items"]} <= STATES
    assert result["items"][1]["title"] == "كليلة ودمنة"
    assert result["items"][0]["due"] == "2026-12-12"
    assert result["promises"] == {f"p{n}": True for n in range(1, 10)}
    assert all(isinstance(ms, float) and 0 < ms < 120_000 for ms in result["timings_ms"].values())


def test_pictures_begin_with_attract_and_have_the_asked_size(out):
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert pictures.pop() == "receipt.png", "the paper that came out"
    assert all(re.fullmatch(r"\d\d-[a-z-]+\.png", name) for name in pictures)
    assert [int(name[:2]) for name in pictures] == list(range(1, len(pictures) + 1))
    screens = [name[3:-4] for name in pictures]
    assert screens[0] == screens[-1] == "attract"
    assert list(dict.fromkeys(screens)) == ["attract", "pin", "wait", "loan", "farewell"]
    # at the very least: seen or asking, lent and safe of three books, some of them at one time
    assert screens.count("loan") >= 4
    for name in pictures:
        with Image.open(out / name) as picture:
            assert picture.size == (800, 480)
            assert len(picture.convert("RGB").getcolors(1 << 20)) > 20


def test_ms_is_one_clock_in_all_files(out):
    """Intent on the disk, 11, loan, 12, answer on the disk, tag written, tag read, shown safe: each item."""
    log, rows = log_of(out), read(out / "journal.json")
    ils, air = read(out / "ils.json"), read(out / "air.json")
    for tag in read(out / "field.json"):
        item = tag["barcode"]

        def row(kind, item=item):
            return next(row["ms"] for row in rows if row["kind"] == kind and row["payload"]["item"] == item)

        def frame(code, item=item):
            return next(ms for ms, _, text in log if text.startswith(code) and f"|AB{item}|" in text)

        loan = next(loan["ms"] for loan in ils["loans"] if loan["item"] == item)
        write = tag["writes"][0]["ms"]
        proof = next(read["ms"] for read in air[tag["uid"]] if read["afi"] == "C2")
        shown = next(
            view["ms"]
            for view in read(out / "screen.json")
            for line in view["rows"]
            if line["barcode"] == item and line["state"] == "safe"
        )
        story = [row("intent"), frame("11"), loan, frame("12"), row("answer"), write, proof, shown]
        assert story == sorted(story)
        assert 0 < story[0] < story[-1] < 120_000


def test_the_data_folder_and_its_key(out):
    assert sorted(path.name for path in (out / "data").iterdir()) == ["journal.db", "recorder"]
    assert (out / "journal.key").stat().st_mode & 0o077 == 0
    assert not (out / "far").exists()


# ---- nothing personal in what the kiosk wrote -----------------------------------------------


def test_the_hunt_is_for_everything_that_is_personal(out):
    kinds = {canary["kind"] for canary in read(out / "canaries.json")}
    assert kinds >= {"patron", "name", "pin", "title", "author", "e-mail", "message"}
    for name in ("data/journal.db", "data/recorder/00000001.jsonl.gz", "kiosk.log", "capsule.jsonl.gz"):
        assert (out / name).stat().st_size > 0, name
    assert (out / "tmp").is_dir()


@pytest.fixture
def left(out, tmp_path):
    """A copy of what the kiosk has written, and the hunt through it."""
    for name in ("data", "tmp"):
        shutil.copytree(out / name, tmp_path / name)
    for name in ("kiosk.log", "capsule.jsonl.gz"):
        shutil.copy(out / name, tmp_path)
    canaries = [Canary(each["kind"], each["text"]) for each in read(out / "canaries.json")]
    assert list(p6(canaries, tmp_path / "data")) == []
    return tmp_path, lambda: list(p6(canaries, tmp_path / "data"))


SECRETS = {
    "patron": "21000001",
    "name": "ليلى حداد",
    "pin": "1234",
    "title": "Мастер и Маргарита",
    "author": "Kenneth Grahame",
    "e-mail": "anna.kern@lanternfield.example",
    "address": "12 Heron Lane, Lanternfield",
    "phone": "01632 960417",
    "message": "Patron owes 42.50",
}


def in_a_free_page(left, text):
    with contextlib.closing(sqlite3.connect(left / "data" / "journal.db")) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE planted (text)")
        db.execute("INSERT INTO planted VALUES (?)", (f"{text} ; " * 100,))
        db.commit()
        db.execute("DROP TABLE planted")
        db.commit()
        assert db.execute("PRAGMA freelist_count").fetchone()[0] > 0
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return "journal.db"


def in_a_row_that_is_only_in_the_wal(left, text):
    # as a kiosk that was killed leaves it
    file = left / "data" / "journal.db"
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE planted (text)")
        db.execute("INSERT INTO planted VALUES (?)", (f" {text} ",))
        db.commit()
        wal = file.with_name("journal.db-wal").read_bytes()
        content = file.read_bytes()
    file.write_bytes(content)
    file.with_name("journal.db-wal").write_bytes(wal)
    return "journal.db-wal"


def in_a_segment_of_the_recorder(left, text):
    # as the recorder leaves it: without its end
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    line = json.dumps(["Noted", "note", text]).encode()
    file = left / "data" / "recorder" / "00000002.jsonl.gz"
    file.write_bytes(packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH))
    return "recorder/00000002.jsonl.gz (unpacked)"


def in_the_capsule(left, text):
    file = left / "capsule.jsonl.gz"
    lines = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(lines + json.dumps({"said": text}, ensure_ascii=False).encode()))
    return "capsule.jsonl.gz (unpacked)"


def in_a_trace_in_the_log(left, text):
    try:
        raise ValueError(text)
    except ValueError:
        with (left / "kiosk.log").open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
    return "kiosk.log"


def in_a_temporary_file(left, text):
    (left / "tmp" / "kiosk-x").mkdir()
    (left / "tmp" / "kiosk-x" / "paper").write_text(f"<b>{text}</b>", "utf-16")
    return "kiosk-x/paper"


def in_a_journal_that_was_put_aside(left, text):
    (left / "data" / "journal.db.aside-20261122-070738").write_bytes(b"\0" * 100 + text.encode() + b"\0")
    return "journal.db.aside-20261122-070738"


def in_a_name(left, text):
    (left / "data" / f"{text}.draft").touch()
    return f"{text}.draft"


@pytest.mark.parametrize(
    "plants",
    [
        in_a_free_page,
        in_a_row_that_is_only_in_the_wal,
        in_a_segment_of_the_recorder,
        in_the_capsule,
        in_a_trace_in_the_log,
        in_a_temporary_file,
        in_a_journal_that_was_put_aside,
        in_a_name,
    ],
)
def test_what_is_planted_is_found_wherever_it_lies(left, plants):
    folder, hunt = left
    place = plants(folder, " ; ".join(SECRETS.values()))
    found = hunt()
    for kind, text in SECRETS.items():
        assert f"the {kind} {text!r} rests in {place}" in found


def test_the_same_folder_again_keeps_nothing_of_before_and_all_of_others(out):
    (out / "letter.txt").write_text("mine")
    (out / "holiday.png").write_bytes(b"mine")
    played = kiosk("demo", "--headless", "--journey", "refused", "--out", out)
    assert played.returncode == 0, played.stdout + played.stderr
    result = read(out / "result.json")
    assert (result["journey"], result["ok"]) == ("refused", True)
    assert {item["barcode"]: item["state"] for item in result["items"]} == {
        "39000001": "safe",
        "39000006": "refused",
        "39000003": "safe",
    }
    assert (out / "letter.txt").read_text() == "mine"
    assert (out / "holiday.png").read_bytes() == b"mine"
    for path in out.glob("[0-9]*.png"):
        with Image.open(path) as picture:
            assert picture.size == (1280, 800)
    assert [tag["afi_after"] for tag in read(out / "field.json") if tag["barcode"] == "39000006"] == ["07"]


def test_the_account_is_opened_looked_through_and_renewed(tmp_path):
    """With a book of the caller's choice; what is at home comes with the journey."""
    played = kiosk("demo", "--headless", "--journey", "account", "--out", tmp_path, "--items", "39000003")
    assert played.returncode == 0, played.stdout + played.stderr
    result = read(tmp_path / "result.json")
    at_home = dict.fromkeys(["39000005", "39000009", "39000010", "39000011"], "renewed")
    ends = {item["barcode"]: item["state"] for item in result["items"]}
    assert ends == {"39000003": "safe", **at_home}
    asked = [each["request"] for each in read(tmp_path / "ils.json")["messages"]]
    renewed = [re.search(r"\|AB(\d+)\|", each)[1] for each in asked if each.startswith("29")]
    assert sorted(renewed) == sorted(at_home), "each once"
    screens = read(tmp_path / "screen.json")
    passed = [screen["modal"] or screen["screen"] for screen in screens]
    wanted = iter(passed)
    for screen in (
        "loan",
        "account",
        "ask-renewal",
        "account",
        "ask-renew-all",
        "account",
        "loan",
        "farewell",
    ):
        assert screen in wanted, (screen, passed)
    told = {text["text"] for screen in screens if screen["screen"] == "account" for text in screen["texts"]}
    assert {"€4.40", "1 book is overdue."} <= told
    assert (tmp_path / "receipt.png").exists()
    assert len(list(tmp_path.glob("*-account*.png"))) >= 9


def test_a_journey_that_does_not_end_as_written_is_not_ok(tmp_path):
    """The only book is refused, and the loan journey promises one that is safe."""
    played = kiosk("demo", "--headless", "--out", tmp_path, "--items", "39000006")
    assert played.returncode == 1
    assert "journey loan: NOT OK" in played.stdout
    result = read(tmp_path / "result.json")
    assert result["ok"] is False
    assert [item["state"] for item in result["items"]] == ["refused"]
    assert result["promises"] == {f"p{n}": True for n in range(1, 10)}


# ---- calls that are wrong -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["--lang", "xx"], ["--lang xx", "en", "ar"]),
        (["--lang", ""], ["--lang"]),
        (["--size", "800"], ["--size 800", "1280x800"]),
        (["--size", "0x0"], ["--size 0x0", "between"]),
        (["--size", "99999x99999"], ["--size 99999x99999", "between"]),
        (["--size", "٨٠٠x٤٨٠"], ["--size"]),
        (["--pin", "1234"], ["'-'", "standard input"]),
        (["--pin", "-"], ["--pin -", "digits"]),
        (["--items", ""], ["--items"]),
        (["--items", "A,,B"], ["--items A,,B", "A,B,C"]),
        (["--items", "A,B,A"], ["--items", "A is there twice"]),
        (["--items", "1234567890123456789"], ["--items", "1234567890123456789"]),
        (["--items", "A", "--journey", "lifted"], ["lifted", "at least 2"]),
        (["--patron", " "], ["--patron"]),
        (["--config", "nowhere.toml"], ["nowhere.toml", "No such file"]),
        (["--out", __file__], ["--out", "is a file"]),
    ],
)
def test_a_wrong_option_says_what_is_wrong_and_exits_with_2(call, words, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert demo(["--headless", "--out", str(tmp_path / "out"), *call]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert all(word in said.err for word in words), said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (["demo", "--journey", "nowhere"], "reader-unplugged"),
        (["demo", "--seed", "x"], "--seed"),
        (["run"], "--config"),
        (["run", "--config", "x.toml", "--fast"], "--fast"),
        (["fly"], "demo"),
        ([], "COMMAND"),
    ],
)
def test_a_wrong_call_names_what_there_is(call, word, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(call)
    assert ended.value.code == 2
    assert word in capsys.readouterr().err


BROKEN = """
[ils]
driver = "sip2"
host = "127.0.0.1"
port = "6001"

[policy]
pin = "sometimes"
idle_s = true
"""


@pytest.mark.parametrize("call", [["demo", "--headless"], ["run"]])
def test_a_config_of_wrong_types_names_line_value_and_what_is_allowed(call, capsys, tmp_path):
    config = tmp_path / "kiosk.toml"
    config.write_text(BROKEN)
    assert cli.main([*call, "--config", str(config)]) == 2
    said = capsys.readouterr().err
    for line, value, allowed in (
        (5, '"6001"', "a whole number from 1 to 65535"),
        (8, '"sometimes"', '"always", "if-asked", "never"'),
        (9, "true", "a number, at least 10.0"),
    ):
        assert re.search(rf"kiosk\.toml:{line}: .*{re.escape(value)}.*{re.escape(allowed)}", said), said
    assert "Traceback" not in said


@pytest.mark.parametrize("broken", ["[ils", "\x00", "[nothing]\n", "ils = 3\n", "[ils]\ndriver = 'fax'\n"])
def test_a_config_that_is_broken_in_other_ways(broken, capsys, tmp_path):
    config = tmp_path / "kiosk.toml"
    config.write_text(broken)
    assert cli.main(["run", "--config", str(config)]) == 2
    assert re.match(r".*kiosk\.toml:\d+: ", capsys.readouterr().err)


def test_a_journey_that_needs_a_simulated_ils_says_so(capsys, tmp_path):
    config = tmp_path / "kiosk.toml"
    config.write_text("[ils]\ndriver = 'sip2'\n")
    assert demo(["--headless", "--journey", "ils-down", "--config", str(config)]) == 2
    assert "simulated ils" in capsys.readouterr().err


@pytest.mark.parametrize("around", [{}, {"CI": "true", "DISPLAY": ":0"}], ids=["no display", "CI"])
def test_without_a_display_the_demo_says_what_to_do(around, capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    assert demo([]) == 2
    said = capsys.readouterr().err
    assert "no display" in said
    assert "--headless" in said


def test_a_folder_of_somebody_elses_is_left_alone(capsys, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/letter.txt").write_text("mine")
    assert demo(["--headless", "--out", str(tmp_path)]) == 1
    assert "--out" in capsys.readouterr().err
    assert (tmp_path / "data/letter.txt").read_text() == "mine"

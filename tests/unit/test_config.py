"""The configuration: every fault is one sentence that names the key, and the order of the faults is kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from bot.config import Config, ConfigError, example, load, sections

GOOD = """\
homeserver: https://matrix.example.org
account: "@twinline:example.org"
host_name: Robin
inviters: ["@ana:example.org", "example.net"]
storage: storage
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text))
    return str(caught.value)


def with_key(key: str, value: str) -> str:
    """GOOD with one key replaced or added; `key` may be dotted once."""
    section, _, inner = key.rpartition(".")
    if section:
        return GOOD + f"{section}:\n  {inner}: {value}\n"
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key}:")]
    return "\n".join([*lines, f"{key}: {value}", ""])


@pytest.mark.parametrize(
    ("key", "promised"), [("seen_days", 30), ("map_days", 365), ("failed_days", 7), ("logs_days", 14)]
)
def test_nothing_is_kept_longer_than_people_are_promised(tmp_path: Path, key: str, promised: int) -> None:
    load(write(tmp_path, with_key(f"retention.{key}", str(promised))))
    sentence = fault(tmp_path, with_key(f"retention.{key}", str(promised + 1)))
    assert sentence == f"retention.{key}: must be at most {promised}."


def test_a_small_configuration_gets_good_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    assert config.translation.engines == config.translation.in_use == ("argos",)
    assert config.translation.memory_mb == 600
    assert config.retention.map_days == 365
    assert config.language == "en"
    assert config.storage == tmp_path / "storage"
    assert config.database.parent == config.models_dir.parent == config.storage
    assert config.password() is None


def test_the_tree_cannot_be_changed(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        config.language = "es"  # type: ignore[misc]  # the point of the test


def test_the_example_file_is_what_the_program_prints() -> None:
    assert (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8") == example()


def test_the_example_is_a_valid_configuration_and_shows_every_key(tmp_path: Path) -> None:
    text = example()
    load(write(tmp_path, text))
    uncommented = "\n".join(
        line.replace("# ", "", 1)
        if line.lstrip().startswith("# ")
        and ": " in line
        and "." not in line.split(":")[0]
        and " " not in line.strip().removeprefix("# ").split(":")[0]
        else line
        for line in text.splitlines()
    )
    shown = yaml.safe_load(uncommented)
    assert set(shown) == set(Config.model_fields)
    for name, model in sections(Config).items():
        assert set(shown[name]) == set(model.model_fields)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml cannot be read"):
        load(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("account: @bot:example.org\n", "line 1, column 10: .*put such a value in quotes"),
        ("log: {level: info\n", "is not valid YAML"),
        ("- a\n- b\n", "holds no settings"),
        ("", "holds no settings"),
        (GOOD + "host_name: Sam\n", "host_name stands twice"),
        (GOOD + "? [a, b]\n: 1\n", "is not valid YAML"),
        ("homeserver: \x07\n", "a character that YAML does not allow"),
    ],
)
def test_broken_yaml_is_one_sentence_with_the_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("host_name: Peña\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load(path)


WRONG = {
    "homeserver": "matrix.example.org",
    "account": "'@bot'",
    "host_name": "''",
    "inviters": "[]",
    "hosts": "'@ana:example.org'",
    "storage": "3",
    "password_file": "[]",
    "secret_file": "{}",
    "language": "Spanish",
    "translation": "argos",
    "translation.engines": "babelfish",
    "translation.memory_mb": "much",
    "translation.threads": "true",
    "translation.index": "index.json",
    "translation.apertium": "[]",
    "translation.libretranslate": "translate.example.org",
    "translation.libretranslate_key_file": "{}",
    "retention": "[]",
    "retention.seen_days": "0",
    "retention.map_days": "1.5",
    "retention.failed_days": "7d",
    "retention.logs_days": "100000",
    "rates": "[]",
    "rates.person": "-1",
    "rates.group": "many",
    "log": "quiet",
    "log.level": "chatty",
    "log.file": "7",
}


def test_every_key_is_tried_with_a_wrong_value() -> None:
    nested = sections(Config)
    inner = {f"{name}.{key}" for name, model in nested.items() for key in model.model_fields}
    assert set(WRONG) == set(Config.model_fields) | inner


@pytest.mark.parametrize(("key", "value"), WRONG.items())
def test_a_wrong_value_is_one_sentence_naming_the_key(tmp_path: Path, key: str, value: str) -> None:
    sentence = fault(tmp_path, with_key(key, value))
    assert sentence.startswith(f"{key}: must ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


MANY = "9" * 5000
LONG = "a" * 5000
TEXTS = ("homeserver", "account", "host_name", "language", "translation.index", "log.level")
LISTS = ("inviters", "hosts", "translation.engines", "translation.libretranslate")
NUMBERS = tuple(
    key for key in WRONG if key.startswith(("retention.", "rates.", "translation.m", "translation.t"))
)
PATHS = (
    "storage",
    "password_file",
    "secret_file",
    "translation.apertium",
    "translation.libretranslate_key_file",
    "log.file",
)
UNFIT = {
    "empty": "''",
    "blank": "'  '",
    "of another kind": "{a: b}",
    "a list in a list": "[[]]",
    "huge": LONG,
    "of two lines": '"a\\nb"',
    "with a character that is none": '"a\\0b"',
    "a day": "2026-11-20",
    "a day that is none": "2026-13-45",
    "a negative number": "-7",
    "too large a number": str(10**40),
    "a number of thousands of digits": MANY,
    "truth": "yes",
}


def test_every_setting_is_of_one_kind() -> None:
    inner = {key for key in WRONG if "." in key or key not in sections(Config)}
    assert {*TEXTS, *LISTS, *NUMBERS, *PATHS} == inner


@pytest.mark.parametrize("key", [*TEXTS, *LISTS, *NUMBERS, *PATHS])
@pytest.mark.parametrize("unfit", UNFIT.values(), ids=list(UNFIT))
def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path: Path, key: str, unfit: str) -> None:
    sentence = fault(tmp_path, with_key(key, unfit))
    assert sentence.startswith(f"{key}") or "is not valid YAML in line" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


@pytest.mark.parametrize("key", list(WRONG))
def test_a_setting_without_a_value_is_refused_unless_it_may_be_left_out(tmp_path: Path, key: str) -> None:
    if key in ("password_file", "secret_file", "log.file", "translation.libretranslate_key_file"):
        load(write(tmp_path, with_key(key, "")))
    else:
        assert fault(tmp_path, with_key(key, "")).startswith(f"{key}: must ")


def test_an_unknown_key_is_named_in_one_line_whatever_it_is(tmp_path: Path) -> None:
    sentence = fault(tmp_path, GOOD + '"colour\\nof it": red\n')
    assert sentence == "colour of it: is not a setting that Twinline knows."
    assert len(fault(tmp_path, GOOD + f"{'k' * 900}: red\n")) < 200


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    assert "too deep" in fault(tmp_path, "a: " + "[" * 900 + "]" * 900)


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(write(tmp_path, with_key("storage", "~/kept"))).storage == tmp_path / "kept"
    sentence = fault(tmp_path, with_key("storage", "~nobody-of-this-name/kept"))
    assert sentence.startswith("storage: must be the path of a file or folder")


@pytest.mark.parametrize("value", [f"'@{'a' * 250}:example.org'", "'@a b:example.org'"])
@pytest.mark.parametrize("key", ["account", "hosts", "inviters"])
def test_a_user_id_is_no_longer_than_a_homeserver_allows(tmp_path: Path, key: str, value: str) -> None:
    typed = value if key == "account" else f"[{value}]"
    assert fault(tmp_path, with_key(key, typed)).startswith(key)


def test_a_name_in_any_script_is_a_name(tmp_path: Path) -> None:
    for name in ("رابین می\u200cنویسد", "Ñuñoa 🌱", "a" * 80):
        assert load(write(tmp_path, with_key("host_name", f'"{name}"'))).host_name == name


@pytest.mark.parametrize("value", ["[]", "[argos, argos]", "[argos, none]"])
def test_engines_are_named_each_once_and_none_by_itself(tmp_path: Path, value: str) -> None:
    assert fault(tmp_path, with_key("translation.engines", value)).startswith(
        "translation.engines: must name"
    )


def test_an_unknown_engine_and_an_address_without_scheme_are_named_by_their_place(tmp_path: Path) -> None:
    sentence = fault(tmp_path, with_key("translation.engines", "[argos, babelfish]"))
    assert sentence.startswith("translation.engines.1: must be one of 'argos', ")
    sentence = fault(tmp_path, with_key("translation.libretranslate", "[translate.example.org]"))
    assert sentence.startswith("translation.libretranslate.0: must be an address, such as https://")


def test_none_is_no_engine_in_use(tmp_path: Path) -> None:
    assert load(write(tmp_path, with_key("translation.engines", "[none]"))).translation.in_use == ()


def test_engines_are_in_use_in_their_order_and_servers_must_be_named(tmp_path: Path) -> None:
    text = with_key("translation.engines", "[apertium, libretranslate, argos]")
    assert fault(tmp_path, text) == (
        "translation.libretranslate: must name a server, since translation.engines names libretranslate."
    )
    secret = tmp_path / "key.secret"
    secret.write_text("abc\n")
    secret.chmod(0o600)
    text += "  libretranslate: ['http://127.0.0.1:5000/']\n"
    text += "  libretranslate_key_file: key.secret\n  apertium: modes\n"
    config = load(write(tmp_path, text))
    assert config.translation.in_use == ("apertium", "libretranslate", "argos")
    assert config.translation.libretranslate == ("http://127.0.0.1:5000",)
    assert config.translation.apertium == tmp_path / "modes"
    assert config.libretranslate_key() == "abc"


@pytest.mark.parametrize(
    "value",
    [
        "ftp://example.org",
        "https://",
        "https://me:secret@example.org",
        "https://example.org:99999",
        "https://[::1",
    ],
)
def test_a_homeserver_must_be_a_plain_web_address(tmp_path: Path, value: str) -> None:
    assert fault(tmp_path, with_key("homeserver", f"'{value}'")).startswith("homeserver: must be the address")


@pytest.mark.parametrize("key", ["homeserver", "account", "host_name", "inviters", "storage"])
def test_a_required_key_is_missed(tmp_path: Path, key: str) -> None:
    text = "".join(line + "\n" for line in GOOD.splitlines() if not line.startswith(f"{key}:"))
    assert fault(tmp_path, text) == f"{key}: is missing."


def test_an_unknown_key_is_named_before_wrong_values_and_missing_files(tmp_path: Path) -> None:
    text = with_key("homeserver", "7") + "password_file: none.secret\nlog:\n  colour: red\n"
    assert fault(tmp_path, text) == "log.colour: is not a setting that Twinline knows."


def test_wrong_values_come_before_missing_files(tmp_path: Path) -> None:
    text = with_key("password_file", "none.secret") + "language: Spanish\n"
    assert fault(tmp_path, text).startswith("language: ")


def test_missing_files_come_before_readable_secrets(tmp_path: Path) -> None:
    secret = tmp_path / "open.secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    text = GOOD + "password_file: open.secret\nsecret_file: none.secret\n"
    assert fault(tmp_path, text) == f"secret_file: there is no file {tmp_path / 'none.secret'}."


@pytest.mark.parametrize("key", ["password_file", "secret_file"])
def test_a_secret_that_everybody_can_read_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    secret = tmp_path / "open.secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    sentence = fault(tmp_path, with_key(key, "open.secret"))
    assert sentence.startswith(f"{key}: everybody on this machine can read")
    assert "hunter2" not in sentence


def test_a_closed_secret_is_read_up_to_its_first_line(tmp_path: Path) -> None:
    secret = tmp_path / "closed.secret"
    secret.write_text("hunter2\nnotes\n")
    secret.chmod(0o600)
    assert load(write(tmp_path, with_key("password_file", "closed.secret"))).password() == "hunter2"


def test_the_secret_file_may_go_by_its_old_name(tmp_path: Path) -> None:
    secret = tmp_path / "closed.secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    assert load(write(tmp_path, with_key("pickle_key_file", "closed.secret"))).secret() == "hunter2"
    both = with_key("pickle_key_file", "closed.secret") + "secret_file: closed.secret\n"
    assert fault(tmp_path, both) == "pickle_key_file: is not a setting that Twinline knows."


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "closed.secret"
    secret.write_text("\n")
    secret.chmod(0o600)
    assert "first line" in fault(tmp_path, with_key("secret_file", "closed.secret"))


def test_a_log_file_needs_its_folder(tmp_path: Path) -> None:
    assert fault(tmp_path, with_key("log.file", "logs/bot.log")).startswith("log.file: there is no folder")


def test_the_storage_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("")
    assert fault(tmp_path, GOOD).startswith("storage: ")


def test_the_storage_folder_is_closed_to_others(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    config.prepare()
    assert stat.S_IMODE(config.storage.stat().st_mode) == 0o700
    config.storage.chmod(0o755)
    config.prepare()
    assert stat.S_IMODE(config.storage.stat().st_mode) == 0o700


def test_a_storage_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = load(write(tmp_path, with_key("storage", "data"))).model_copy(
        update={"storage": tmp_path / "file" / "data"}
    )
    with pytest.raises(ConfigError, match=r"storage: .* cannot be used"):
        config.prepare()

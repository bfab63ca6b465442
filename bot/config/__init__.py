"""YAML → one frozen tree. The only importer of yaml.

Faults are looked at in this order, and the first one ends it: the file is missing or unreadable, its YAML
is broken, a key is unknown, a value is missing or of the wrong kind, a file it names is missing, a secret
is readable by everybody. Each is one sentence that names the key in dotted form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from bot.config.kinds import (
    Account,
    HomeserverUrl,
    HttpUrl,
    Inviter,
    LanguageCode,
    LoosePath,
    OneLine,
    UserId,
)
from bot.config.reading import ConfigError, NoRoom, checked_secret, kind, one_line, parse, secret, try_writing

__all__ = ["Config", "ConfigError", "Engine", "NoRoom", "example", "load", "sections"]

_RENAMED = {"pickle_key_file": "secret_file"}  # old name → new name; the old one goes on working


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


Engine: TypeAlias = Literal["argos", "apertium", "libretranslate", "none"]


class TranslationConfig(_Section):
    engines: tuple[Engine, ...] = Field(
        default=("argos",),
        strict=False,
        description="What translates, the first choice first: argos (models) and apertium (programs) on this "
        "machine, libretranslate (servers named below); with none everything crosses untranslated.",
    )
    memory_mb: int = Field(
        default=600,
        ge=100,
        le=65536,
        description="The translation worker is started anew above this much memory (MB).",
    )
    threads: int = Field(default=2, ge=1, le=64, description="Processor threads that translation may use.")
    index: HttpUrl = Field(
        default="https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json",
        description="The list of models that `twinline models install` downloads from; nothing else asks it.",
    )
    apertium: LoosePath = Field(
        default=Path("/usr/share/apertium/modes"), description="Folder with the mode files of Apertium."
    )
    libretranslate: tuple[HttpUrl, ...] = Field(
        default=(),
        strict=False,
        description="Servers of LibreTranslate; the words to be translated go to them, and nowhere else.",
        examples=[["https://translate.example.org"]],
    )
    libretranslate_key_file: LoosePath | None = Field(
        default=None,
        description="File with the key that these servers want, if they do.",
        examples=["libretranslate.secret"],
    )

    @field_validator("engines")
    @classmethod
    def _each_once(cls, engines: tuple[Engine, ...]) -> tuple[Engine, ...]:
        if not engines:
            raise ValueError("must name at least one; none, if nothing shall translate")
        if len(set(engines)) < len(engines) or (len(engines) > 1 and "none" in engines):
            raise ValueError("must name each once, and none only by itself")
        return engines

    @property
    def in_use(self) -> tuple[str, ...]:
        """The engines that translate, the first choice first."""
        return tuple(engine for engine in self.engines if engine != "none")


class RetentionConfig(_Section):
    """The longest times are those that the bot tells people in `!privacy`: a host may only shorten them."""

    seen_days: int = Field(default=30, ge=7, le=30, description="Ids of events already handled (days).")
    map_days: int = Field(
        default=365,
        ge=30,
        le=365,
        description="Which copy belongs to which original: ids only, no words (days).",
    )
    failed_days: int = Field(default=7, ge=1, le=7, description="Words that could not be delivered (days).")
    logs_days: int = Field(default=14, ge=1, le=14, description="Log files, where log.file is set (days).")


class RatesConfig(_Section):
    """So that nobody can flood their twins."""

    person: int = Field(
        default=60, ge=0, le=1_000_000, description="Messages of one person in ten minutes; 0: no limit."
    )
    group: int = Field(
        default=300, ge=0, le=1_000_000, description="Messages of one group in ten minutes; 0: no limit."
    )


class LogConfig(_Section):
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How talkative the log is. No level writes down what people say."
    )
    file: LoosePath | None = Field(
        default=None, description="Also write the log to this file, one per day.", examples=["twinline.log"]
    )


class Config(_Section):
    """The whole configuration. Paths are absolute."""

    homeserver: HomeserverUrl = Field(
        description="Address of the homeserver at which the bot has its account.",
        examples=["https://matrix.example.org"],
    )
    account: Account = Field(
        description="The bot's account: its user id, or the part before the colon.",
        examples=["@twinline:example.org"],
    )
    host_name: OneLine = Field(
        description="Your name, for the people in the rooms: whoever hosts the bot can read what it reads.",
        examples=["Robin of the Milwaukee tenants' union"],
    )
    inviters: tuple[Inviter, ...] = Field(
        strict=False,
        min_length=1,
        description="Whose invitations into rooms the bot accepts: user ids, or whole servers by name.",
        examples=[["@ana:example.org", "example.net"]],
    )
    hosts: tuple[UserId, ...] = Field(
        default=(),
        strict=False,
        description="Accounts of the people who host the bot; it joins a direct chat with them.",
        examples=[["@robin:example.org"]],
    )
    storage: LoosePath = Field(
        description="Folder for all that the bot keeps; made with access for its own user alone.",
        examples=["storage"],
    )
    password_file: LoosePath | None = Field(
        default=None,
        description="File with the account's password, needed once. Without it, the first start asks.",
        examples=["password.secret"],
    )
    secret_file: LoosePath | None = Field(
        default=None,
        description="File with the secret that encrypts the bot's keys. Without it, one is made in storage.",
        examples=["twinline.secret"],
    )
    language: LanguageCode = Field(
        default="en", description="Language of the bot in rooms that are no group's yet."
    )
    translation: TranslationConfig = Field(
        default_factory=TranslationConfig, description="Machine translation."
    )
    retention: RetentionConfig = Field(
        default_factory=RetentionConfig,
        description="How long things are kept. People are promised these times; they can only be shortened.",
    )
    rates: RatesConfig = Field(
        default_factory=RatesConfig, description="How much is carried for somebody to other rooms."
    )
    log: LogConfig = Field(default_factory=LogConfig, description="The log, which goes to standard error.")

    @property
    def database(self) -> Path:
        return self.storage / "twinline.db"

    @property
    def models_dir(self) -> Path:
        """Installed translation packages."""
        return self.storage / "models"

    @property
    def files(self) -> Path:
        """Pictures and recordings on their way, encrypted."""
        return self.storage / "files"

    @property
    def health_file(self) -> Path:
        """What `twinline health` reads."""
        return self.storage / "health.json"

    def password(self) -> str | None:
        """The first line of the password file, or None where none is configured."""
        return secret("password_file", self.password_file)

    def secret(self) -> str | None:
        """The first line of the secret file, or None where none is configured."""
        return secret("secret_file", self.secret_file)

    def libretranslate_key(self) -> str | None:
        """The first line of the file with the servers' key, or None where none is configured."""
        return secret("translation.libretranslate_key_file", self.translation.libretranslate_key_file)

    def rehearse(self) -> None:
        """Whether the program can write where it will have to; leaves nothing behind.

        Raises ConfigError, NoRoom.
        """
        try_writing("storage", self.storage)
        if self.log.file is not None:
            try_writing("log.file", self.log.file)

    def prepare(self) -> None:
        """Make the storage folder, and close it to everybody else. Raises ConfigError, NoRoom."""
        try:
            self.storage.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.storage.stat().st_mode & 0o077:
                self.storage.chmod(0o700)
        except OSError as error:
            raise ConfigError(f"storage: {self.storage} cannot be used ({error.strerror}).") from None
        self.rehearse()


def load(path: Path) -> Config:
    """Read and check a configuration; relative paths start at its folder. Raises ConfigError."""
    data = parse(path)
    for old, new in _RENAMED.items():
        if old in data and new not in data:
            data[new] = data.pop(old)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors(include_url=False))) from None
    config = _absolute(config, path.absolute().parent)
    _check_files(config)
    return config


def sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The keys of a section that are sections themselves."""
    annotations = ((name, info.annotation) for name, info in model.model_fields.items())
    return {
        name: kind for name, kind in annotations if isinstance(kind, type) and issubclass(kind, BaseModel)
    }


def example() -> str:
    """The text of `config.example.yaml`, written from the descriptions above."""
    lines = [
        "# Twinline's configuration. A key behind a # is one that may be left out; its value is an example.",
        "# Relative paths are taken from the folder of this file.",
    ]
    nested = sections(Config)
    for name, info in Config.model_fields.items():
        lines += ["", f"# {info.description}"]
        if name in nested:
            lines += [f"{name}:"]
            for key, inner in nested[name].model_fields.items():
                lines += [
                    f"  # {inner.description}",
                    "  " + _example_line(key, inner.default, inner.examples),
                ]
        elif info.is_required():
            lines += [_yaml({name: (info.examples or [None])[0]})]
        else:
            lines += [_example_line(name, info.default, info.examples)]
    return "\n".join(lines) + "\n"


def _example_line(key: str, default: object, examples: list[Any] | None) -> str:
    optional = default is None or default == ()
    if isinstance(default, Path):
        default = str(default)
    if not optional:
        return _yaml({key: list(default) if isinstance(default, tuple) else default})
    return "# " + _yaml({key: (examples or [None])[0]})


def _yaml(pair: dict[str, object]) -> str:
    lists = any(isinstance(value, list) for value in pair.values())
    dumped: str = yaml.safe_dump(
        pair, default_flow_style=None if lists else False, allow_unicode=True, width=1000
    )
    return dumped.strip()


def _sentence(errors: list[ErrorDetails]) -> str:
    unknown = [e for e in errors if e["type"] == "extra_forbidden"]
    error = (unknown or errors)[0]
    key = one_line(".".join(str(part) for part in error["loc"]))
    context = error.get("ctx", {})
    wordings = {
        "extra_forbidden": "is not a setting that Twinline knows",
        "missing": "is missing",
        "string_type": "must be text; put it in quotes if it looks like something else",
        "int_type": "must be a whole number",
        "int_parsing_size": "must be a smaller number",
        "tuple_type": "must be a list",
        "path_type": "must be the path of a file or folder",
        "too_long": f"must name at most {context.get('max_length')}",
        "model_type": "must hold settings of its own, indented below it",
        "too_short": "must name at least one",
        "greater_than_equal": f"must be at least {context.get('ge')}",
        "less_than_equal": f"must be at most {context.get('le')}",
        "literal_error": f"must be one of {str(context.get('expected')).replace(' or ', ', ')}",
    }
    wording = (
        str(context["error"]) if error["type"] == "value_error" else wordings.get(error["type"], error["msg"])
    )
    return f"{key}: {wording}."


def _absolute(config: Config, base: Path) -> Config:
    def at(path: Path | None) -> Path | None:
        return None if path is None else base / path

    return config.model_copy(
        update={
            "storage": at(config.storage),
            "password_file": at(config.password_file),
            "secret_file": at(config.secret_file),
            "translation": config.translation.model_copy(
                update={
                    "apertium": at(config.translation.apertium),
                    "libretranslate_key_file": at(config.translation.libretranslate_key_file),
                }
            ),
            "log": config.log.model_copy(update={"file": at(config.log.file)}),
        }
    )


def _check_files(config: Config) -> None:
    translation = config.translation
    if "libretranslate" in translation.engines and not translation.libretranslate:
        raise ConfigError(
            "translation.libretranslate: must name a server, since translation.engines names libretranslate."
        )
    secrets = {
        "password_file": config.password_file,
        "secret_file": config.secret_file,
        "translation.libretranslate_key_file": translation.libretranslate_key_file,
    }
    named = {key: path for key, path in secrets.items() if path is not None}
    file = config.log.file
    for key, path in named.items():
        if kind(key, path) != "file":
            raise ConfigError(f"{key}: there is no file {path}.")
    if file is not None and kind("log.file", file.parent) != "folder":
        raise ConfigError(f"log.file: there is no folder {file.parent}.")
    if file is not None and kind("log.file", file) == "folder":
        raise ConfigError(f"log.file: {file} is a folder.")
    if kind("storage", config.storage) in ("file", "other") or config.storage.parent == config.storage:
        raise ConfigError(f"storage: {config.storage} is not a folder that could be the bot's own.")
    for key, path in named.items():
        checked_secret(key, path)

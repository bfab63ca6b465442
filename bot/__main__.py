"""`twinline`: argv and exit codes. What a sub-command does is in `bot.cli`, loaded only when asked for.

Exit codes: 0 done, 1 what the command's own file says, 2 the configuration or the command line is wrong, or
(of `run`) to start again would not help.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.config import ConfigError, NoRoom


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sub-command; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        return _run(args)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, NoRoom) else 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line, declared."""
    top = argparse.ArgumentParser(prog="twinline", description="A Matrix bot for twinned groups.")
    top.add_argument("--version", action="version", version=importlib.metadata.version("twinline"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    with_config = argparse.ArgumentParser(add_help=False)
    with_config.add_argument(
        "--config", type=Path, default=Path("config.yaml"), metavar="FILE", help="default: config.yaml"
    )
    commands.add_parser("run", parents=[with_config], help="run the bot")
    commands.add_parser("check", parents=[with_config], help="check the configuration without connecting")
    commands.add_parser("health", parents=[with_config], help="say whether the running bot is well")
    commands.add_parser("example-config", help="print a configuration to start from")

    models = commands.add_parser("models", help="the translation packages")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", parents=[with_config], help="list what is installed")
    listed.add_argument("--index", action="store_true", help="also ask the index what there is")
    install = actions.add_parser("install", parents=[with_config], help="download and install packages")
    remove = actions.add_parser("remove", parents=[with_config], help="remove installed packages")
    for action in (install, remove):
        action.add_argument("codes", nargs="+", metavar="CODE", help="a language (es) or a direction (es-ca)")
    imported = actions.add_parser("import", parents=[with_config], help="install a package from its file")
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--sha256", metavar="HASH", help="refuse the file unless its digest is this one")

    translate = commands.add_parser(
        "translate", parents=[with_config], help="translate standard input, and show how"
    )
    translate.add_argument(
        "--from", dest="source", required=True, metavar="CODE", help="language, such as es"
    )
    translate.add_argument("--to", dest="target", required=True, metavar="CODE", help="language, such as en")

    glossary = commands.add_parser("glossary", help="the agreed words and corrections of a twinning, as CSV")
    ways = glossary.add_subparsers(dest="action", required=True, metavar="ACTION")
    exported = ways.add_parser("export", parents=[with_config], help="write them to a file")
    imported = ways.add_parser("import", parents=[with_config], help="add those of a file")
    for way in (exported, imported):
        way.add_argument("--twinning", type=int, metavar="N", help="which one, where there are several")
        way.add_argument("file", type=Path, metavar="FILE", help="- for standard output or input")

    identity = commands.add_parser("identity", help="the bot's cryptographic identity")
    deeds = identity.add_subparsers(dest="action", required=True, metavar="ACTION")
    deeds.add_parser("show", parents=[with_config], help="show fingerprints, and whether all is well")
    backup = deeds.add_parser("backup", parents=[with_config], help="make a recovery key, shown once")
    backup.add_argument("--replace", action="store_true", help="also if there is one already")
    recover = deeds.add_parser(
        "recover", parents=[with_config], help="adopt the identity by its recovery key"
    )
    recover.add_argument("--key-file", type=Path, metavar="FILE", help="read the key from a file")
    deeds.add_parser("new-device", parents=[with_config], help="log in anew, signed by the same identity")

    demo = commands.add_parser("demo", help="play a whole day on a private homeserver on this machine")
    demo.add_argument("--keep", action="store_true", help="leave everything running, to join in")
    demo.add_argument("--chapter", action="append", metavar="NAME", help="only this chapter; may be repeated")
    return top


def _models(args: argparse.Namespace) -> int:
    from bot.cli import check, models

    config = check.checked(args.config)
    commands = models.Models(config.models_dir, config.translation.index)
    if args.action == "list":
        return commands.show(online=args.index)
    config.prepare()
    if args.action == "import":
        return commands.import_(args.file, args.sha256)
    return commands.install(args.codes) if args.action == "install" else commands.remove(args.codes)


def _glossary(args: argparse.Namespace) -> int:
    from bot.cli import check, glossary

    commands = glossary.Glossary(check.checked(args.config).database, args.twinning)
    return commands.export(args.file) if args.action == "export" else commands.import_(args.file)


def _run(args: argparse.Namespace) -> int:
    match args.command:
        case "example-config":
            from bot.cli import example_config

            return example_config.run()
        case "demo":
            from bot.cli import demo

            return demo.run(keep=args.keep, chapters=args.chapter)
        case "check":
            from bot.cli import check

            return check.run(args.config)
        case "health":
            from bot.cli import health

            return health.run(args.config)
        case "models" | "glossary":
            return _models(args) if args.command == "models" else _glossary(args)
        case "translate":
            from bot.cli import check, translate

            config = check.checked(args.config)
            config.prepare()
            return translate.run(config, args.source, args.target)
        case "identity":
            from bot.cli import check, identity

            replace, key_file = getattr(args, "replace", False), getattr(args, "key_file", None)
            return identity.run(check.checked(args.config), args.action, replace=replace, key_file=key_file)
        case _:
            from bot.cli import check, run

            return run.run(check.checked(args.config))


if __name__ == "__main__":
    sys.exit(main())

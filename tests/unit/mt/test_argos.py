from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.rendering import Flag
from bot.mt import packages
from bot.mt.argos import LONGEST_INPUT, Local
from bot.mt.probe import probe
from bot.mt.ways import NoWay, drive
from tests.phrasebook import copymodel, fixtures
from tests.unit.mt.engines import Engine


def test_a_copying_model_translates_its_phrases_and_copies_the_rest(copying_dir: Path) -> None:
    engine = Engine(copying_dir)
    assert engine.said("We won the hearing.") == "Ganamos la audiencia."
    assert engine.said("Zażółć 我们 हम!") == "Zażółć 我们 हम!"


def test_bits_survive_a_real_engine(copying_dir: Path) -> None:
    engine = Engine(copying_dir)
    text = "We won  😀 at https://x.org/a_b on 2027-05-01,\r\n- 18:00 with @ana:x.org\n\n \ud800We\u200d"
    assert engine.said(text) == text.replace("We won", "Ganamos")


def test_there_is_no_way_where_no_package_leads(copying_dir: Path) -> None:
    engine = Engine(copying_dir)
    with pytest.raises(NoWay):
        engine.said("a", "fr", "en")
    with pytest.raises(NoWay):
        engine.said("a", "en", "xx")


def test_two_hops_lead_through_english(copying_dir: Path) -> None:
    translation = Engine(copying_dir).translate("Hola.", "es", "fr")
    assert (translation.text, translation.via) == ("Hola.", "en")


def test_models_are_loaded_when_needed_and_the_least_used_dropped_first(copying_dir: Path) -> None:
    size = sum(file.stat().st_size for file in (copying_dir / "translate-en_es-0_1").rglob("*"))
    engine = Engine(copying_dir)
    engine.models._cap = int(2.5 * size)
    assert engine.models.loaded == []
    for source, target in (("en", "es"), ("es", "en"), ("en", "es")):
        engine.said("Hello", source, target)
    assert engine.models.loaded == ["translate-es_en-0_1", "translate-en_es-0_1"]
    engine.said("Hello", "en", "fr")
    assert engine.models.loaded == ["translate-en_es-0_1", "translate-en_fr-0_1"]


def test_a_model_that_had_to_make_room_is_loaded_again_when_it_is_asked(copying_dir: Path) -> None:
    engine = Engine(copying_dir)
    decoder = engine.models.way("en", "es", ("en", "es")).decoder
    assert isinstance(decoder, Local)
    engine.models._loaded.clear()
    assert engine.models.of(decoder).decode(["We won"])[0][0] == "Ganamos"
    with pytest.raises(NoWay):
        engine.models.of(replace(decoder, file_hash="another"))


def test_a_package_whose_files_changed_is_refused_until_it_is_imported_again(tmp_path: Path) -> None:
    models = fixtures.copying(tmp_path / "models", ("en", "es"))
    model = models / "translate-en_es-0_1" / "model" / "model.bin"
    model.write_bytes(model.read_bytes()[:-50])
    engine = Engine(models)
    for _ in range(2):
        with pytest.raises(NoWay):
            engine.said("Hello")
    packages.import_file(models, tmp_path / "models-files" / "translate-en_es-0_1.argosmodel")
    assert engine.said("Hello") == "Hello"


@pytest.mark.parametrize("part", ["model/model.bin", "sentencepiece.model"])
def test_a_package_that_was_broken_from_the_start_is_refused(part: str, tmp_path: Path) -> None:
    good = copymodel.build(tmp_path)
    bad = fixtures.rewritten(good, tmp_path / "bad.argosmodel", {f"translate-en_es-0_1/{part}": b"no"})
    packages.import_file(tmp_path / "models", bad)
    with pytest.raises(NoWay):
        Engine(tmp_path / "models").said("Hello")


def test_where_a_direct_package_is_broken_the_way_through_english_is_taken(tmp_path: Path) -> None:
    models = fixtures.copying(tmp_path / "models", ("es", "en"), ("en", "fr"), ("es", "fr"))
    (models / "translate-es_fr-0_1" / "model" / "model.bin").write_bytes(b"")
    assert Engine(models).translate("Hola.", "es", "fr").via == "en"


def test_a_model_imported_while_running_is_found(tmp_path: Path) -> None:
    models = tmp_path / "models"
    engine = Engine(models)
    with pytest.raises(NoWay):
        engine.said("Hello")
    fixtures.copying(models, ("en", "es"))
    assert engine.said("Hello") == "Hello"
    shutil.rmtree(models / "translate-en_es-0_1")
    with pytest.raises(NoWay):
        engine.said("Hello")


def test_a_sentence_of_too_many_pieces_stands(copying_dir: Path) -> None:
    models = Engine(copying_dir).models
    long = "我" * (LONGEST_INPUT // 3 - 20)
    way = models.way("en", "es", ("en", "es"))
    assert isinstance(way.decoder, Local)
    too_long, plain, surrogate, fits = models.of(way.decoder).decode(
        ["我" * LONGEST_INPUT, "Hello", "a\ud800", long]
    )
    assert (too_long, plain[0], surrogate, fits[0]) == ([], "Hello", [], long)


def test_the_form_of_placeholders_is_the_packages_own_or_found_by_a_probe(
    copying_dir: Path, phrasebook_dir: Path
) -> None:
    own = Engine(phrasebook_dir).models.way("en", "es", ("en", "es"))
    assert own.form is not None
    assert own.form.pattern == "⟦{}⟧"
    engine = Engine(copying_dir)
    way = engine.models.way("en", "es", ("en", "es"))
    assert way.form is None
    assert drive(probe(way.decoder), engine.answer).pattern == "⟦{}⟧"


def test_a_package_may_name_its_form_of_placeholders(tmp_path: Path) -> None:
    file = copymodel.build(tmp_path, twinline={"placeholder": "#{}#"})
    packages.import_file(tmp_path / "models", file)
    engine = Engine(tmp_path / "models")
    form = engine.models.way("en", "es", ("en", "es")).form
    assert form is not None
    assert form.pattern == "#{}#"
    assert engine.said("tell @ana now") == "tell @ana now"


def test_a_phrasebook_without_its_reverse_package_leaves_everything_as_it_is(tmp_path: Path) -> None:
    packages.import_file(tmp_path / "models", fixtures.PHRASEBOOK[0])
    translation = Engine(tmp_path / "models").translate("We won the hearing.")
    assert translation.text == "We won the hearing."
    assert translation.segments[0].flags == (Flag.UNKNOWN,)


def test_the_metadata_of_a_prefix_reaches_the_decoder(tmp_path: Path) -> None:
    file = copymodel.build(tmp_path, phrases={">>es<<": ">>es<<"})
    name = "translate-en_es-0_1"
    metadata = {"from_code": "en", "to_code": "es", "target_prefix": ">>es<<"}
    prefixed = fixtures.rewritten(
        file, tmp_path / "p.argosmodel", {f"{name}/metadata.json": json.dumps(metadata).encode()}
    )
    packages.import_file(tmp_path / "models", prefixed)
    models = Engine(tmp_path / "models").models
    decoder = models.way("en", "es", ("en", "es")).decoder
    assert isinstance(decoder, Local)
    assert ">>es<<" not in models.of(decoder).decode(["Hello"])[0][0]

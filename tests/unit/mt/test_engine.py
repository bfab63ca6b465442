from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.domain.rendering import Flag
from bot.mt import packages
from bot.mt.engine import LONGEST_INPUT, Engine, NoWay, probe
from bot.mt.message import translate
from tests.phrasebook import copymodel, fixtures


def said(engine: Engine, text: str, source: str = "en", target: str = "es") -> str:
    return translate([text], engine.ways(source, target))[0].text


def test_a_copying_model_translates_its_phrases_and_copies_the_rest(copying_dir: Path) -> None:
    engine = Engine(copying_dir, 500, 1)
    assert said(engine, "We won the hearing.") == "Ganamos la audiencia."
    assert said(engine, "Zażółć 我们 हम!") == "Zażółć 我们 हम!"


def test_bits_survive_a_real_engine(copying_dir: Path) -> None:
    engine = Engine(copying_dir, 500, 1)
    text = "We won  😀 at https://x.org/a_b on 2027-05-01,\r\n- 18:00 with @ana:x.org\n\n \ud800We\u200d"
    assert said(engine, text) == text.replace("We won", "Ganamos")


def test_there_is_no_way_where_no_package_leads(copying_dir: Path) -> None:
    engine = Engine(copying_dir, 500, 1)
    with pytest.raises(NoWay):
        engine.ways("fr", "en")
    with pytest.raises(NoWay):
        engine.ways("en", "xx")


def test_two_hops_lead_through_english(copying_dir: Path) -> None:
    engine = Engine(copying_dir, 500, 1)
    ways = engine.ways("es", "fr")
    assert [way.language for way in ways] == ["es", "en"]
    assert translate(["Hola."], ways, via="en")[0].text == "Hola."


def test_models_are_loaded_when_needed_and_the_least_used_dropped_first(copying_dir: Path) -> None:
    size = sum(file.stat().st_size for file in (copying_dir / "translate-en_es-0_1").rglob("*"))
    engine = Engine(copying_dir, 2 * size // 1_000_000 + 1, 1)
    engine._cap = int(2.5 * size)
    assert engine.loaded == []
    engine.ways("en", "es")
    engine.ways("es", "en")
    engine.ways("en", "es")
    assert engine.loaded == ["translate-es_en-0_1", "translate-en_es-0_1"]
    engine.ways("en", "fr")
    assert engine.loaded == ["translate-en_es-0_1", "translate-en_fr-0_1"]


def test_a_package_whose_files_changed_is_refused_until_it_is_imported_again(tmp_path: Path) -> None:
    models = fixtures.copying(tmp_path / "models", ("en", "es"))
    model = models / "translate-en_es-0_1" / "model" / "model.bin"
    model.write_bytes(model.read_bytes()[:-50])
    engine = Engine(models, 500, 1)
    for _ in range(2):
        with pytest.raises(NoWay):
            engine.ways("en", "es")
    packages.import_file(models, tmp_path / "models-files" / "translate-en_es-0_1.argosmodel")
    assert said(engine, "Hello") == "Hello"


def test_a_package_that_was_broken_from_the_start_is_refused(tmp_path: Path) -> None:
    good = copymodel.build(tmp_path)
    bad = fixtures.rewritten(
        good, tmp_path / "bad.argosmodel", {"translate-en_es-0_1/model/model.bin": b"not a model"}
    )
    packages.import_file(tmp_path / "models", bad)
    with pytest.raises(NoWay):
        Engine(tmp_path / "models", 500, 1).ways("en", "es")


def test_a_broken_tokenizer_is_refused(tmp_path: Path) -> None:
    good = copymodel.build(tmp_path)
    bad = fixtures.rewritten(
        good, tmp_path / "bad.argosmodel", {"translate-en_es-0_1/sentencepiece.model": b"no"}
    )
    packages.import_file(tmp_path / "models", bad)
    with pytest.raises(NoWay):
        Engine(tmp_path / "models", 500, 1).ways("en", "es")


def test_where_a_direct_package_is_broken_the_way_through_english_is_taken(tmp_path: Path) -> None:
    models = fixtures.copying(tmp_path / "models", ("es", "en"), ("en", "fr"), ("es", "fr"))
    (models / "translate-es_fr-0_1" / "model" / "model.bin").write_bytes(b"")
    assert len(Engine(models, 500, 1).ways("es", "fr")) == 2


def test_a_model_imported_while_running_is_found(tmp_path: Path) -> None:
    models = tmp_path / "models"
    engine = Engine(models, 500, 1)
    with pytest.raises(NoWay):
        engine.ways("en", "es")
    fixtures.copying(models, ("en", "es"))
    assert said(engine, "Hello") == "Hello"
    shutil.rmtree(models / "translate-en_es-0_1")
    with pytest.raises(NoWay):
        engine.ways("en", "es")


def test_a_sentence_of_too_many_pieces_stands(copying_dir: Path) -> None:
    engine = Engine(copying_dir, 500, 1)
    long = "我" * (LONGEST_INPUT // 3 - 20)
    decode = engine.ways("en", "es")[0].decode
    too_long, plain, surrogate, fits = decode(["我" * LONGEST_INPUT, "Hello", "a\ud800", long])
    assert (too_long, plain[0], surrogate, fits[0]) == ([], "Hello", [], long)


def test_the_form_of_placeholders_is_the_packages_own_or_found_by_a_probe(
    copying_dir: Path, phrasebook_dir: Path
) -> None:
    own = Engine(phrasebook_dir, 500, 1)
    assert own.ways("en", "es")[0].form.pattern == "⟦{}⟧"
    engine = Engine(copying_dir, 500, 1)
    engine.ways("en", "es")
    [model] = engine._loaded.values()
    assert probe(model).pattern == "⟦{}⟧"


def test_a_package_may_name_its_form_of_placeholders(tmp_path: Path) -> None:
    file = copymodel.build(tmp_path, twinline={"placeholder": "#{}#"})
    packages.import_file(tmp_path / "models", file)
    engine = Engine(tmp_path / "models", 500, 1)
    assert engine.ways("en", "es")[0].form.pattern == "#{}#"
    assert said(engine, "tell @ana now") == "tell @ana now"


def test_a_phrasebook_without_its_reverse_package_leaves_everything_as_it_is(tmp_path: Path) -> None:
    packages.import_file(tmp_path / "models", fixtures.PHRASEBOOK[0])
    ways = Engine(tmp_path / "models", 500, 1).ways("en", "es")
    [translation] = translate(["We won the hearing."], ways)
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
    result = Engine(tmp_path / "models", 500, 1).ways("en", "es")[0].decode(["Hello"])[0][0]
    assert ">>es<<" not in result

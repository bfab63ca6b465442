from __future__ import annotations

import pytest

from bot.domain.glossary import Glossary
from bot.domain.rendering import Flag
from bot.mt.spans import Span, spans
from bot.mt.terms import Agreed
from bot.mt.verify import Case, closed_like, digits, judge, runaway, same


def flags(source: str, target: str, languages: tuple[str, str] = ("en", "es")) -> tuple[Flag, ...]:
    return judge(Case.of(source, target, languages)).flags


@pytest.mark.parametrize(
    ("source", "target", "flag"),
    [
        ("40 families stay.", "14 familias se quedan.", Flag.NUMBERS),
        ("40 families stay.", "Las familias se quedan.", Flag.NUMBERS),
        ("We won.", "", Flag.EMPTY),
        ("We won.", "  ", Flag.EMPTY),
        ("We won.", " … ", Flag.EMPTY),
        ("We won.", "Ganamos ⁇", Flag.UNKNOWN),
        ("See https://x.org/a", "Vea https://x.org/ a", Flag.SPANS),
        ("See https://x.org/a", "Vea", Flag.SPANS),
        ("See @ana", "Vea @ana @ana", Flag.SPANS),
        ("Hi 😀", "Hola", Flag.SPANS),
        ("We won.", "Ganamos en https://x.org.", Flag.SPANS),
        ("We won.", "Ganamos ⟦1⟧.", Flag.SPANS),
        ("We won.", "\u202eGanamos.", Flag.SPANS),
        ("We won.", "<b>Ganamos.</b>", Flag.SPANS),
        ("We won.", "Ganamos ganamos ganamos ganamos ganamos.", Flag.REPEATS),
        ("We won.", "de la de la de la de la de la", Flag.REPEATS),
        ("We won.", "x" * 200, Flag.REPEATS),
        ("please bring your own candles", "please bring your own candles", Flag.COPY),
    ],
)
def test_with_these_faults_the_original_has_to_stand(source: str, target: str, flag: Flag) -> None:
    verdict = judge(Case.of(source, target, ("en", "es")))
    assert flag in verdict.flags
    assert verdict.stands


@pytest.mark.parametrize(
    ("source", "target", "flag"),
    [
        ("families stay.", "2 familias se quedan.", Flag.NUMBERS),
        ("We will not give up.", "Nos rendiremos.", Flag.NEGATION),
        ("We will give up.", "No nos rendiremos.", Flag.NEGATION),
        ("Nobody was evicted today.", "Hoy desalojaron a la gente.", Flag.NEGATION),
        ("The vigil is on Friday.", "La vigilia es el lunes.", Flag.DATES),
        ("We meet on June 3.", "Nos reunimos el 3 de julio.", Flag.DATES),
        (
            "The judge postponed the hearing again.",
            "Le juge a encore reporté cette audience-là.",
            Flag.LANGUAGE,
        ),
        ("We won the hearing.", "Мы выиграли слушание.", Flag.LANGUAGE),
        ("The people united will never be defeated.", "El pueblo unido jamás", Flag.LENGTH),
        ("Is everybody safe?", "Todos están a salvo.", Flag.QUESTION),
        ("Everybody is safe.", "¿Están todos a salvo?", Flag.QUESTION),
        ("Tomorrow Grace and Paolo speak.", "Mañana hablan la gracia y el suelo.", Flag.NAME),
        ("Rosa: bring candles", "traigan velas", Flag.LABEL),
        ("We won the hearing.", "GANAMOS LA AUDIENCIA.", Flag.CAPITALS),
        ("WE WON THE HEARING.", "Ganamos la audiencia.", Flag.CAPITALS),
        ("bread &amp; roses", "pan y rosas", Flag.MARKUP),
    ],
)
def test_these_doubts_are_shown_with_the_translation(source: str, target: str, flag: Flag) -> None:
    verdict = judge(Case.of(source, target, ("en", "es")))
    assert flag in verdict.flags
    assert not verdict.stands


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("We won the hearing.", "Ganamos la audiencia."),
        ("40 families stay.", "Se quedan 40 familias."),
        ("40 of 50", "50 de 40"),
        ("See https://x.org/a", "Vea https://x.org/a"),
        ("No, no, no, no, no!", "¡No, no, no, no, no!"),
        ("No.", "No."),
        ("We meet on the 2nd floor.", "Nos vemos en el segundo piso."),
        ("We meet on May 1.", "Nos vemos el 1 de mayo."),
        ("You may march with us.", "Pueden marchar con nosotros."),
        ("No problem!", "¡Faltaba más!"),
        ("However, we agree.", "Sin embargo, estamos de acuerdo."),
        ("We speak to the Spanish press.", "Hablamos con la prensa española."),
        ("Greetings to the cooks of Mexico City.", "Saludos a las cocineras de Ciudad de México."),
        ("I love the USA.", "Amo a los EE. UU."),
        ("Time: 18:00", "Hora: 18:00"),
    ],
)
def test_nothing_is_said_against_these(source: str, target: str) -> None:
    assert flags(source, target) == ()


def test_digits_of_any_script_are_the_same() -> None:
    assert flags("١٢ عائلة باقية", "12 families stay", ("ar", "en")) == ()
    assert flags("We meet in January.", "私たちは1月に会います。", ("en", "ja")) == ()


def test_an_agreed_term_that_is_missing_is_a_doubt() -> None:
    agreed = Agreed(Glossary(terms=(("hearing", "vista"),)))
    for target, expected in (("Ganamos la audiencia.", (Flag.TERM,)), ("Ganamos la Vista.", ())):
        assert judge(Case.of("We won the hearing.", target, ("en", "es"), agreed=agreed)).flags == expected


def test_a_word_that_is_kept_has_to_be_there() -> None:
    text = "We meet at Casa Azul."
    protected = spans(text, [Span(11, 20, "keep")])
    assert judge(Case.of(text, "Nos vemos en la casa azul.", ("en", "es"), protected)).flags == ()
    assert judge(Case.of(text, "Nos vemos en la casa.", ("en", "es"), protected)).stands


def test_groups_of_digits_are_counted() -> None:
    assert digits("1,500 of 1 and ١") == {"1": 3, "500": 1}


def test_a_short_translation_of_a_short_sentence_does_not_run_away() -> None:
    assert not runaway("Hi", "Muy buenos días a todas las personas que están aquí")
    assert not runaway("", "")


@pytest.mark.parametrize(
    ("back", "known"),
    [
        ("We won the hearing.", True),
        ("we won  the hearing", True),
        ("WE WON, THE HEARING!", True),
        ("We won the hearing?", False),
        ("We lost the hearing.", False),
        ("", False),
    ],
)
def test_a_sentence_that_comes_back_is_known(back: str, known: bool) -> None:
    assert same("We won the hearing.", back) is known


def test_accents_count_but_not_how_they_are_encoded() -> None:
    assert same("Estación", "Estacio\u0301n")
    assert not same("Estación", "Estacion")
    assert not same("...", "!!!")


@pytest.mark.parametrize(
    ("source", "target", "closed"),
    [
        ("We won!", "Ganamos", "Ganamos!"),
        ("We won!", "¡Ganamos!", "¡Ganamos!"),
        ("We won", "Ganamos", "Ganamos"),
        ("", "", ""),
    ],
)
def test_the_final_mark_is_kept(source: str, target: str, closed: str) -> None:
    assert closed_like(source, target) == closed

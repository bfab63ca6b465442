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
        ("Meet at 10 a.m.", "Nos vemos a las 10 p. m.", Flag.DATES),
        ("Meet at 10 p.m.", "Nos vemos a las 10.", Flag.DATES),
        ("Meet at 10 in the morning.", "Nos vemos a las 10 de la noche.", Flag.DATES),
        ("Come tomorrow to the court.", "Vengan hoy al juzgado.", Flag.DATES),
        ("Come today to the court.", "Vengan al juzgado.", Flag.DATES),
        ("The buses leave at noon.", "Los autobuses salen a medianoche.", Flag.DATES),
        ("The hearing is on 01/05/2027.", "La audiencia es el 05/01/2027.", Flag.DATES),
        ("Do not come and do not call.", "No vengan y llamen.", Flag.NEGATION),
        ("It is not safe to go there without a lawyer.", "Es seguro ir sin abogado.", Flag.NEGATION),
        ("It costs $500.", "Cuesta 500 €.", Flag.UNITS),
        ("It costs $500.", "Cuesta 500.", Flag.UNITS),
        ("It costs 500 USD.", "Cuesta 500 EUR.", Flag.UNITS),
        ("50% of us came.", "Vino el 50 de nosotros.", Flag.UNITS),
        ("We walk 5 km.", "Caminamos 5 millas.", Flag.UNITS),
        ("We meet in 2 days.", "Nos vemos en 2 semanas.", Flag.UNITS),
        ("They owe 2 billion.", "Deben 2 billones.", Flag.UNITS),
        ("They owe 1.5 million.", "Deben 1.5 mil.", Flag.UNITS),
        ("It is -5 degrees here.", "Aquí hace 5 grados.", Flag.UNITS),
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
        ("Meet at 10 p.m.", "Nos vemos a las 10 de la noche."),
        ("Meet at 12 a.m.", "Nos vemos a medianoche, a las 12."),
        ("Good evening from all of us!", "¡Buenas tardes de parte de todas!"),
        ("They came last night.", "Vinieron anoche."),
        ("We sing this morning.", "Cantamos hoy por la mañana."),
        ("It is late.", "Es tarde."),
        ("On 2027-05-01 at 18:00.", "El 2027-05-01 a las 18:00."),
        ("It costs $500.", "Cuesta 500 dólares."),
        ("It costs 500 pesos.", "Cuesta $500."),
        ("50% of us came.", "Vino el 50 por ciento de nosotros."),
        ("They owe 2 billion pesos.", "Deben 2 mil millones de pesos."),
        ("It is -5 degrees.", "Hace menos 5 grados."),
        ("A 24-hour strike of 2 days.", "Una huelga de 24 horas, de 2 días."),
        ("There was nobody without a lamp.", "No había nadie sin lámpara."),
    ],
)
def test_nothing_is_said_against_these(source: str, target: str) -> None:
    assert flags(source, target) == ()


def test_halves_of_the_day_differ_in_languages_without_a_list_too() -> None:
    assert flags("Meet at 10 a.m.", "Találkozó 10 p.m.", ("en", "hu")) == (Flag.DATES,)
    assert flags("Meet at 10 a.m.", "Találkozó délelőtt 10-kor", ("en", "hu")) == ()


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

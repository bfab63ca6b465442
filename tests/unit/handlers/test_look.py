"""A look before crossing: what is found, what is not, and that it takes no time."""

from __future__ import annotations

import itertools
import time

import pytest

from bot.handlers.look import Kind, look
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, known, relays, write
from tests.unit.stage import Stage

REGIONS = ("PH", "US", "MX")

HITS = [
    (Kind.PHONE, "call 0917 123 4567", "0917 123 4567"),
    (Kind.PHONE, "llama al +52 55 1234 5678 hoy", "+52 55 1234 5678"),
    (Kind.PHONE, "Tel. 414-286-2150", "414-286-2150"),
    (Kind.PHONE, "(414) 286 2150", "(414) 286 2150"),
    (Kind.EMAIL, "Write to ana@example.org.", "ana@example.org"),
    (Kind.EMAIL, "ana [at] example", "ana [at] example"),
    (Kind.ACCOUNT, "write to @ana:matrix.org", "@ana:matrix.org"),
    (Kind.ACCOUNT, "tell @tenants_union", "@tenants_union"),
    (Kind.ACCOUNT, "facebook.com/ana.cruz.77", "facebook.com/ana.cruz.77"),
    (Kind.ACCOUNT, "https://t.me/anacruz", "https://t.me/anacruz"),
    (Kind.ACCOUNT, "https://matrix.to/#/@ana:example.org", "https://matrix.to/#/@ana"),
    (Kind.IDENTITY, "123-45-6789", "123-45-6789"),
    (Kind.IDENTITY, "mi DNI es 12345678Z", "12345678Z"),
    (Kind.IDENTITY, "GOMC900101HDFRRL09", "GOMC900101HDFRRL09"),
    (Kind.IDENTITY, "529.982.247-25", "529.982.247-25"),
    (Kind.IDENTITY, "20-12345678-6", "20-12345678-6"),
    (Kind.IDENTITY, "12.345.678-5", "12.345.678-5"),
    (Kind.IDENTITY, "1 85 05 78 006 084 91", "1 85 05 78 006 084 91"),
    (Kind.IDENTITY, "passport no. P1234567A", "passport no. P1234567A"),
    (Kind.IDENTITY, "DNI: 30111222", "DNI: 30111222"),
    (Kind.IDENTITY, "ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 1332"),
    (Kind.IDENTITY, "4111 1111 1111 1111", "4111 1111 1111 1111"),
    (Kind.COORDINATES, "We are at 14.5995, 120.9842", "14.5995, 120.9842"),
    (Kind.COORDINATES, "19°25′42″N", "19°25′42″N"),
    (Kind.COORDINATES, "geo:14.5,120.9", "geo:14.5,120.9"),
    (Kind.COORDINATES, "8Q7XQ3P8+2V", "8Q7XQ3P8+2V"),
    (Kind.COORDINATES, "https://maps.app.goo.gl/abc", "https://maps.app.goo.gl/abc"),
    (Kind.ADDRESS, "12 Mabini Street", "12 Mabini Street"),
    (Kind.ADDRESS, "she lives in 1234 N. 27th St.", "1234 N. 27th St."),
    (Kind.ADDRESS, "en Calle Reforma 222, piso 3", "Calle Reforma 222"),
    (Kind.ADDRESS, "Av. Juárez #45", "Av. Juárez #45"),
    (Kind.ADDRESS, "calle 5 de Mayo 12", "calle 5 de Mayo 12"),
    (Kind.ADDRESS, "10 rue de la Paix", "10 rue de la Paix"),
    (Kind.ADDRESS, "Hauptstraße 5", "Hauptstraße 5"),
    (Kind.ADDRESS, "Blk 5 Lot 3", "Blk 5 Lot 3"),
    (
        Kind.MEETING,
        "Yes. We meet tomorrow at 7 pm in front of city hall. Come!",
        "We meet tomorrow at 7 pm in front of city hall",
    ),
    (Kind.MEETING, "Nos vemos a las 7 en el Zócalo", "Nos vemos a las 7 en el Zócalo"),
    (Kind.MEETING, "18:30 at Rizal Park", "18:30 at Rizal Park"),
    (Kind.MEETING, "Mañana 9:00 afuera del juzgado", "Mañana 9:00 afuera del juzgado"),
    (Kind.MEETING, "Alas 7 sa harap ng munisipyo", "Alas 7 sa harap ng munisipyo"),
    (Kind.MEETING, "Rendez-vous à 18h devant la mairie", "Rendez-vous à 18h devant la mairie"),
    (Kind.MEETING, "at seven tomorrow outside the courthouse", "at seven tomorrow outside the courthouse"),
]

FALSE_ALARMS = [
    "We won the hearing on 2027-05-01 at 10:30.",
    "1,000,000 pesos for 40 families",
    "10.000.000 personas",
    "from 1990-2024",
    "case 2024-00123",
    "Republic Act 9653 and article 12",
    "@room we won",
    "the ratio is 3.14, 2.71",
    "https://example.org/news/2027/05/01/1234567890123",
    "version 14.5.2",
    "12 families on 3 streets",
    "la calle ganó 40 familias",
    "en la Calle Ancha, 40 familias",
    "We marched through the streets at dawn",
    "We met at seven in solidarity",
    "We won. The court heard us. It was 10:30.",
    "12:30",
    "🎉",
    "1 2 3 4 5 6 7 8",
    "En 2027 ganamos 3 de 5 juicios",
    "Room 12, floor 3",
    "score 3-2-1",
    "tax of 12.5% on 1500.00",
    "at 40 families we stop",
    "In Manila 300 people came.",
    "manila-12 and oaxaca-3",
    "2027-05-01 10:00 UTC",
    "it costs 1500 to 2000 pesos a month",
    "200 personas frente al palacio",
    "12345678A",
    "529.982.247-26",
    "4111 1111 1111 1112",
    "95.123, 200.456",
]


@pytest.mark.parametrize(("kind", "text", "finding"), HITS)
def test_what_is_found(kind: Kind, text: str, finding: str) -> None:
    assert (kind, finding) in [(one.kind, one.text) for one in look(text, REGIONS)]


@pytest.mark.parametrize("text", FALSE_ALARMS)
def test_what_is_no_reason_to_ask(text: str) -> None:
    assert look(text, REGIONS) == []


def test_each_piece_is_found_once_and_in_order() -> None:
    found = look("ana@example.org, 0917 123 4567, ben@example.org", REGIONS)
    assert [one.kind for one in found] == [Kind.EMAIL, Kind.PHONE, Kind.EMAIL]
    assert all(one.end <= two.begin for one, two in itertools.pairwise(found))


def test_without_a_country_international_numbers_are_found() -> None:
    assert [one.text for one in look("+63 917 123 4567 or 0917 123 4567", ())] == ["+63 917 123 4567"]


@pytest.mark.parametrize(
    "piece", ["x", "A", "12 345 678 ", "1 ", "@a", "a.b", "-1.123 ", "Av. A A ", "9:00 at a a ", "4111 ", "("]
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    look(piece * (40_000 // len(piece)), REGIONS)
    assert time.process_time() - began < 2


# In a dispatch


@pytest.fixture
async def quiet(twins: Stage) -> Stage:
    for room_id in (MANILA, MILWAUKEE):
        await twins.deliver(room_id)
    return twins


async def _crossed(stage: Stage) -> list[str]:
    return [relay.words.text for relay in await relays(stage, MANILA)]


TEXT = "Call 414-286-2150. We meet at 7 pm outside the courthouse."


async def test_the_author_is_told_of_everything_in_one_question_and_a_yes_sends(quiet: Stage) -> None:
    await quiet.ask(MANILA, ANA, '!term avoid meet "say gather"')
    await quiet.deliver(MILWAUKEE)
    asked = await quiet.ask(MILWAUKEE, CARL, f"!dispatch {TEXT}")
    assert "There is a telephone number in it: 414-286-2150" in asked
    assert "It tells an exact time and a place: We meet at 7 pm" in asked
    assert "asks to avoid “meet”" in asked
    assert asked.count("Send it anyway?") == 1
    assert await _crossed(quiet) == []
    await quiet.ask(MILWAUKEE, CARL, "yes")
    assert await _crossed(quiet) == [TEXT]


@pytest.mark.parametrize("said", ["no", None])
async def test_without_a_yes_it_does_not_cross(quiet: Stage, said: str | None) -> None:
    await quiet.ask(MILWAUKEE, CARL, f"!dispatch {TEXT}")
    if said is not None:
        await quiet.ask(MILWAUKEE, CARL, said)
    await quiet.tick(hours=25)
    await quiet.ask(MILWAUKEE, CARL, "yes")
    assert await _crossed(quiet) == []


async def test_an_urgent_one_waits_for_the_question_alone(quiet: Stage) -> None:
    await quiet.ask(MILWAUKEE, CARL, f"!dispatch {TEXT} urgent=yes")
    await quiet.say(MILWAUKEE, CARL, "yes")
    (relay,) = await relays(quiet, MANILA)
    assert relay.urgent


async def test_an_edit_that_brings_a_number_stays_here(quiet: Stage) -> None:
    event = await quiet.say(MILWAUKEE, CARL, "!dispatch We won.")
    assert "telephone number" in await quiet.ask(
        MILWAUKEE, CARL, "!dispatch We won. 414-286-2150", edits=event
    )
    assert await _crossed(quiet) == ["We won."]


async def test_a_thread_is_looked_at_as_well(quiet: Stage) -> None:
    await quiet.say(MANILA, ANA, "!dispatch Ganamos.")
    for room_id in (MANILA, MILWAUKEE, MANILA):
        await quiet.deliver(room_id)
    await known(quiet, DORA)
    await write(quiet, MILWAUKEE, DORA, "Call me: 414-286-2150")
    assert "telephone number" in "\n".join(await quiet.deliver(MILWAUKEE))
    assert await _crossed(quiet) == []


async def test_what_is_looked_for_is_told_in_the_help(quiet: Stage) -> None:
    pages = [await quiet.ask(MILWAUKEE, DORA, f"!help dispatch {page}") for page in range(1, 6)]
    assert any("telephone numbers" in page and "exact times with places" in page for page in pages)

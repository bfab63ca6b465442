"""Times, days, amounts and negations in translations that are right: nothing is said against them."""

from __future__ import annotations

from bot.mt.verify import Case, judge

SPANISH = (
    ("Let's meet tomorrow morning at 10 a.m.", "Nos vemos mañana por la mañana a las 10 a. m."),
    ("The march is this Saturday at 5 p.m.", "La marcha es este sábado a las 5 de la tarde."),
    ("Last night they came at 2 a.m.", "Anoche llegaron a las 2 de la madrugada."),
    ("We meet tonight at 8.", "Nos reunimos esta noche a las 8."),
    ("Two hours later it was over.", "Dos horas después se acabó."),
    ("The rent went up by 20%, to $1,200 a month.", "La renta subió un 20 %, a 1,200 dólares al mes."),
    ("It's 5 km away.", "Queda a 5 km."),
    ("They owe us 3 months of wages.", "Nos deben 3 meses de salario."),
    ("The office closes at noon.", "La oficina cierra al mediodía."),
    ("The office closes at 12 noon.", "La oficina cierra a las 12 del mediodía."),
    ("We waited until midnight.", "Esperamos hasta la medianoche."),
    ("See you at 12 p.m.", "Nos vemos a las 12 del día."),
    ("Every day at 7 am", "Todos los días a las 7 de la mañana"),
    ("Nowadays nobody pays $100.", "Hoy en día nadie paga 100 dólares."),
    ("He works nights.", "Trabaja de noche."),
    ("It is too late to change it now.", "Ya es demasiado tarde para cambiarlo."),
    ("Later in the evening we sang.", "Más tarde, en la noche, cantamos."),
    ("the day after tomorrow", "pasado mañana"),
    ("The day before yesterday they cut 3 wires.", "Anteayer cortaron 3 cables."),
    ("1.5 million people marched.", "Marcharon 1.5 millones de personas."),
    ("They spent 2 billion.", "Gastaron 2 mil millones."),
    ("We need 200 signatures in 10 days.", "Necesitamos 200 firmas en 10 días."),
    ("A 3-day strike.", "Una huelga de 3 días."),
    ("a 24/7 picket", "un piquete 24/7"),
    ("Don't come, don't call and don't write.", "No vengan, no llamen ni escriban."),
    ("Neither you nor I know.", "Ni tú ni yo sabemos."),
    ("No, we don't have any.", "No, no tenemos."),
    ("No, thank you, not today.", "No, gracias, hoy no."),
    ("I do not know why he does not answer.", "No sé por qué no responde."),
    ("Not only did they not pay, they never came.", "No solo no pagaron, sino que nunca vinieron."),
    ("Nobody never ever said no to that.", "Nadie dijo nunca que no a eso."),
    ("Without water and without power, we can't stay.", "Sin agua ni luz no podemos quedarnos."),
    ("Good morning, see you this afternoon.", "Buenos días, nos vemos esta tarde."),
    ("Saturday night, 8-10 pm", "Sábado por la noche, 8-10 pm"),
    ("in the middle of the night", "en plena noche"),
    ("overnight camp", "campamento nocturno"),
    ("the evening news", "el noticiero de la noche"),
    ("We will be there all day today.", "Hoy estaremos ahí todo el día."),
    ("Today's meeting", "La reunión de hoy"),
    ("Yesterday's vote", "La votación de ayer"),
    ("by tomorrow's deadline", "antes del plazo de mañana"),
    ("Temperature: -5 °C", "Temperatura: -5 °C"),
    ("2 of the 3 cars", "2 de los 3 autos"),
    ("9 a.m. to 5 p.m.", "de 9 a. m. a 5 p. m."),
    ("9 am - 5 pm", "9 de la mañana - 5 de la tarde"),
    ("$500 million", "500 millones de dólares"),
    ("US$ 500", "500 USD"),
    ("€20 each", "20 euros cada uno"),
    ("Page 5 of 10", "Página 5 de 10"),
    ("COVID-19 and 5 people", "COVID-19 y 5 personas"),
    ("He is 30 years old.", "Tiene 30 años."),
    ("10 minutes' walk", "10 minutos a pie"),
    ("the last 12 hours", "las últimas 12 horas"),
    ("half past 10", "las 10 y media"),
    ("I called you 2 times.", "Te llamé 2 veces."),
    ("They cut it in the night of May 3.", "Lo cortaron la noche del 3 de mayo."),
    ("Can't you come at 6 this evening?", "¿No puedes venir a las 6 de la tarde?"),
    ("dawn raid", "redada de madrugada"),
    ("the morning paper", "el periódico matutino"),
    ("Do you want to come tomorrow?", "¿Quieren venir mañana?"),
    ("The night before, no one slept.", "La noche anterior nadie durmió."),
    ("afternoon snack", "merienda"),
    ("I'm done for today", "Por hoy terminé"),
    ("She arrives on the evening bus.", "Llega en el autobús de la tarde."),
    ("the 5 o'clock bus", "el autobús de las 5"),
    ("We open at 9:30.", "Abrimos a las 9:30."),
    ("from 2020 to 2025", "de 2020 a 2025"),
)
"""English and Spanish."""
OTHERS = (
    ("Wir treffen uns morgen früh um 9 Uhr.", "We meet tomorrow morning at 9.", ("de", "en")),
    ("Heute Abend um 8", "Tonight at 8", ("de", "en")),
    ("Nous partons demain matin.", "We leave tomorrow morning.", ("fr", "en")),
    ("Cet après-midi à 3 heures", "This afternoon at 3", ("fr", "en")),
    ("Ngayong gabi, alas 8", "Tonight at 8", ("fil", "en")),
    ("Bukas ng umaga", "Tomorrow morning", ("fil", "en")),
    ("Kahapon ng hapon", "Yesterday afternoon", ("fil", "en")),
    ("Amanhã de manhã às 10h", "Tomorrow morning at 10", ("pt", "en")),
    ("Domani sera alle 8", "Tomorrow evening at 8", ("it", "en")),
    ("Jutro rano o 9", "Tomorrow morning at 9", ("pl", "en")),
    ("Завтра утром в 9", "Tomorrow morning at 9", ("ru", "en")),
    ("Bukas po ang opisina ngayon.", "The office is open today.", ("fil", "en")),
    ("Nos vemos hoy a las 10 de la noche.", "Magkita tayo ngayong gabi ng 10.", ("es", "fil")),
    ("Sa Mayo 1, 10 ng umaga", "El 1 de mayo, 10 de la mañana", ("fil", "es")),
    ("Kita tayo bukas ng 10 ng gabi", "See you tomorrow at 10 at night", ("fil", "en")),
)


def alarms(pairs: list[tuple[str, str, tuple[str, str]]]) -> list[object]:
    found: list[object] = []
    for one, other, (source, target) in pairs:
        for said, shown, languages in ((one, other, (source, target)), (other, one, (target, source))):
            flags = judge(Case.of(said, shown, languages)).flags
            found += [(said, shown, flags)] if flags else []
    return found


def test_between_english_and_spanish() -> None:
    assert alarms([(one, other, ("en", "es")) for one, other in SPANISH]) == []


def test_between_other_languages() -> None:
    assert alarms(list(OTHERS)) == []

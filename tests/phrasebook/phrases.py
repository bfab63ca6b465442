"""The phrasebook: what the demonstration's people write, in English and Spanish, one to one.

Each pair must be reversible: the same English never stands for two Spanish sentences, nor the other way
round, because a phrasebook model knows a sentence only if translating back gives it again. Slots in braces
are filled from `SLOTS`; `{1}`, `{2}` stand for protected spans (numbers, times, dates), which reach the model
as placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from random import Random

PAIRS: tuple[tuple[str, str], ...] = (
    # news
    ("We won the hearing.", "Ganamos la audiencia."),
    ("We lost the hearing.", "Perdimos la audiencia."),
    ("We won!", "¡Ganamos!"),
    ("The landlord withdrew the eviction notice.", "El propietario retiró el aviso de desalojo."),
    ("The eviction was stopped.", "Se detuvo el desalojo."),
    ("The judge postponed the hearing.", "La jueza aplazó la audiencia."),
    ("The city council voted for the rent cap.", "El concejo votó a favor del tope de renta."),
    ("The court is on our side.", "El tribunal está de nuestro lado."),
    ("Nobody was evicted today.", "Hoy no desalojaron a nadie."),
    ("The water is back.", "Volvió el agua."),
    ("The police were there, but it stayed calm.", "Estuvo la policía, pero todo siguió en calma."),
    ("The press came.", "Vino la prensa."),
    ("The company has to answer.", "La empresa tiene que responder."),
    ("The mayor listened to us.", "La alcaldesa nos escuchó."),
    ("The strike goes on.", "La huelga sigue."),
    ("The strike is over.", "La huelga terminó."),
    ("The same company owns your building.", "La misma empresa es dueña de su edificio."),
    ("The rent will not go up this year.", "La renta no subirá este año."),
    ("The repairs begin tomorrow.", "Las reparaciones empiezan mañana."),
    ("The meeting was full.", "La asamblea estuvo llena."),
    ("The lawyers are working for free.", "Las abogadas trabajan gratis."),
    # plans
    ("The vigil begins in front of the town hall.", "La vigilia empieza frente al ayuntamiento."),
    ("We are planning a vigil.", "Estamos planeando una vigilia."),
    ("We are planning a joint action.", "Estamos planeando una acción conjunta."),
    ("We will read your letter aloud.", "Leeremos su carta en voz alta."),
    ("We will march together.", "Marcharemos juntos."),
    ("We meet tomorrow.", "Nos reunimos mañana."),
    ("We meet tonight.", "Nos reunimos esta noche."),
    ("Bring candles and banners.", "Traigan velas y pancartas."),
    ("Bring your neighbours.", "Traigan a sus vecinos."),
    ("Please do not bring children.", "Por favor no traigan niños."),
    ("Please stay calm.", "Por favor mantengan la calma."),
    ("Please do not share names.", "Por favor no compartan nombres."),
    ("Please sign the petition.", "Por favor firmen la petición."),
    ("Please share this with your members.", "Por favor compartan esto con sus miembros."),
    ("Here is the letter:", "Aquí está la carta:"),
    ("Here is the petition:", "Aquí está la petición:"),
    ("More here:", "Más aquí:"),
    ("The vote is tomorrow.", "La votación es mañana."),
    ("The decision comes next week.", "La decisión llega la próxima semana."),
    ("The next hearing is next month.", "La próxima audiencia es el próximo mes."),
    ("Nothing is decided yet.", "Todavía no hay nada decidido."),
    ("We need more time.", "Necesitamos más tiempo."),
    ("We need your help.", "Necesitamos su ayuda."),
    ("We will not give up.", "No nos rendiremos."),
    # answers
    ("We stand with you.", "Estamos con ustedes."),
    ("We are with you every day.", "Estamos con ustedes todos los días."),
    ("Congratulations!", "¡Felicidades!"),
    ("Congratulations to all of you!", "¡Felicidades a todos ustedes!"),
    ("Thank you.", "Gracias."),
    ("Thank you very much.", "Muchas gracias."),
    ("Thank you for your solidarity.", "Gracias por su solidaridad."),
    ("Thank you for telling us.", "Gracias por contarnos."),
    ("Good morning.", "Buenos días."),
    ("Good evening.", "Buenas noches."),
    ("Hello!", "¡Hola!"),
    ("Welcome!", "¡Bienvenidos!"),
    ("Yes.", "Sí."),
    ("No.", "No."),
    ("We agree.", "Estamos de acuerdo."),
    ("We do not agree.", "No estamos de acuerdo."),
    ("That is good news.", "Es una buena noticia."),
    ("That is bad news.", "Es una mala noticia."),
    ("We are very happy.", "Estamos muy contentos."),
    ("We are worried.", "Estamos preocupados."),
    ("We are proud of you.", "Estamos orgullosos de ustedes."),
    ("We read it aloud at the meeting.", "Lo leímos en voz alta en la asamblea."),
    ("Everybody clapped.", "Todo el mundo aplaudió."),
    ("We do it the same way here.", "Aquí lo hacemos igual."),
    ("It is the same here.", "Aquí es lo mismo."),
    ("Count on us.", "Cuenten con nosotros."),
    ("See you soon.", "Hasta pronto."),
    ("Take care.", "Cuídense."),
    ("The people united will never be defeated.", "El pueblo unido jamás será vencido."),
    ("Housing is a right.", "La vivienda es un derecho."),
    ("An injury to one is an injury to all.", "Si tocan a uno, nos tocan a todos."),
    # questions
    ("Can you send us a photo of the banner?", "¿Pueden mandarnos una foto de la pancarta?"),
    ("Can you send us the letter?", "¿Pueden mandarnos la carta?"),
    ("Can we help?", "¿Podemos ayudar?"),
    ("How can we help?", "¿Cómo podemos ayudar?"),
    ("How did you do it?", "¿Cómo lo hicieron?"),
    ("How are you?", "¿Cómo están?"),
    ("What do you need?", "¿Qué necesitan?"),
    ("What did the judge say?", "¿Qué dijo la jueza?"),
    ("Who is the landlord?", "¿Quién es el propietario?"),
    ("When is the next hearing?", "¿Cuándo es la próxima audiencia?"),
    ("When do you meet?", "¿Cuándo se reúnen?"),
    ("Where do you meet?", "¿Dónde se reúnen?"),
    ("Is everybody safe?", "¿Están todos a salvo?"),
    ("Are the families safe?", "¿Están a salvo las familias?"),
    ("May we publish this?", "¿Podemos publicar esto?"),
    ("Shall we do it on the same day?", "¿Lo hacemos el mismo día?"),
    ("Do you have a lawyer?", "¿Tienen abogada?"),
    ("Is the strike over?", "¿Terminó la huelga?"),
)

TEMPLATES: tuple[tuple[str, str], ...] = (
    ("{1} families stay.", "{1} familias se quedan."),
    ("{1} families signed.", "{1} familias firmaron."),
    ("{1} people came.", "Vinieron {1} personas."),
    ("{1} people came to {place}.", "Vinieron {1} personas a {place}."),
    ("{1} of {2} families signed.", "Firmaron {1} de {2} familias."),
    ("We were {1} people.", "Fuimos {1} personas."),
    ("We collected {1}.", "Juntamos {1}."),
    ("We collected {1} signatures.", "Juntamos {1} firmas."),
    ("The rent went up by {1}.", "La renta subió {1}."),
    ("We need {1} {things}.", "Necesitamos {1} {things}."),
    ("We need {things}.", "Necesitamos {things}."),
    ("We have {things} and {things2}.", "Tenemos {things} y {things2}."),
    ("The {event} begins at {1}.", "La {event} empieza a las {1}."),
    ("The {event} begins at {1} in front of {place}.", "La {event} empieza a las {1} frente a {place}."),
    ("The {event} is on {day}.", "La {event} es el {day}."),
    ("The {event} is on {day} at {1}.", "La {event} es el {day} a las {1}."),
    ("The {event} is on {month} {1}.", "La {event} es el {1} de {month}."),
    ("The {event} is on {1}.", "La {event} es el {1}."),
    ("The {event} ends at {1}.", "La {event} termina a las {1}."),
    ("When is the {event}?", "¿Cuándo es la {event}?"),
    ("We meet on {day} at {1}.", "Nos reunimos el {day} a las {1}."),
    ("We meet on {day} at {place}.", "Nos reunimos el {day} en {place}."),
    ("We meet at {1} in front of {place}.", "Nos reunimos a las {1} frente a {place}."),
    ("We meet in front of {place}.", "Nos reunimos frente a {place}."),
    ("Come to {place} on {day}.", "Vengan a {place} el {day}."),
    ("Come to {place} at {1}.", "Vengan a {place} a las {1}."),
    ("{who} are on strike.", "{Who} están en huelga."),
    ("{who} are on strike since {day}.", "{Who} están en huelga desde el {day}."),
    ("{who} of {city} stand with you.", "{Who} de {city} están con ustedes."),
    ("Greetings from {city}!", "¡Saludos desde {city}!"),
    ("Greetings to {who2} of {city}.", "Saludos a {who2} de {city}."),
    ("Thank you, {name}.", "Gracias, {name}."),
    ("{name} will call you on {day}.", "{name} les llamará el {day}."),
    ("{name} and {name2} will speak for us.", "{name} y {name2} hablarán por nosotros."),
    ("Our lawyer is {name}.", "Nuestra abogada es {name}."),
    ("{name} was released at {1}.", "Liberaron a {name} a las {1}."),
    ("Can you come on {day}?", "¿Pueden venir el {day}?"),
    ("Do you need {things}?", "¿Necesitan {things}?"),
    ("The hearing is on {day}.", "La audiencia es el {day}."),
    ("The hearing is on {day} at {1}.", "La audiencia es el {day} a las {1}."),
)

_PLACES = (
    ("the town hall", "el ayuntamiento"),
    ("the courthouse", "el juzgado"),
    ("the library", "la biblioteca"),
    ("the main square", "la plaza mayor"),
    ("the market", "el mercado"),
    ("the church", "la iglesia"),
    ("the school", "la escuela"),
    ("the station", "la estación"),
    ("the park", "el parque"),
    ("the housing office", "la oficina de vivienda"),
    ("the community centre", "el centro comunitario"),
    ("the bank", "el banco"),
    ("the old factory", "la fábrica vieja"),
    ("the hospital", "el hospital"),
    ("the landlord's office", "la oficina del propietario"),
)
_THINGS = (
    ("candles", "velas"),
    ("banners", "pancartas"),
    ("blankets", "mantas"),
    ("tents", "carpas"),
    ("chairs", "sillas"),
    ("drums", "tambores"),
    ("posters", "carteles"),
    ("masks", "mascarillas"),
    ("lamps", "lámparas"),
    ("tables", "mesas"),
    ("volunteers", "voluntarias"),
    ("photos", "fotos"),
)
_WHO = (
    ("the tenants", "los inquilinos"),
    ("the neighbours", "las vecinas"),
    ("the families", "las familias"),
    ("the students", "los estudiantes"),
    ("the nurses", "las enfermeras"),
    ("the teachers", "los maestros"),
    ("the workers", "los trabajadores"),
    ("the drivers", "los choferes"),
    ("the cooks", "las cocineras"),
    ("the fishers", "los pescadores"),
)
_NAMES = tuple(
    (name, name)
    for name in (
        *(
            "Ana",
            "Luis",
            "Rosa",
            "Maria",
            "Carlos",
            "Elena",
            "Jose",
            "Lupe",
            "Marta",
            "Pedro",
            "Tomas",
            "Ines",
        ),
        *("Ramon", "Celia", "Diego", "Joy", "Grace", "Paolo", "Teresa", "Andres", "Isabel", "Mateo", "Lucia"),
        *("Jun", "Nena", "Rico", "Vilma", "Oscar", "Paula", "Sofia", "Bea", "Dante", "Lito", "Mila"),
    )
)

SLOTS: dict[str, tuple[tuple[str, str], ...]] = {
    "day": (
        ("Monday", "lunes"),
        ("Tuesday", "martes"),
        ("Wednesday", "miércoles"),
        ("Thursday", "jueves"),
        ("Friday", "viernes"),
        ("Saturday", "sábado"),
        ("Sunday", "domingo"),
    ),
    "month": (
        ("January", "enero"),
        ("February", "febrero"),
        ("March", "marzo"),
        ("April", "abril"),
        ("May", "mayo"),
        ("June", "junio"),
        ("July", "julio"),
        ("August", "agosto"),
        ("September", "septiembre"),
        ("October", "octubre"),
        ("November", "noviembre"),
        ("December", "diciembre"),
    ),
    "event": (
        ("vigil", "vigilia"),
        ("march", "marcha"),
        ("meeting", "asamblea"),
        ("vote", "votación"),
        ("protest", "protesta"),
        ("rent strike", "huelga de renta"),
        ("party", "fiesta"),
    ),
    "city": (
        *((name, name) for name in ("Manila", "Milwaukee", "Madrid", "Puebla", "Oaxaca", "Cebu", "Lima")),
        *((name, name) for name in ("Quito", "Davao")),
        ("Mexico City", "Ciudad de México"),
    ),
    "place": _PLACES,
    "things": _THINGS,
    "things2": _THINGS,
    "who": _WHO,
    "who2": _WHO,
    "name": _NAMES,
    "name2": _NAMES,
}

_SLOT = re.compile(r"\{([A-Za-z]+2?)\}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def fill(template: tuple[str, str], choice: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """One pair of sentences from a template; Spanish contractions and capitals come out right."""
    english, spanish = template
    for slot, (en, es) in choice.items():
        english = english.replace("{" + slot + "}", en)
        spanish = spanish.replace("{" + slot + "}", es).replace("{" + slot.capitalize() + "}", _capital(es))
    spanish = re.sub(r"\ba el\b", "al", spanish)
    spanish = re.sub(r"\bde el\b", "del", spanish)
    return _capital(english), spanish


def fillings(template: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Every pair that a template can give; the same value never fills two slots."""
    names = list(dict.fromkeys(_SLOT.findall(template[0])))
    for values in product(*(SLOTS[name] for name in names)):
        if len(set(values)) == len(values):
            yield fill(template, dict(zip(names, values, strict=True)))


def split(seed: int = 7, share: float = 0.2) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """All pairs, apart: (to learn, held out). Held out are fillings of templates with many of them.

    Each template keeps at most 400 fillings to learn; templates with fewer than 12 are learned whole.
    """
    random = Random(seed)  # noqa: S311 - a repeatable split, no secret
    learn, held = list(PAIRS), []
    for template in TEMPLATES:
        pairs = list(fillings(template))
        random.shuffle(pairs)
        if len(pairs) < 12:
            learn += pairs
            continue
        apart = max(2, int(min(len(pairs), 60) * share))
        held += pairs[:apart]
        learn += pairs[apart : apart + 400]
    return learn, held

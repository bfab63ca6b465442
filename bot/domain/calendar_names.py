"""What months and days of the week are called, for languages in which they can be found as words.

From the Unicode CLDR (wide names, the form in a date before the one that stands alone). Languages that write
months as numbers, or melt the names into their sentences, are left out.
"""

from __future__ import annotations

_MONTHS = {
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "cs": (
        "ledna/leden února/únor března/březen dubna/duben května/květen června/červen července/červenec "
        "srpna/srpen září října/říjen listopadu/listopad prosince/prosinec"
    ),
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "el": (
        "ιανουαρίου/ιανουάριοσ φεβρουαρίου/φεβρουάριοσ μαρτίου/μάρτιοσ απριλίου/απρίλιοσ μαΐου/μάιοσ "
        "ιουνίου/ιούνιοσ ιουλίου/ιούλιοσ αυγούστου/αύγουστοσ σεπτεμβρίου/σεπτέμβριοσ οκτωβρίου/οκτώβριοσ "
        "νοεμβρίου/νοέμβριοσ δεκεμβρίου/δεκέμβριοσ"
    ),
    "en": "january february march april may june july august september october november december",
    "eo": "januaro februaro marto aprilo majo junio julio aŭgusto septembro oktobro novembro decembro",
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre"
    ),
    "fil": "enero pebrero marso abril mayo hunyo hulyo agosto setyembre oktubre nobyembre disyembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "gl": "xaneiro febreiro marzo abril maio xuño xullo agosto setembro outubro novembro decembro",
    "hu": (
        "január február március április május június július augusztus szeptember október november december"
    ),
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ms": "januari februari mac april mei jun julai ogos september oktober november disember",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": (
        "stycznia/styczeń lutego/luty marca/marzec kwietnia/kwiecień maja/maj czerwca/czerwiec "
        "lipca/lipiec sierpnia/sierpień września/wrzesień października/październik listopada/listopad "
        "grudnia/grudzień"
    ),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ro": (
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie"
    ),
    "ru": (
        "января/январь февраля/февраль марта/март апреля/апрель мая/май июня/июнь июля/июль "
        "августа/август сентября/сентябрь октября/октябрь ноября/ноябрь декабря/декабрь"
    ),
    "sk": (
        "januára/január februára/február marca/marec apríla/apríl mája/máj júna/jún júla/júl "
        "augusta/august septembra/september októbra/október novembra/november decembra/december"
    ),
    "sl": "januar februar marec april maj junij julij avgust september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "uk": (
        "січня/січень лютого/лютий березня/березень квітня/квітень травня/травень червня/червень "
        "липня/липень серпня/серпень вересня/вересень жовтня/жовтень листопада/листопад грудня/грудень"
    ),
}
_DAYS = {
    "bg": "понеделник вторник сряда четвъртък петък събота неделя",
    "ca": "dilluns dimarts dimecres dijous divendres dissabte diumenge",
    "cs": "pondělí úterý středa čtvrtek pátek sobota neděle",
    "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "de": "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    "el": "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "eo": "lundo mardo merkredo ĵaŭdo vendredo sabato dimanĉo",
    "es": "lunes martes miércoles/miercoles jueves viernes sábado/sabado domingo",
    "fil": "lunes martes miyerkules huwebes biyernes sabado linggo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "gl": "luns martes mércores xoves venres sábado domingo",
    "hu": "hétfő kedd szerda csütörtök péntek szombat vasárnap",
    "id": "senin selasa rabu kamis jumat sabtu minggu",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "ms": "isnin selasa rabu khamis jumaat sabtu ahad",
    "nb": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "pl": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "ro": "luni marți miercuri joi vineri sâmbătă duminică",
    "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
    "sk": "pondelok utorok streda štvrtok piatok sobota nedeľa",
    "sl": "ponedeljek torek sreda četrtek petek sobota nedelja",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
    "uk": "понеділок вівторок середа четвер пʼятниця субота неділя",
}


def _read(table: dict[str, str]) -> dict[str, dict[str, int]]:
    return {
        code: {form: number for number, names in enumerate(row.split(), start=1) for form in names.split("/")}
        for code, row in table.items()
    }


MONTHS = _read(_MONTHS)
"""Language → name in lower case → 1 to 12."""
WEEKDAYS = _read(_DAYS)
"""Language → name in lower case → 1 (Monday) to 7."""

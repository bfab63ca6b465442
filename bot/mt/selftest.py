"""One sentence through a freshly installed package: does it say anything?"""

from __future__ import annotations

from pathlib import Path

from bot.domain.languages import TONGUES
from bot.mt.engine import EngineFailed
from bot.mt.local import Argos
from bot.mt.packages import Package, PackageError
from bot.mt.verify import runaway

_THANKS = {
    "ar": "شكرا جزيلا.", "az": "Çox sağ ol.", "bg": "Благодаря много.", "bn": "অনেক ধন্যবাদ।",
    "ca": "Moltes gràcies.",
    "cs": "Děkuji mnohokrát.", "da": "Mange tak.", "de": "Vielen Dank.", "el": "Ευχαριστώ πολύ.",
    "en": "Thank you very much.", "eo": "Dankon.", "es": "Muchas gracias.", "et": "Suur aitäh.",
    "eu": "Eskerrik asko.", "fa": "خیلی ممنون.", "fi": "Kiitos paljon.", "fr": "Merci beaucoup.",
    "ga": "Go raibh maith agat.", "gl": "Moitas grazas.", "he": "תודה רבה.", "hi": "बहुत धन्यवाद।",
    "hu": "Köszönöm szépen.", "id": "Terima kasih banyak.", "it": "Grazie mille.",
    "ja": "どうもありがとうございます。", "ko": "정말 감사합니다.", "ky": "Чоң рахмат.", "lt": "Labai ačiū.",
    "lv": "Liels paldies.", "ms": "Terima kasih banyak.", "nb": "Tusen takk.", "nl": "Hartelijk dank.",
    "pl": "Dziękuję bardzo.", "pb": "Muito obrigado.", "pt": "Muito obrigado.", "ro": "Mulțumesc mult.",
    "ru": "Большое спасибо.", "sk": "Ďakujem veľmi pekne.", "sl": "Najlepša hvala.",
    "sq": "Shumë faleminderit.", "sv": "Tack så mycket.", "th": "ขอบคุณมาก", "tl": "Maraming salamat.",
    "tr": "Çok teşekkür ederim.", "uk": "Дуже дякую.", "ur": "بہت شکریہ۔", "zh": "非常感谢。",
    "zt": "非常感謝。",
}  # fmt: skip


async def selftest(models_dir: Path, package: Package) -> tuple[str, str]:
    """A sentence and its translation. PackageError if the package gives nothing that looks like one."""
    sentence = _THANKS[package.source]
    source, target = (_catalog(code) for code in (package.source, package.target))
    engine = Argos(models_dir)
    try:
        [found] = await engine.translate([sentence], source, target)
    except EngineFailed as error:
        raise PackageError(f"{package.name} does not translate: {error}.") from error
    finally:
        await engine.close()
    if not found or not any(map(str.isalpha, found[0])) or runaway(sentence, found[0]):
        raise PackageError(f"{package.name} does not translate: nothing sensible came out.")
    return sentence, found[0]


def _catalog(code: str) -> str:
    """A catalog language that is written in this engine code, the plainest one."""
    return min((one.code for one in TONGUES if code in one.engines), key=len)

"""Numbers of identity papers, tax numbers, bank accounts and cards, by their form and their check digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdecimal()]


def _always(_: str) -> bool:
    return True


def _dni(text: str) -> bool:
    """Spain: the letter is the rest of dividing by 23."""
    plain = text.upper().replace("-", "").replace(" ", "")
    number = plain[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return _DNI_LETTERS[int(number) % 23] == plain[-1]


def _cpf(text: str) -> bool:
    """Brazil: two digits, each the weighted sum of those before it."""
    digits = _digits(text)
    for place in (9, 10):
        total = sum(digit * (place + 1 - i) for i, digit in enumerate(digits[:place]))
        if total * 10 % 11 % 10 != digits[place]:
            return False
    return len(set(digits)) > 1


def _cuit(text: str) -> bool:
    """Argentina: weights 5, 4, 3, 2, 7, 6, 5, 4, 3, 2."""
    digits = _digits(text)
    total = sum(a * b for a, b in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False))
    return (11 - total % 11) % 11 == digits[10]


def _rut(text: str) -> bool:
    """Chile: weights 2 to 7, from the right; 10 is written K."""
    number, _, check = text.replace(".", "").rpartition("-")
    total = sum(int(c) * (2 + i % 6) for i, c in enumerate(reversed(number)))
    return "0123456789K"[(11 - total % 11) % 11] == check.upper()


def _nir(text: str) -> bool:
    """France: the last two digits make the number a multiple of 97."""
    digits = "".join(text.split())
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def _iban(text: str) -> bool:
    """ISO 13616: with its beginning at the end, the rest of dividing by 97 is 1."""
    plain = "".join(text.split()).upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _luhn(text: str) -> bool:
    digits = _digits(text)
    total = sum(sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(reversed(digits)))
    return total % 10 == 0 and len(set(digits)) > 1


_FORMS: tuple[tuple[regex.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (regex.compile(rf"(?<![\w.,-])(?:{form})(?![\w-]|[.,]\d)"), check)
    for form, check in (
        (r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", _iban),
        (r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5}|\d{13,16}", _luhn),
        (r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", _always),  # United States
        (r"\d{8}[- ]?[A-Za-z]|[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]", _dni),
        (r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d", _always),  # Mexico: CURP
        (r"[A-ZÑ&]{3,4}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[A-Z0-9]{3}", _always),  # Mexico: RFC
        (r"\d{3}\.\d{3}\.\d{3}-\d{2}", _cpf),
        (r"\d{2}-\d{8}-\d", _cuit),
        (r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]", _rut),
        (
            r"\d{4}-\d{7}-\d|\d{2}-\d{7}-\d|\d{3}-\d{3}-\d{3}-\d{3,5}|\d{4}-\d{4}-\d{4}-\d{4}",
            _always,
        ),  # Philippines
        (r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _always),  # Italy
        (r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}", _nir),
        (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", _always),  # United Kingdom
    )
)
_PAPERS = (
    "passport pasaporte passaporte passeport reisepass dni nie ine curp rfc ssn tin nin nss sss umid cédula "
    "cedula carné carnet aadhaar identity_card id_card id_number driving_licen[cs]e driver['’]?s_licen[cs]e "
    "licencia_de_conducir licen[cs]e_plate matrícula placas número_de_identidad personalausweis"
)
_NAMED = regex.compile(
    rf"(?i)\b(?:{'|'.join(_PAPERS.split()).replace('_', ' ')})"
    r"(?:\s?(?:no|number|num|núm|número|nr|n[º°]))?\.?\s?[:#]?\s?(?:is\s|es\s)?"
    r"(?P<number>(?=[A-Z0-9 .-]{0,6}\d)[A-Z0-9][A-Z0-9.-]{4,20}(?:[ -]\d{2,6}){0,3})\b"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where such numbers stand in the text."""
    for form, check in _FORMS:
        for one in form.finditer(text):
            if check(one[0]):
                yield one.span()
    for one in _NAMED.finditer(text):
        if sum(c.isdecimal() for c in one["number"]) >= 4:
            yield one.span()

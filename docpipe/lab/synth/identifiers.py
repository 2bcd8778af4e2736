"""Numbers that firms are known by, made up with valid check digits (checked by python-stdnum in the tests)."""

from __future__ import annotations

from random import Random

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def german_vat(rng: Random) -> str:
    """DE and nine digits, the last by ISO 7064 Mod 11, 10."""
    body = rng.choice("123456789") + _digits(rng, 7)
    return "DE" + body + _mod_11_10(body)


def _mod_11_10(body: str) -> str:
    check = 5
    for digit in body:
        check = (((check or 10) * 2) % 11 + int(digit)) % 10
    return str((1 - ((check or 10) * 2) % 11) % 10)


def append_luhn_digit(body: str) -> str:
    """Return digits with their Luhn digit behind (SIREN, SIRET)."""
    total = 0
    for k, digit in enumerate(reversed(body)):
        number = int(digit) * (2 - k % 2)
        total += number - 9 if number > 9 else number
    return body + str(-total % 10)


def siren(rng: Random) -> str:
    return append_luhn_digit(rng.choice("345789") + _digits(rng, 7))


def siret(rng: Random, of: str) -> str:
    return append_luhn_digit(of + f"{rng.randint(1, 40):04d}")


def french_vat(siren_number: str) -> str:
    return f"FR{(int(siren_number) * 100 + 12) % 97:02d}{siren_number}"


def austrian_vat(rng: Random) -> str:
    body = _digits(rng, 7)
    total = 0
    for k, digit in enumerate(body):
        number = int(digit) * (1 + k % 2)
        total += number // 10 + number % 10
    return f"ATU{body}{(6 - total) % 10}"


def swiss_uid(rng: Random) -> str:
    while True:
        body = _digits(rng, 8)
        check = -sum(w * int(d) for w, d in zip((5, 4, 3, 2, 7, 6, 5, 4), body, strict=True)) % 11
        if check < 10:
            return f"CHE{body}{check}"


def belgian_vat(rng: Random) -> str:
    body = "0" + rng.choice("456789") + _digits(rng, 6)
    return f"BE{body}{97 - int(body) % 97:02d}"


def british_vat(rng: Random) -> str:
    body = rng.choice("123456789") + _digits(rng, 6)
    return f"GB{body}{97 - sum(w * int(d) for w, d in zip(range(8, 1, -1), body, strict=True)) % 97:02d}"


def irish_vat(rng: Random) -> str:
    body = _digits(rng, 7)
    check = sum(w * int(d) for w, d in zip(range(8, 1, -1), body, strict=True)) % 23
    return f"IE{body}{'WABCDEFGHIJKLMNOPQRSTUV'[check]}"


def uscc(rng: Random) -> str:
    """Unified social credit code of China (GB 32100)."""
    body = (
        "9"
        + rng.choice("1123")
        + rng.choice(("1101", "3101", "4403", "4401", "3301", "3205", "5101", "4201", "3702", "6101"))
        + _digits(rng, 2)
    )
    body += "MA" + "".join(rng.choice(_USCC) for _ in range(7)) if rng.random() < 0.5 else _digits(rng, 9)
    total = sum(_USCC.index(character) * pow(3, k, 31) for k, character in enumerate(body))
    return body + _USCC[(31 - total % 31) % 31]


def iban(country: str, bban: str) -> str:
    """Return the IBAN of a basic account number (ISO 13616)."""
    number = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{bban}"


def random_iban(rng: Random, country: str) -> str:
    if country == "FR":
        bank, desk, account = _digits(rng, 5), _digits(rng, 5), _digits(rng, 11)
        key = 97 - (89 * int(bank) + 15 * int(desk) + 3 * int(account)) % 97
        return iban("FR", f"{bank}{desk}{account}{key:02d}")
    if country == "BE":
        body = rng.choice(("001", "063", "230", "310", "363", "734")) + _digits(rng, 7)
        return iban("BE", f"{body}{int(body) % 97 or 97:02d}")
    letters = "".join(rng.choice("ABCDEFGHKLMNPRSTW") for _ in range(4))
    shapes = {
        "DE": _digits(rng, 18),
        "AT": _digits(rng, 16),
        "CH": _digits(rng, 17),
        "GB": letters + _digits(rng, 14),
        "IE": letters + _digits(rng, 14),
    }
    return iban(country, shapes[country])


def random_bic(rng: Random, country: str) -> str:
    bank = "".join(rng.choice("ABCDEFGHKLMNOPRSTU") for _ in range(4))
    place = rng.choice("ABDEFGHKLMPRSTX2346789") + rng.choice("ABDEFHMRSTX123")
    return f"{bank}{country}{place}{rng.choice(('', 'XXX', _digits(rng, 3)))}"


def tax_id(rng: Random, country: str, siren_number: str = "") -> str:
    """Return the number under which a firm of this country pays value added tax, without blanks."""
    if country == "FR":
        return french_vat(siren_number or siren(rng))
    if country == "MY":
        return rng.choice(
            (
                f"00{_digits(rng, 10)}",
                f"{_digits(rng, 12)}",
                f"W10-{rng.randint(1000, 9999)}-{_digits(rng, 8)}",
                f"B16-{rng.randint(1000, 9999)}-{_digits(rng, 8)}",
            )
        )
    if country == "SG":
        return rng.choice(
            (
                f"M{rng.randint(2, 9)}-{_digits(rng, 7)}-{rng.choice('ABCDEFGX')}",
                f"{rng.choice('12')}{_digits(rng, 8)}{rng.choice('ABCDEFGHKMNRWZ')}",
            )
        )
    if country == "US":
        return f"{rng.randint(10, 98)}-{_digits(rng, 7)}"
    return {
        "DE": german_vat,
        "AT": austrian_vat,
        "CH": swiss_uid,
        "BE": belgian_vat,
        "GB": british_vat,
        "IE": irish_vat,
        "CN": uscc,
    }[country](rng)


def registration(rng: Random, country: str, language: str, siren_number: str) -> str:
    """Return a number of the register of firms, as printed."""
    if country == "MY":
        return rng.choice(
            (
                f"{_digits(rng, 6)}-{rng.choice('ADHKMPTUVWX')}",
                f"{_digits(rng, 7)}-{rng.choice('ADHKMPTUVWX')}",
                f"{rng.choice(('JM', 'SA', 'KT', 'TR', '00'))}{_digits(rng, 7)}-{rng.choice('ADHKMPTUVWX')}",
                f"20{rng.randint(0, 20):02d}01{_digits(rng, 6)}",
                f"{_digits(rng, 6)} {rng.choice('ADHKMPTUVWX')}",
                f"20{rng.randint(0, 20):02d}010{_digits(rng, 5)} ({_digits(rng, 7)}-{rng.choice('ADHKMPTUVWX')})",
            )
        )
    if country == "SG":
        return f"{rng.choice(('19', '20'))}{_digits(rng, 7)}{rng.choice('CDEGHKMNRWZ')}"
    if country in ("FR",):
        return siret(rng, siren_number)
    if country == "BE":
        return belgian_vat(rng)[2:]
    if country == "DE":
        return f"{rng.choice(('HRB', 'HRB', 'HRB', 'HRA', 'H R B'))} {rng.randint(100, 250000)}"
    if country == "AT":
        return f"FN {rng.randint(10000, 599999)}{rng.choice('abcdfghkmptvwxyz')}"
    if country == "CH":
        return f"CHE-{rng.randint(100, 499)}.{rng.randint(100, 999)}.{rng.randint(100, 999)}"
    return f"{rng.randint(1000000, 16999999):08d}"


def space_digits(number: str, rng: Random) -> str:
    """Print an identifier as people do: in one, or in groups."""
    if number[:2].isalpha() and len(number) > 14:  # IBAN
        return number if rng.random() < 0.3 else " ".join(number[k : k + 4] for k in range(0, len(number), 4))
    if number.startswith("FR") and rng.random() < 0.5:
        return f"FR {number[2:4]} {number[4:7]} {number[7:10]} {number[10:]}"
    if number.startswith("CHE") and "-" not in number:
        return rng.choice(
            (f"CHE-{number[3:6]}.{number[6:9]}.{number[9:]} MWST", f"CHE-{number[3:6]}.{number[6:9]}.{number[9:]}")
        )
    if number.startswith(("DE", "GB")) and rng.random() < 0.3:
        return f"{number[:2]} {number[2:5]} {number[5 : 8 if number[0] == 'D' else 9]} {number[8 if number[0] == 'D' else 9 :]}".strip()  # noqa: E501
    if number.startswith("BE") and rng.random() < 0.4:
        return f"BE {number[2:6]}.{number[6:9]}.{number[9:]}"
    if len(number) == 14 and number.isdigit() and rng.random() < 0.6:
        return f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}"
    return number


_SHAPES = (
    "{n6}",
    "{n5}",
    "{n7}",
    "{n8}",
    "{y}-{n4}",
    "{y}{n5}",
    "INV-{n5}",
    "INV{n6}",
    "R-{n5}",
    "RE-{y}-{n4}",
    "{a2}{n6}",
    "{a1}{n8}",
    "{a3}-{n4}",
    "{yy}{m}{n4}",
    "{y}/{n4}",
    "{n3}/{yy}",
    "{n4}-{n1}",
    "{n7}-{n1}",
    "{a2}-{y}-{n5}",
    "{n10}",
    "{n5}/{n3}/{a1}{n4}",
    "CS{n8}",
    "{a1}{n3}-{n6}",
    "{n3}-{n7}",
    "F{y}{n4}",
    "FA{n5}",
    "FA-{y}-{n4}",
    "#{n5}",
    "{y}.{n4}",
    "{n2}-{n5}",
    "OR{yy}{m}{n8}",
    "{a2}{n2}/{n5}",
    "{n4}",
    "{n12}",
    "{yy}-{n5}-{a1}",
    "{a1}{n2}{a1}{n4}",
    "V{n3}.{n4}",
)


def number_shape(rng: Random) -> str:
    """Draw how an issuer numbers its documents."""
    return rng.choice(_SHAPES)


def draw_number(rng: Random, shape: str, year: int, month: int) -> str:
    """Make up a number of a given shape."""
    text = shape.replace("{yy}", f"{year % 100:02d}").replace("{y}", str(year)).replace("{m}", f"{month:02d}")
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        kind, count = text[start + 1], int(text[start + 2 : end])
        piece = (
            "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))
            if kind == "a"
            else str(rng.randint(10 ** (count - 1) if rng.random() < 0.6 else 0, 10**count - 1)).zfill(count)
        )
        text = text[:start] + piece + text[end + 1 :]
    return text

"""German names and goods: Germany, Austria, Switzerland."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from random import Random
from typing import Any

_HEAD = "Hart Berg Stein Wald Reich Lind Eich Kirch Stahl Bach Gold Sommer Winter Rosen Krug Feld Grün Hoch Neu Alten Ober Unter Schön Breit Roth Weiß Brand Diet Erl Frey Gund Hasel Ill Kalt Lang Mühl Nieder Ost Pfaff Quell Ried Sand Tann Ulm Vogel Wiesen Zeller".split()
_TAIL = "mann er meier bauer hofer müller huber berger wald stein ler ner bach huber inger kamp brecht hardt wein feld rich auer egger lechner".split()
_TOWN_TAIL = "burg stadt heim dorf hausen berg bach feld furt kirchen ingen tal hafen brück münde au weiler rode leben ach".split()
_GIVEN = "Anna Bernd Claudia Dieter Elke Frank Gisela Hans Ingrid Jürgen Karin Lukas Monika Norbert Petra Ralf Sabine Thomas Ursula Volker Jörg Stefanie Matthias Katrin Felix Julia Maximilian Sophie Günther Heike Özlem Mehmet".split()
_BRANCH = (
    "Elektrotechnik|Maschinenbau|Bürobedarf|Logistik|Werkzeuge|Metallbau|Druckerei|Verlag|Software|Datentechnik|Gebäudereinigung|Gartenbau|Sanitär|Heizungsbau|Dachdecker|Schreinerei|Möbel|Baustoffe|Handel|Großhandel|Versand|"
    "Medizintechnik|Lebensmittel|Getränke|Textil|Verpackungen|Beratung|Ingenieurbüro|Steuerberatung|Werbung|Medien|Personalservice|Spedition|Autohaus|Reifendienst|Chemie|Kunststofftechnik|Optik|Energie|Stadtwerke|Telekommunikation|Veranstaltungstechnik|Systemhaus|Fahrzeugbau|Stahlhandel|Messtechnik|Landtechnik"
).split("|")
_SHOP = "Bäckerei|Konditorei|Metzgerei|Café|Restaurant|Gasthaus|Gasthof|Apotheke|Drogerie|Buchhandlung|Blumen|Tankstelle|Getränkemarkt|Supermarkt|Frischemarkt|Baumarkt|Imbiss|Pizzeria|Eisdiele|Schuhhaus|Modehaus|Kiosk|Markthalle|Hofladen|Weinstube|Hotel|Fahrradladen|Gärtnerei|Schreibwaren|Spielwaren|Reformhaus|Feinkost|Naturkost|Wirtshaus|Friseur|Optiker|Tierbedarf|Elektromarkt|Lebensmittel".split(
    "|"
)
_STREETS = "Bahnhof Haupt Garten Schiller Goethe Linden Kirch Schul Berg Markt Ring Wiesen Mühlen Rosen Industrie Garten Birken Eichen Park Schloss Brunnen Bach Feld Wald Hafen Post Nord Süd Ost West Dorf Kloster Burg Ulmen Ahorn Tannen Lerchen Amsel Finken Handwerker Siemens Daimler Rathaus Weinberg".split()
_KIND = "straße straße straße str. str. weg weg platz allee gasse ring damm ufer".split()
_FOOD = "Vollkornbrot|Brötchen|Butter|Milch 3,5%|Joghurt|Käse|Schinken|Salami|Äpfel|Bananen|Tomaten|Gurke|Kartoffeln|Zwiebeln|Mineralwasser|Apfelsaft|Bier|Rotwein|Kaffee|Tee|Schokolade|Kekse|Nudeln|Reis|Mehl|Zucker|Eier 10er|Sahne|Quark|Honig|Marmelade|Müsli|Olivenöl|Essig|Senf|Bratwurst|Schnitzel|Pommes|Gulaschsuppe|Käsespätzle|Salat|Apfelschorle|Cappuccino|Latte Macchiato|Espresso|Kuchen|Brezel|Leberkäse|Weißbier|Radler".split(
    "|"
)
_HARD = "Schrauben|Dübel|Nägel|Winkel|Kabel|Steckdose|Schalter|Leuchtmittel|Farbe|Pinsel|Klebeband|Silikon|Bohrer|Sägeblatt|Handschuhe|Eimer|Besen|Schlauch|Ventil|Rohr|Muffe|Blumenerde|Dünger|Batterien|Kopierpapier A4|Ordner|Kugelschreiber|Notizblock|Briefumschläge|Toner|Trennblätter|Heftklammern|Etiketten|Stempel|Bürostuhl|Schreibtisch|Lampe|Bildschirm|Tastatur|Maus|USB-Stick|Netzteil|Monitorhalter|Zahncreme|Shampoo|Seife|Waschmittel|Taschentücher|Handcreme|Pflaster|Spülmittel|Müllbeutel|Kerzen|Servietten".split(
    "|"
)
_SERVICE = "Beratung|Montage|Wartung|Reparatur|Anfahrt|Arbeitszeit|Installation|Schulung|Softwarepflege|Lizenzgebühr|Hosting|Webdesign|Übersetzung|Reinigung|Miete|Transport|Verpackung|Entsorgung|Programmierung|Projektleitung|Konzeption|Fotografie|Druckkosten|Grafikdesign|Gutachten|Prüfung|Messung|Inspektion|Ölwechsel|Reifenwechsel|Abschleppdienst|Stromlieferung|Grundgebühr|Wasserverbrauch|Datenvolumen|Anzeigenschaltung|Raummiete|Bewirtung|Versandkosten|Winterdienst|Gartenpflege".split(
    "|"
)
_QUALITY = "Premium|Standard|groß|klein|weiß|schwarz|blau|rot|verzinkt|Edelstahl|Holz|Bio|frisch|extra|Profi|Set|Ersatz-|Mini|XL|Original|Spezial|matt|rund|eckig|digital".split(
    "|"
)
_SIZES = "500 ml|1 l|0,5 l|250 g|1 kg|10 Stk|100 Stk|A4|2 m|3 m breit|4x40|M8|12 V|13 W|80 g/m²|DN 50|25x40 cm|6er Pack|5er|RAL 9010|Gr. 42|10 mm|Typ B".split(
    "|"
)
_UNITS = "Stk|Stück|Stk.|St.|h|Std.|Std|kg|m|m²|Pauschal|psch|Tag|Tage|l|Paar|Pkg|Karton|Set|Monat|Monate|t|kWh|m³|x|ST|VE|Rolle|lfm".split(
    "|"
)

_FOLDED = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("é"): "e"}


def surname(rng: Random) -> str:
    return rng.choice(_HEAD) + rng.choice(_TAIL)


def town(rng: Random) -> str:
    prefix = rng.choice(("Bad ", "Neu", "Sankt ", "Ober", "Unter", "Klein", "Groß")) if rng.random() < 0.12 else ""
    core = rng.choice(_HEAD) + rng.choice(_TOWN_TAIL)
    core = prefix + (core.lower() if prefix and not prefix.endswith(" ") else core)
    if rng.random() < 0.15:
        core += rng.choice((" am Main", " an der Donau", " am See", " (Saale)", " i. Br.", " am Inn", " ob der Tauber"))
    return core


def person(rng: Random, country: str) -> str:
    return f"{rng.choice(_GIVEN)} {surname(rng)}"


def company(rng: Random, country: str, retail: bool) -> tuple[str, str]:
    """Return a legal name and a trade name."""
    branch = rng.choice(_SHOP if retail else _BRANCH)
    roll = rng.random()
    if roll < 0.35:
        core = f"{branch} {surname(rng)}"
    elif roll < 0.6:
        core = f"{surname(rng)} {branch}"
    elif roll < 0.7:
        core = f"{surname(rng)} & {rng.choice((surname(rng), 'Söhne', 'Sohn', 'Partner', 'Co.'))}"
    elif roll < 0.8:
        core = f"{''.join(rng.choice('ABDEGHKLMNPRSTVW') for _ in range(rng.choice((2, 3, 3))))} {branch}"
    elif roll < 0.92:
        core = f"{rng.choice(_HEAD)}{rng.choice(('tec', 'net', 'data', 'plan', 'pro', 'werk', 'form', 'med', 'trans', 'bau'))} {branch if rng.random() < 0.5 else ''}".strip()
    else:
        core = f"{branch} {rng.choice(('am', 'zum', 'zur'))} {rng.choice(('Markt', 'Rathaus', 'Goldenen Hirsch', 'Linde', 'Alten Mühle', 'Stern', 'Park'))}"
    form = rng.choice(
        {
            "DE": "GmbH|GmbH|GmbH|GmbH & Co. KG|AG|KG|OHG|e.K.|UG (haftungsbeschränkt)|GbR|eG|SE|e. V.||mbH & Co. KG",
            "AT": "GmbH|GesmbH|AG|KG|e.U.|OG|Ges.m.b.H.|",
            "CH": "AG|GmbH|AG|SA|& Co.|",
        }[country].split("|")
    )
    return (f"{core} {form}", core) if form else (core, "")


def address(rng: Random, country: str) -> tuple[list[str], str]:
    kind = rng.choice(_KIND)
    stem = rng.choice(_STREETS)
    road = rng.choice(
        (
            stem + kind,
            stem + kind,
            stem + kind,
            f"{town(rng).split()[0]}er {'Straße' if kind.startswith('str') else kind.capitalize()}",
            f"{rng.choice(_GIVEN)}-{surname(rng)}-{'Str.' if kind == 'str.' else 'Straße'}",
            f"Am {stem}{rng.choice(('berg', 'hof', 'park', 'feld'))}",
        )
    )
    number = rng.choice(
        (
            str(rng.randint(1, 150)),
            f"{rng.randint(1, 90)}{rng.choice('abc')}",
            f"{rng.randint(1, 90)}-{rng.randint(91, 99)}",
            f"{rng.randint(1, 90)} {rng.choice('AB')}",
        )
    )
    place = town(rng)
    code = f"{rng.randint(1067, 99998):05d}" if country == "DE" else str(rng.randint(1010, 9990))
    lead = rng.choice(
        (
            "",
            "",
            "",
            "",
            {"DE": "D-", "AT": "A-", "CH": "CH-"}[country],
            {"DE": "DE ", "AT": "AT ", "CH": "CH "}[country],
        )
    )
    lines = [f"{road} {number}", f"{lead}{code} {place}"]
    if rng.random() < 0.12:
        lines.append({"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz"}[country])
    return lines, place


def phone(rng: Random, country: str) -> str:
    n = rng.randint
    lead = {"DE": "+49", "AT": "+43", "CH": "+41"}[country]
    return rng.choice(
        (
            f"0{n(20, 99)}{n(10, 99)}/{n(1000, 99999)}-{n(0, 99)}",
            f"0{n(200, 9999)} / {n(10000, 999999)}",
            f"{lead} {n(30, 999)} {n(100000, 9999999)}",
            f"{lead} ({n(10, 99)}) {n(1000, 9999)}-{n(0, 99)}",
            f"0{n(200, 9999)} {n(10000, 9999999)}",
        )
    )


def party(rng: Random, country: str, retail: bool) -> dict[str, Any]:
    name, trade = company(rng, country, retail)
    lines, place = address(rng, country)
    fold = (trade or name).lower().translate(_FOLDED)
    slug = "".join(c for c in fold.replace(" ", "-") if (c.isalnum() or c == "-") and c.isascii())[:22].strip("-")
    return {
        "name": name, "trade_name": trade, "address": tuple(lines), "city": place, "person": person(rng, country),
        "domain": f"{slug}.{country.lower()}", "phone": phone(rng, country), "fax": phone(rng, country),
    }  # fmt: skip


def goods(rng: Random, country: str, retail: bool, trade: int) -> tuple[str, str, str]:
    words = ((_FOOD, _HARD) if retail else (_SERVICE, _HARD, _SERVICE + _HARD))[trade % (2 if retail else 3)]
    name = rng.choice(words)
    if rng.random() < 0.35:
        name = rng.choice((f"{name} {rng.choice(_QUALITY)}", f"{rng.choice(_QUALITY)} {name}"))
    if rng.random() < 0.12:
        name = f"{surname(rng)} {name}"
    size = rng.choice(_SIZES) if words is not _SERVICE and rng.random() < 0.45 else ""
    return name, size, rng.choice(_UNITS)

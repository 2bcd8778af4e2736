"""English names and goods: Malaysia and Singapore, the United States, the United Kingdom and its neighbours."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from random import Random
from typing import Any

_HEAD = (
    "Har Bel Cor Win Ash Thorn Mer Kel Dun Fair Lang Brad Had Stan Wol Ever Cran Hol Whit Brook Lin Car Pem Ald Ros Ock Tre Pen Nor Wes "
    "Mil Red Gar Cal Len Mar Tol Bram Hux Chal Farn Grim Hed Ket Lath Mor Oak Pres Quar Rad Shel Tad Und Ver Wad Yar Zel Ber Col Dray"
).split()
_TAIL = (
    "ton ley ford wick field man son more worth by ham brook den well stead combe gate hurst low ridge bury port dale mont vale wood mere stone croft ner lock"
).split()
_GIVEN = (
    "James Mary Robert Linda Ahmad Siti Wei Mei Priya Ravi Daniel Susan Kevin Karen Paul Nancy Mark Lisa Steven Betty George Helen Peter Laura Alan Diane Joan Grace Amir Nur Hafiz Aisyah Kumar Devi Chong Fatimah"
).split()
_TRADE = (
    "Supplies|Trading|Services|Logistics|Engineering|Consulting|Foods|Motors|Electrical|Plumbing|Printing|Office Systems|Packaging|Textiles|Catering|Media|Design|Software|Hardware|Timber|Steel|Plastics|Medical|"
    "Instruments|Security|Travel|Cleaning|Gardens|Furniture|Lighting|Roofing|Events|Freight|Networks|Analytics|Tools|Chemicals|Ceramics|Labs|Partners|Solutions|Industries|Group|Holdings|Studios|Works|Energy|Water|Telecom"
).split("|")
_SHOP = (
    "Hardware|Stationery|Bakery|Cafe|Pharmacy|Mini Market|Supermarket|Book Store|Restaurant|Bistro|Gift Shop|Auto Parts|Electrical|Florist|Kitchen|Grill|Noodle House|Seafood Restaurant|Fruits|Mart|Grocer|Deli|Books|"
    "Fashion|Shoes|Optical|Pet Shop|Petrol Station|Car Park|Clinic|Dental Surgery|Hair Studio|Laundry|Department Store|Toys|Sports|Furniture|Tea House|Ice Cream|Coffee|Burgers|Pizza|Diner|Tavern|Food Court|Wholesale|Convenience Store|DIY|Garden Centre|Jewellers"
).split("|")
_ADJ = (
    "Golden Silver Blue Green Royal Prime First United Global Metro Star Sun Eagle Lucky Happy Grand Smart Fresh Modern Classic Northern Pacific Central Evergreen Red Urban Rapid Crystal Bright Supreme Perfect Oriental New Old Little Big Family City Premier Summit Harbour Coastal Alpine Delta"
).split()
_NOUN = "Dragon Lotus Palm Tiger Lion Bridge River Garden Tower Anchor Crown Falcon Maple Harbor Spring Valley Gate Moon Pearl Orchid Bamboo Leaf Stone Wheel Arrow Compass Lantern Peak Bay Fox Owl Otter Kettle Barrel Cedar Willow".split()
_CN = "Hong Kian Seng Lim Ban Soon Huat Chin Heng Lee Teck Wah Kok Poh Yong Sin Tat Guan Kim Leong Hoe Fatt Cheong Loong Mei Fook Tai San Nam Thye Eng Choon Hin Aik Swee Kwong Onn Meng Chuan Keat Joo Lai".split()
_MALAY = (
    "Melati Kenanga Cempaka Mawar Indah Jaya Maju Sentosa Bahagia Perdana Damai Mutiara Intan Seri Anggerik Dahlia Kasturi Merbau Cengal Jati Meranti Rajawali Helang Merak Kenyalang Permata Delima Nilam Baiduri Wawasan "
    "Harmoni Impian Bayu Angsana Tanjung Rambutan Manggis Ciku Nangka Kelapa Puteri Utama Baru Lestari Hijau Pelangi Suria Budiman"
).split()
_STATES = "Selangor|Johor|Kuala Lumpur|Penang|Melaka|Perak|Pahang|Kedah|Negeri Sembilan|Wilayah Persekutuan|Sarawak|Sabah|Kelantan|Terengganu|Selangor Darul Ehsan|Johor Darul Takzim|W.P. Kuala Lumpur|Perak Darul Ridzuan".split(
    "|"
)
_MY_TOWN_A = (
    "Bandar|Taman|Kampung|Bukit|Batu|Kota|Sungai|Pekan|Kuala|Desa|Sri|Parit|Simpang|Ulu|Tanjong|Padang|Air".split("|")
)
_US_STATES = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY".split()
_STREET = "Street|Road|Avenue|Lane|Drive|Boulevard|Way|Court|Place|Parkway|Square|Terrace|Close|Crescent|Circle|Highway|Plaza".split(
    "|"
)
_SHORT = {
    "Street": "St",
    "Road": "Rd",
    "Avenue": "Ave",
    "Lane": "Ln",
    "Drive": "Dr",
    "Boulevard": "Blvd",
    "Parkway": "Pkwy",
    "Highway": "Hwy",
    "Court": "Ct",
}

_FOOD = (
    "Rice|Milk|Bread|Butter|Chicken|Beef|Noodles|Fried Rice|Coffee|Tea|Orange Juice|Water|Eggs|Cheese|Yogurt|Apple|Banana|Papaya|Tomato|Onion|Potato|Biscuit|Chocolate|Chips|Cola|Soy Sauce|Chili Sauce|Fish Ball|Prawn|Tofu|"
    "Cooking Oil|Sugar|Salt|Flour|Ice Lemon Tea|Kopi O|Teh Tarik|Roti Canai|Nasi Lemak|Mee Goreng|Wan Tan Mee|Satay|Soup|Salad|Sandwich|Burger|Fries|Pizza|Pasta|Steak|Cake|Muffin|Donut|Ice Cream|Beer|Wine|Porridge|Dumpling|Curry|Kuih|Pau"
).split("|")
_HARD = (
    "Screw|Nail|Bolt|Hinge|Paint Brush|Emulsion Paint|PVC Pipe|Elbow|Socket|Switch|Cable|Bulb|LED Lamp|Tape|Glue|Hammer|Drill Bit|Saw Blade|Padlock|Wall Plug|Valve|Hose|Sandpaper|Sealant|Cement|Wire|Battery|Extension Cord|Gloves|Mask|Bucket|Broom|Mop|"
    "Pen|Marker|Notebook|File|Envelope|Paper A4|Stapler|Clip|Calculator|Ruler|Eraser|Highlighter|Card|Ribbon|Gift Bag|Balloon|T-Shirt|Jeans|Shoes|Socks|Cap|Belt|Towel|Soap|Shampoo|Toothpaste|Tissue|Detergent|Vitamin C|Plaster|Syrup|Cream|Tablet|Key Ring|Mug|Plate|Lunch Box|USB Cable|Mouse|Charger"
).split("|")
_SERVICE = (
    "Consulting services|Project management|Software licence|Hosting|Domain registration|Annual maintenance|Installation|Delivery|Training workshop|Web design|Translation|Data analysis|Technical support|On-site visit|Office cleaning|"
    "Equipment rental|Security patrol|Bookkeeping|Legal advice|Travel expenses|Photography|Printing of brochures|Advertising space|Engine oil change|Wheel alignment|Repair labour|Spare parts|Inspection|Calibration|Storage|Freight charges|Customs clearance|Monthly subscription|User licence|Server capacity|Catering|Room hire|Transport"
).split("|")
_QUALITY = "Premium|Standard|Heavy Duty|Large|Small|Medium|Mini|Super|Extra|Organic|White|Black|Blue|Red|Green|Steel|Plastic|Wooden|Fresh|Frozen|Hot|Cold|Original|Deluxe|Classic|Double|Single|Industrial|Portable|Digital|Basic|Professional|Seasonal".split(
    "|"
)
_SIZES = '500ML|1L|1.5L|250G|1KG|5KG|10\'S|12PCS|A4|2M|3M|1/2"|3/4"|10MM|25X40CM|13W|S|M|L|XL|X2|(L)|(S)|70GSM|6IN1|24/BOX|#38|NO.5|TYPE C|12V'.split(
    "|"
)
_UNITS = "pcs|pc|unit|units|box|hrs|hours|day|days|kg|m|set|ea|each|pack|month|licence|lot|pair|roll|ltr|EA|PCS|UNIT|CTN|BOX|HR".split(
    "|"
)


def surname(rng: Random) -> str:
    return rng.choice(_HEAD) + rng.choice(_TAIL)


def person(rng: Random, country: str) -> str:
    given = rng.choice(_GIVEN)
    if country in ("MY", "SG") and rng.random() < 0.5:
        return f"{rng.choice(_CN)} {rng.choice(_CN)} {rng.choice(_CN)}"
    initial = f" {rng.choice('ABCDEFGHJKLMNPRSTW')}." if rng.random() < 0.15 else ""
    return f"{given}{initial} {surname(rng)}"


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))


def company(rng: Random, country: str, retail: bool) -> tuple[str, str]:
    """Return a legal name and a trade name, which is often the same without its form."""
    trade = rng.choice(_SHOP if retail else _TRADE)
    roll = rng.random()
    if country in ("MY", "SG") and roll < 0.6:
        if roll < 0.25:
            core = " ".join(rng.sample(_CN, rng.choice((2, 2, 3))))
            core = f"{core} {trade}"
        elif roll < 0.4:
            kind = rng.choice(
                "Restoran|Kedai Buku|Kedai Makanan|Perniagaan|Syarikat|Pasar Mini|Pasaraya|Klinik|Farmasi|Kedai|Stesen Minyak|Butik|Bengkel|Industri".split(
                    "|"
                )
            )
            core = f"{kind} {rng.choice(_MALAY)}{' ' + rng.choice(_MALAY) if rng.random() < 0.4 else ''}"
        elif roll < 0.5:
            core = f"{rng.choice(_CN)} {rng.choice(_CN)} {rng.choice(_TRADE)}"
        else:
            core = f"{_letters(rng, rng.choice((2, 3, 3, 4)))} {rng.choice(('', rng.choice(_ADJ) + ' '))}{trade}"
    elif roll < 0.72:
        core = f"{surname(rng)} {trade}"
    elif roll < 0.78:
        core = f"{surname(rng)} {rng.choice(('& ', 'and ', '+ '))}{rng.choice((surname(rng), 'Sons', 'Co', 'Daughters', 'Partners'))}"
    elif roll < 0.9:
        core = f"{rng.choice(_ADJ)} {rng.choice(_NOUN)} {trade}"
    elif roll < 0.95:
        core = f"The {rng.choice(_ADJ)} {rng.choice(_NOUN)}"
    else:
        core = f"{_letters(rng, rng.choice((2, 3)))}{rng.choice(('', ' ' + str(rng.randint(1, 999))))} {trade}"
    if rng.random() < 0.12:
        core += f" ({rng.choice(_MALAY) if country == 'MY' else surname(rng)})"
    forms = {
        "MY": "Sdn Bhd|Sdn. Bhd.|SDN BHD|Enterprise|Trading|(M) Sdn Bhd|Holdings Sdn Bhd|S/B|PLT||Bhd|Marketing Sdn Bhd|& Co.|Resources|Corporation Sdn Bhd",
        "SG": "Pte Ltd|Pte. Ltd.|PTE LTD|LLP||(S) Pte Ltd|& Co Pte Ltd",
        "US": "Inc.|LLC|Inc|Corp.|Co.|Company||, Inc.|, LLC|L.P.|Corporation",
        "GB": "Ltd|Limited|LTD|plc|LLP||(UK) Ltd|& Co Ltd",
        "IE": "Ltd|Limited|DAC||",
    }[country].split("|")
    form = rng.choice(forms)
    if not form:
        return core, ""
    return core + ("" if form.startswith(",") else " ") + form, core


def _my_address(rng: Random) -> tuple[list[str], str]:
    number = rng.choice(
        (
            f"No. {rng.randint(1, 250)}", f"No {rng.randint(1, 250)}", f"No.{rng.randint(1, 99)}", f"Lot {rng.randint(1, 9999)}", f"{rng.randint(1, 250)}",
            f"No. {rng.randint(1, 90)}-{rng.randint(1, 9)}", f"{rng.randint(1, 60)}G", f"No. {rng.randint(1, 70)} & {rng.randint(71, 99)}", f"Unit {rng.choice('ABG')}-{rng.randint(1, 20)}",
            f"Lot G-{rng.randint(1, 60):02d}", f"PT {rng.randint(100, 9999)}", f"Lot L{rng.randint(1, 4)}.{rng.randint(1, 60)}", f"No {rng.randint(1, 90)}{rng.choice('ABC')}",
        )
    )  # fmt: skip
    code = rng.choice(
        (
            "",
            "",
            f" {rng.randint(1, 30)}",
            f" {rng.randint(1, 15)}/{rng.randint(1, 60)}",
            f" {rng.randint(1, 9)}/{rng.randint(1, 90)}{rng.choice('ABCDE')}",
            f" {rng.choice('SU')}{rng.randint(1, 30)}/{rng.randint(1, 30)}",
        )
    )
    road = (
        rng.choice(("Jalan", "Jalan", "Jalan", "Jln", "Lorong", "Persiaran", "Lebuh", "Jalan Tun", "Jalan Sri"))
        + " "
        + rng.choice(_MALAY)
        + code
    )
    area = (
        rng.choice(
            (
                "Taman",
                "Taman",
                "Bandar",
                "Kawasan Perindustrian",
                "Seksyen " + str(rng.randint(1, 30)) + ",",
                "Pusat Bandar",
                "Desa",
                "Kampung",
                "Plaza",
                "Wisma",
                "Bukit",
                "Kompleks",
            )
        )
        + " "
        + rng.choice(_MALAY)
    )
    if rng.random() < 0.3:
        area += " " + rng.choice(_MALAY)
    town = f"{rng.choice(_MY_TOWN_A)} {rng.choice(_MALAY)}"
    state = rng.choice(_STATES)
    postcode = f"{rng.randint(1000, 98999):05d}"
    end = rng.choice((", " + state, " " + state, "", ", " + state + ".", ", " + state + ", Malaysia"))
    roll = rng.random()
    if roll < 0.35:
        lines = [f"{number}, {road},", f"{area},", f"{postcode} {town}{end}"]
    elif roll < 0.55:
        lines = [f"{number}, {road}, {area},", f"{postcode} {town}{end}"]
    elif roll < 0.75:
        lines = [f"{number}, {road},", f"{area}, {postcode} {town},", f"{state}."]
    elif roll < 0.9:
        lines = [
            f"{rng.choice(('Ground Floor', 'G/F', 'Level 1', 'Lower Ground', '1st Floor'))}, {area},",
            f"{number}, {road},",
            f"{postcode} {town},",
            state,
        ]
    else:
        lines = [f"{number} {road}", f"{area} {postcode} {town}", state]
    return lines, town


def _sg_address(rng: Random) -> tuple[list[str], str]:
    road = (
        f"{surname(rng)} {rng.choice(_STREET)}"
        if rng.random() < 0.5
        else f"{rng.choice(('Jalan', 'Lorong', 'Bukit'))} {rng.choice(_MALAY)}"
    )
    block = rng.choice(
        (
            f"{rng.randint(1, 900)} {road}",
            f"Blk {rng.randint(1, 900)} {road}",
            f"{rng.randint(1, 900)} {road} {rng.choice((1, 2, 3, 5, 6))}",
        )
    )
    unit = f"#{rng.choice(('01', '02', 'B1', '03', '12'))}-{rng.randint(1, 90):02d}"
    house = f" {surname(rng)} {rng.choice('Mall|Plaza|Centre|Point|Building|Tower'.split('|'))}"
    end = f"{rng.choice(('Singapore', 'SINGAPORE', 'S', 'Spore'))} {rng.randint(18000, 829999):06d}"
    lines = rng.choice(([block, unit + house, end], [f"{block} {unit}", end], [f"{block}, {unit}{house}", end]))
    return lines, "Singapore"


def _western_address(rng: Random, country: str) -> tuple[list[str], str]:
    kind = rng.choice(_STREET)
    if rng.random() < 0.4:
        kind = _SHORT.get(kind, kind)
    street = f"{rng.randint(1, 9999 if country == 'US' else 250)} {rng.choice(('', '', '', 'N ', 'S. ', 'West ', 'E ')) if country == 'US' else ''}{surname(rng)} {kind}"
    town = surname(rng) + (
        rng.choice((" City", " Springs", " Falls", " Heights", " Beach")) if rng.random() < 0.2 else ""
    )
    if rng.random() < 0.25:
        extra = rng.choice(
            (
                f"Suite {rng.randint(1, 900)}",
                f"Ste {rng.randint(1, 900)}",
                f"Floor {rng.randint(1, 40)}",
                f"Unit {rng.randint(1, 60)}",
                f"{surname(rng)} House",
                f"{surname(rng)} Business Park",
            )
        )
        lines = rng.choice(([extra, street], [street, extra], [f"{street}, {extra}"]))
    else:
        lines = [street]
    if country == "US":
        if rng.random() < 0.12:
            lines = [f"{rng.choice(('PO Box', 'P.O. Box'))} {rng.randint(100, 99999)}"]
        postcode = f"{rng.randint(1001, 99950):05d}" + (f"-{rng.randint(1, 9999):04d}" if rng.random() < 0.2 else "")
        lines.append(f"{town}{rng.choice((', ', ', ', ' '))}{rng.choice(_US_STATES)} {postcode}")
        if rng.random() < 0.1:
            lines.append(rng.choice(("USA", "United States")))
    else:
        postcode = f"{_letters(rng, rng.choice((1, 2)))}{rng.randint(1, 99)} {rng.randint(1, 9)}{_letters(rng, 2)}"
        if country == "IE":
            postcode = (
                f"{rng.choice('ADFNTVX')}{rng.randint(10, 99)} {_letters(rng, 1)}{rng.randint(1, 9)}{_letters(rng, 2)}"
            )
        if rng.random() < 0.5:
            lines += [town, postcode]
        else:
            lines.append(f"{town}{rng.choice((', ', ' '))}{postcode}")
        if rng.random() < 0.2:
            lines.append("United Kingdom" if country == "GB" else "Ireland")
    return lines, town


def address(rng: Random, country: str) -> tuple[list[str], str]:
    if country == "MY":
        return _my_address(rng)
    if country == "SG":
        return _sg_address(rng)
    return _western_address(rng, country)


def phone(rng: Random, country: str) -> str:
    n = rng.randint
    if country == "MY":
        return rng.choice(
            (
                f"0{n(3, 9)}-{n(1000, 9999)} {n(1000, 9999)}",
                f"0{n(3, 9)}-{n(10000000, 99999999)}",
                f"01{n(0, 9)}-{n(100, 999)} {n(1000, 9999)}",
                f"+60{n(3, 9)}-{n(1000, 9999)} {n(1000, 9999)}",
                f"0{n(3, 9)}{n(10000000, 99999999)}",
                f"({n(3, 9):02d}) {n(1000, 9999)}-{n(1000, 9999)}",
            )
        )
    if country == "SG":
        return rng.choice(
            (
                f"{n(6000, 6999)} {n(1000, 9999)}",
                f"+65 {n(6000, 6999)} {n(1000, 9999)}",
                f"(65) {n(60000000, 69999999)}",
            )
        )
    if country == "US":
        return rng.choice(("({0}) {1}-{2}", "{0}-{1}-{2}", "({0}){1}-{2}", "+1 {0} {1} {2}", "{0}.{1}.{2}")).format(
            n(201, 989), n(200, 999), f"{n(0, 9999):04d}"
        )
    return rng.choice(
        (
            f"0{n(1100, 1999)} {n(100000, 999999)}",
            f"+44 {n(1100, 1999)} {n(100000, 999999)}",
            f"020 {n(7000, 8999)} {n(1000, 9999)}",
            f"+44 (0){n(100, 199)} {n(100, 999)} {n(1000, 9999)}",
        )
    )


def party(rng: Random, country: str, retail: bool) -> dict[str, Any]:
    name, trade = company(rng, country, retail)
    lines, town = address(rng, country)
    slug = "".join(c for c in (trade or name).lower() if c.isalnum() and c.isascii())[:18]
    end = {"MY": "com.my", "SG": "com.sg", "US": "com", "GB": "co.uk", "IE": "ie"}[country]
    return {
        "name": name, "trade_name": trade, "address": tuple(lines), "city": town, "person": person(rng, country),
        "domain": f"{slug}.{rng.choice((end, 'com', end))}", "phone": phone(rng, country), "fax": phone(rng, country),
    }  # fmt: skip


def goods(rng: Random, country: str, retail: bool, trade: int) -> tuple[str, str, str]:
    words = ((_FOOD, _HARD) if retail else (_SERVICE, _HARD, _SERVICE + _HARD))[trade % (2 if retail else 3)]
    name = rng.choice(words)
    if rng.random() < 0.5:
        name = f"{rng.choice(_QUALITY)} {name}"
    if rng.random() < 0.25:
        name = f"{surname(rng) if rng.random() < 0.5 else _letters(rng, 3)} {name}"
    size = rng.choice(_SIZES) if words is not _SERVICE and rng.random() < 0.5 else ""
    return name, size, rng.choice(_UNITS)

"""French names and goods: France, Belgium, Switzerland."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from random import Random
from typing import Any

_HEAD = "Beau Mont Clair Dur Lam Bell Char Val Gir Mar Per Roch Bon Font Gran Lav Mor Pas Rey Sauv Tess Vign Arn Bert Col Del Ferr Gauth Hu Jour Ler Mas Nav Our Pell Riv Sal Tour".split()
_TAIL = "ault ard eau ier et in ot on ac elle ène oux and ert ois aud ret mont val not lin teau vaux".split()
_TOWN_TAIL = (
    "ville court mont val bourg gny sur-Loire ac ay les-Bains sur-Mer châtel fontaine vaux sac lieu ières ence".split()
)
_GIVEN = "Jean Marie Pierre Sophie Luc Claire Michel Anne Paul Hélène André Céline Louis Julie Rémi Élodie Thomas Camille Nicolas Chantal François Geneviève Hugo Léa Benoît Amélie Karim Fatima".split()
_BRANCH = "Imprimerie|Transports|Menuiserie|Électricité|Plomberie|Informatique|Conseil|Ingénierie|Distribution|Équipements|Bâtiment|Peinture|Nettoyage|Sécurité|Logistique|Édition|Communication|Mécanique|Emballages|Chimie|Textiles|Fournitures|Bureautique|Énergie|Télécom|Location|Formation|Traiteur|Paysages|Métallerie|Aménagement|Studio|Optique|Laboratoires|Matériaux|Outillage|Maintenance|Domaines|Vignobles".split(
    "|"
)
_SHOP = "Boulangerie|Pâtisserie|Boucherie|Café|Brasserie|Restaurant|Pharmacie|Librairie|Épicerie|Fromagerie|Fleuriste|Bistrot|Crêperie|Supermarché|Marché|Tabac|Presse|Quincaillerie|Bricolage|Jardinerie|Chaussures|Bijouterie|Coiffure|Hôtel|Station-service|Cave|Poissonnerie|Primeur|Garage|Papeterie|Jouets|Optique|Pizzeria|Auberge|Au Bon".split(
    "|"
)
_ROAD = "rue|rue|rue|rue|avenue|boulevard|place|chemin|allée|route|impasse|quai|cours|bd|av.|ZA|ZI".split("|")
_NAMED = "de la République|des Lilas|du Moulin|de la Gare|Victor {s}|de l'Église|des Acacias|du Château|{g} {s}|de la Fontaine|des Écoles|du Marché|de Verdun|Saint-{g}|des Tilleuls|de la Paix|du Lac|du Stade|de la Liberté|des Vignes|du Port|de l'Industrie|des Artisans|des Champs|du Général {s}|de Bretagne|de {t}|d'Alsace".split(
    "|"
)
_FOOD = "Baguette|Croissant|Pain complet|Beurre doux|Lait demi-écrémé|Yaourt nature|Camembert|Comté|Jambon blanc|Saucisson|Pommes|Bananes|Tomates|Carottes|Salade|Eau minérale|Jus d'orange|Vin rouge|Bière blonde|Café moulu|Thé vert|Chocolat noir|Biscuits|Pâtes|Riz|Farine|Sucre|Œufs x6|Crème fraîche|Miel|Confiture|Huile d'olive|Moutarde|Steak haché|Poulet fermier|Plat du jour|Menu midi|Entrée|Dessert|Café|Café crème|Quiche|Crêpe|Tarte|Soupe|Frites|Eau gazeuse|Verre de vin".split(
    "|"
)
_HARD = "Vis|Chevilles|Clous|Équerre|Câble|Prise|Interrupteur|Ampoule LED|Peinture blanche|Pinceau|Ruban adhésif|Colle|Foret|Lame de scie|Gants|Seau|Balai|Tuyau|Robinet|Papier A4|Classeur|Stylo|Cahier|Enveloppes|Cartouche|Étiquettes|Chaise de bureau|Bureau|Lampe|Écran|Clavier|Souris|Clé USB|Chargeur|Dentifrice|Shampoing|Savon|Lessive|Mouchoirs|Crème mains|Éponges|Sacs poubelle|Bougies|Serviettes|Piles|Terreau|Engrais|Chemise|Pantalon|Chaussettes".split(
    "|"
)
_SERVICE = "Prestation de conseil|Installation|Maintenance annuelle|Réparation|Déplacement|Main d'œuvre|Formation|Hébergement|Licence logiciel|Développement|Traduction|Nettoyage|Location de matériel|Transport|Livraison|Conception graphique|Impression|Étude|Diagnostic|Contrôle|Assistance technique|Abonnement mensuel|Consommation|Honoraires|Frais de dossier|Gestion de projet|Photographie|Rédaction|Gardiennage|Traiteur|Location de salle|Publicité|Vidange|Révision|Pneus|Pose de carrelage|Peinture|Élagage|Référencement|Audit".split(
    "|"
)
_QUALITY = "premium|standard|grand|petit|blanc|noir|bleu|rouge|inox|bois|bio|frais|extra|professionnel|compact|XL|original|rond|mat|double|neuf|fin".split(
    "|"
)
_SIZES = "500 ml|1 L|75 cl|250 g|1 kg|x10|x100|A4|2 m|3 m|4x40|12 V|13 W|80 g|Ø 50|25x40 cm|lot de 6|T. 42|10 mm|réf. B".split(
    "|"
)
_UNITS = "u|U|pce|pièce|pièces|h|heure|heures|kg|m|m²|forfait|Forfait|jour|jours|L|lot|boîte|mois|unité|ens.|ml|t|kWh|carton".split(
    "|"
)


def surname(rng: Random) -> str:
    return rng.choice(_HEAD) + rng.choice(_TAIL)


def town(rng: Random) -> str:
    lead = rng.choice(("Saint-", "La ", "Le ", "Les ")) if rng.random() < 0.25 else ""
    tail = rng.choice(_TOWN_TAIL)
    core = rng.choice(_HEAD) + (rng.choice(_TAIL) + "-" if "-" in tail else "") + tail
    return lead + core


def person(rng: Random, country: str) -> str:
    return f"{rng.choice(_GIVEN)} {surname(rng)}"


def company(rng: Random, country: str, retail: bool) -> tuple[str, str]:
    """Return a legal name and a trade name."""
    branch = rng.choice(_SHOP if retail else _BRANCH)
    roll = rng.random()
    if roll < 0.4:
        core = f"{branch} {surname(rng)}"
    elif roll < 0.6:
        core = f"{surname(rng)} {branch}"
    elif roll < 0.7:
        core = f"{surname(rng)} et {rng.choice(('Fils', 'Associés', 'Cie', surname(rng)))}"
    elif roll < 0.85:
        core = f"{rng.choice(('Au', 'Le', 'La', 'Les', 'Chez', 'Aux'))} {rng.choice(('Bon', 'Petit', 'Grand', 'Vieux', 'Joli'))} {rng.choice(('Moulin', 'Jardin', 'Panier', 'Port', 'Atelier', 'Comptoir', 'Marché', 'Pré', 'Chêne', 'Four'))}"
    else:
        core = f"{''.join(rng.choice('ABCDEFGLMNPRSTV') for _ in range(3))} {branch}"
    form = rng.choice(
        {
            "FR": "SARL|SAS|SA|EURL|SASU|SNC|SCOP|S.A.R.L.|S.A.S.||SCI|EI",
            "BE": "SRL|SA|SPRL|SNC|SC|",
            "CH": "SA|Sàrl|SA||",
        }[country].split("|")
    )
    if not form:
        return core, ""
    return (f"{form} {core}" if rng.random() < 0.2 else f"{core} {form}"), core


def address(rng: Random, country: str) -> tuple[list[str], str]:
    named = rng.choice(_NAMED).format(s=surname(rng), g=rng.choice(_GIVEN), t=town(rng))
    number = rng.choice(
        (
            str(rng.randint(1, 150)),
            f"{rng.randint(1, 90)} bis",
            f"{rng.randint(1, 90)} ter",
            str(rng.randint(1, 1500)),
            f"{rng.randint(1, 99)}-{rng.randint(100, 120)}",
        )
    )
    comma = rng.choice((" ", " ", ", "))
    place = town(rng)
    if rng.random() < 0.3:
        place = place.upper()
    code = f"{rng.randint(1000, 95999):05d}" if country == "FR" else str(rng.randint(1000, 9990))
    lead = rng.choice(("", "", "", "", {"FR": "F-", "BE": "B-", "CH": "CH-"}[country]))
    lines = [
        f"{number}{comma}{rng.choice(_ROAD)} {named}",
        f"{lead}{code} {place}{rng.choice(('', '', '', ' Cedex', f' CEDEX {rng.randint(1, 20)}')) if country == 'FR' else ''}",
    ]
    if rng.random() < 0.15:
        lines.insert(
            rng.choice((0, 1)),
            rng.choice(
                (
                    f"BP {rng.randint(1, 900)}",
                    f"Bâtiment {rng.choice('ABCD')}",
                    f"ZI {surname(rng)}",
                    f"Résidence {surname(rng)}",
                    f"{rng.randint(1, 6)}e étage",
                )
            ),
        )
    if rng.random() < 0.12:
        lines.append({"FR": "France", "BE": "Belgique", "CH": "Suisse"}[country])
    return lines, place


def phone(rng: Random, country: str) -> str:
    pairs = [f"{rng.randint(0, 99):02d}" for _ in range(4)]
    first = rng.choice("1234569")
    return rng.choice(
        (
            f"0{first} {' '.join(pairs)}",
            f"0{first}.{'.'.join(pairs)}",
            f"+33 {first} {' '.join(pairs)}",
            f"+33 (0){first} {' '.join(pairs)}",
            f"0{first}{''.join(pairs)}",
        )
    )


def party(rng: Random, country: str, retail: bool) -> dict[str, Any]:
    name, trade = company(rng, country, retail)
    lines, place = address(rng, country)
    slug = "".join(c for c in (trade or name).lower().replace(" ", "-") if (c.isalnum() or c == "-") and c.isascii())[
        :22
    ].strip("-")
    return {
        "name": name, "trade_name": trade, "address": tuple(lines), "city": place, "person": person(rng, country),
        "domain": f"{slug or 'contact'}.{country.lower()}", "phone": phone(rng, country), "fax": phone(rng, country),
    }  # fmt: skip


def goods(rng: Random, country: str, retail: bool, trade: int) -> tuple[str, str, str]:
    words = ((_FOOD, _HARD) if retail else (_SERVICE, _HARD, _SERVICE + _HARD))[trade % (2 if retail else 3)]
    name = rng.choice(words)
    if rng.random() < 0.4:
        name = f"{name} {rng.choice(_QUALITY)}"
    if rng.random() < 0.1:
        name = f"{name} {surname(rng)}"
    size = rng.choice(_SIZES) if words is not _SERVICE and rng.random() < 0.45 else ""
    return name, size, rng.choice(_UNITS)

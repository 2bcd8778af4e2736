"""What was booked with a station: who advertises, when, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.lab.synth import names_and_goods
from docpipe.lab.synth.formats import cents

_STATES = [
    "OH",
    "TX",
    "CA",
    "FL",
    "NY",
    "PA",
    "IL",
    "MI",
    "GA",
    "NC",
    "VA",
    "AZ",
    "CO",
    "NV",
    "IA",
    "WI",
    "MN",
    "KY",
    "ME",
    "SC",
]
_OFFICES = [
    "Congress",
    "US Senate",
    "Senate",
    "President",
    "Governor",
    "Attorney General",
    "House",
    "State Senate",
    "Mayor",
    "Judge",
    "Sheriff",
    "City Council",
    "County Commission",
    "Supreme Court",
    "Treasurer",
]
_CAUSES = [
    "Progress",
    "Liberty",
    "Future",
    "Families",
    "Jobs",
    "Freedom",
    "Action",
    "Unity",
    "Voters",
    "Justice",
    "America",
    "Growth",
    "Values",
    "Opportunity",
    "Clean",
    "Energy",
    "Better",
    "Schools",
    "Health",
    "Prosperity",
    "Leadership",
    "Common",
    "Sense",
]
_SHOWS = [
    "News @ 5p",
    "Local News @ 11p",
    "Morning News",
    "Early News",
    "Evening News",
    "Wheel Show",
    "Late Night",
    "Daytime Talk",
    "Movie of the Week",
    "Sunday Sports",
    "M-F 9a-10a",
    "Judge Show",
    "Good Day",
    "Prime Access",
    "Game Show",
    "Weekend News",
    "Noon News",
    "Saturday Morning",
    "Drama Hour",
    "Talk Live",
    "Sports Center",
    "Rotator",
    "ROS",
    "M-Su 6a-12m",
    "Prime Rotator",
]
_TIMES = [
    "7-9a",
    "9a-10a",
    "1059-1135p",
    "5p-6p",
    "6a-9a",
    "12n-1p",
    "630-7p",
    "8p-10p",
    "M-F 6a-9a",
    "11:00p-11:35p",
    "05:00 AM-06:00 AM",
    "4:00 PM-5:00 PM",
    "10p-1030p",
    "XM-XM",
]


def advertiser(rng: Random) -> str:
    """Make up who advertises: a candidate, a committee, or a firm."""
    given, family = names_and_goods.person(rng, "en", "US").split()[0], names_and_goods.english.surname(rng)
    office, state, party = rng.choice(_OFFICES), rng.choice(_STATES), rng.choice(("D", "R", "Dem", "Rep", "I"))
    cause = " ".join(rng.sample(_CAUSES, rng.choice((1, 2, 2))))
    roll = rng.random()
    if roll < 0.45:
        return rng.choice(
            (
                f"{given} {family} for {office}",
                f"{family} for {office}",
                f"{given} {family} For {office} {state}",
                f"{family}/{party}/{office}",
                f"POL/{given} {family}/{office}/{state}/{party}",
                f"{given} {family} for {office}-{party}",
                f"{given} {family}/{party}/{office}",
                f"Friends of {given} {family}",
                f"{family} for {state} {office}",
                f"Pol-{family}-{office}",
                f"Committee to Elect {given} {family}",
                f"POL {family} {office}",
                f"{family} {rng.randint(2018, 2026)}",
            )
        )
    if roll < 0.8:
        return rng.choice(
            (
                f"{cause} PAC",
                f"ISS/{cause} PAC-A",
                f"Citizens for {cause}",
                f"{state} {cause} Fund",
                f"Americans for {cause}",
                f"{cause} Action Network",
                f"{cause} USA",
                f"ISSUE/{cause.upper()}",
                f"{state} Coalition for {cause}",
                f"Yes on {rng.randint(1, 30)}",
                f"Pol/Iss/{cause}/{state}",
                f"Alliance for {cause}",
                f"{cause} Project",
            )
        )
    return names_and_goods.party(rng, "en", "US", True).name


@dataclass(frozen=True, slots=True)
class Buy:
    """What was booked."""

    kind: str
    order: str
    invoice: str
    advertiser: str
    product: str
    estimate: str
    agency: names_and_goods.Party
    first: date
    last: date
    issued: date
    rows: tuple[tuple[date, date, str, str, int, Decimal], ...]
    gross: Decimal
    commission: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.commission


def draw_buy(rng: Random, kind: str) -> Buy:
    first = date(2012, 1, 2) + timedelta(days=rng.randrange(365 * 14))
    last = first + timedelta(days=rng.choice((3, 6, 6, 6, 9, 13, 20, 27, 34)))
    who = advertiser(rng)
    rows = []
    for _ in range(rng.choice((1, 2, 3, 4, 5, 6, 8, 10, 14, 18))):
        start = first + timedelta(days=rng.randrange(max(1, (last - first).days)))
        rows.append(
            (
                start,
                min(last, start + timedelta(days=6)),
                rng.choice(_SHOWS),
                rng.choice(_TIMES),
                rng.randint(1, 6),
                Decimal(rng.choice((20, 25, 40, 65, 90, 125, 150, 200, 325, 450, 600, 850, 1200, 2500)))
                + Decimal("0.00"),
            )
        )
    gross = sum((row[5] * row[4] for row in rows), Decimal(0))
    number = str(rng.randint(10**5, 10**7))
    return Buy(
        kind,
        rng.choice((number, f"{number}-{rng.randint(1, 9)}", number)),
        f"{number}-{rng.randint(1, 9)}" if rng.random() < 0.7 else str(rng.randint(10**4, 10**8)),
        who,
        rng.choice(
            (
                who.upper(),
                f"{who.split()[0].upper()} {rng.randint(100, 3000)}",
                "Candidate",
                "ISSUE",
                "Political",
                who,
            )
        ),
        str(rng.randint(1, 99999)),
        names_and_goods.party(rng, "en", "US", False),
        first,
        last,
        (last if kind == "invoice" else first) + timedelta(days=rng.randint(-14 if kind != "invoice" else 0, 8)),
        tuple(rows),
        gross,
        cents(gross * 15 / 100) if rng.random() < 0.8 else Decimal("0.00"),
    )

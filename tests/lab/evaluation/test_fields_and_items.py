"""Key fields and line items, counted by hand."""

from __future__ import annotations

import pytest

from docpipe.lab.evaluation.conventions import Conventions, conventions_for
from docpipe.lab.evaluation.fields import field_tallies, observe
from docpipe.lab.evaluation.items import item_tallies
from docpipe.lab.evaluation.labels import read_label
from docpipe.lab.evaluation.readings import read_result
from docpipe.lab.evaluation.tallies import Tally
from docpipe.result import FIELD_PATHS
from tests.lab.evaluation.making import entry, field, result


def tallies_of(
    labelled: dict[str, str], read: dict[str, object], conventions: Conventions | None = None
) -> dict[str, Tally]:
    observations, _ = observe(
        read_label(entry(fields=labelled)), read_result(result(fields=read)), conventions or Conventions()
    )
    return field_tallies(observations)


def test_right_wrong_and_empty_fields_cost_differently() -> None:
    tallies = tallies_of(
        {"company": "ABC SDN BHD", "date": "5/3/2018", "total": "RM 9.00", "invoice_number": "A-17"},
        {"seller.name": "abc sdn. bhd.", "issue_date": "2018-03-06", "total_gross": "9.00"},
    )
    assert tallies["fields"] == Tally.of(hits=2, want=4, got=3)
    assert tallies["fields core"] == Tally.of(hits=2, want=4, got=3)
    assert tallies["field date"] == Tally.of(hits=0, want=1, got=1)
    assert tallies["field invoice_number"] == Tally.of(hits=0, want=1, got=0)
    assert tallies["all fields right"] == Tally(0, 1)


def test_a_name_may_be_a_letter_off_and_a_code_may_not() -> None:
    tallies = tallies_of(
        {"seller": "PAPER LANTERN CAFE", "seller_tax_id": "GB237418404"},
        {"seller.name": "PAPER LANTERN CAPE", "seller.tax_id": "GB237418400"},
    )
    assert tallies["field seller"].hits == 0
    assert tallies["field seller fuzzy"].hits == 1
    assert tallies["fields fuzzy"] == Tally.of(hits=1, want=2, got=2)
    assert "field seller_tax_id fuzzy" not in tallies


def test_a_contract_number_may_stand_where_the_page_calls_it_otherwise() -> None:
    assert (
        tallies_of({"contract_num": "123 45"}, {"contract_number": "9", "invoice_number": "12345"})["fields"].hits == 1
    )


def test_a_label_that_is_no_amount_is_set_aside_and_one_without_a_field_is_not_scored() -> None:
    label = read_label(entry(fields={"gross_amount": "***", "colour": "red", "total_net": "1.00"}))
    observations, unreadable = observe(label, read_result(result()), Conventions())
    assert [seen.name for seen in observations] == ["total_net"]
    assert unreadable == 1


def test_the_order_of_dates_and_what_an_issuer_is_belong_to_the_set() -> None:
    read = {"period_start": "2020-02-03", "seller.name": "Shop"}
    assert tallies_of({"flight_from": "02/03/20"}, read, conventions_for("month-first"))["fields"].hits == 1
    assert tallies_of({"flight_from": "02/03/20"}, read)["fields"].hits == 0
    assert tallies_of({"flight_from": "02/03/20"}, read, conventions_for(day_first=False))["fields"].hits == 1
    assert tallies_of({"issuer": "shop"}, read, conventions_for("issuer-is-seller"))["fields"].hits == 1
    assert tallies_of({"issuer": "shop"}, read)["fields"].hits == 0


@pytest.mark.parametrize("path", FIELD_PATHS)
def test_every_field_of_the_schema_may_be_labelled_by_its_own_name(path: str) -> None:
    target = Conventions().target(path)
    assert target is not None
    assert target.paths == (path,)


def test_an_observation_says_how_sure_the_reader_was() -> None:
    read = {"total_gross": field("9.00", 0.75)}
    (seen,), _ = observe(read_label(entry(fields={"total": "9"})), read_result(result(fields=read)), Conventions())
    assert seen.read is not None
    assert (seen.exact, seen.read.confidence, seen.read.source, seen.read.source_id) == (
        True,
        0.75,
        "rule",
        "pack.rule",
    )


def test_rows_are_found_by_description_and_total() -> None:
    tallies = item_tallies(
        [
            {"description": "Roggenbrot 750g", "quantity": "1", "net_amount": "4.20"},
            {"description": "Brezel", "quantity": "3", "unit_price": "0.3333", "net_amount": "1.00"},
            {"description": "Kaffee", "quantity": "2", "net_amount": "5.00"},
        ],
        [
            {"description": "brezel.", "quantity": "3", "unit_price": "0.33", "net_amount": "1.10"},
            {"description": "Roggenbrot 750 g", "quantity": "1", "net_amount": "4,20"},
        ],
    )
    assert tallies["line items"] == Tally.of(hits=1, want=3, got=2)
    assert tallies["item quantity"] == Tally(2, 3)
    assert tallies["item unit_price"] == Tally(1, 1)
    assert tallies["item net_amount"] == Tally(1, 3)


def test_of_rows_alike_the_one_that_agrees_further_is_meant() -> None:
    rows = [{"description": "Tea", "net_amount": "1.00"}, {"description": "Tea", "net_amount": "2.00"}]
    assert item_tallies(rows, rows[::-1])["item net_amount"] == Tally(2, 2)


def test_cells_beyond_the_usual_are_scored_where_labelled() -> None:
    row = {"description": "Tea", "tax_rate": "13", "unit": "PCS"}
    tallies = item_tallies([row], [{"description": "Tea", "tax_rate": "13.0", "unit": "pcs."}])
    assert (tallies["item tax_rate"], tallies["item unit"]) == (Tally(1, 1), Tally(1, 1))

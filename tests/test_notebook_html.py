"""What a cell shows as HTML keeps its dollar signs."""

from notebook_text import typed

from helpers import doctor
from helpers.finetuning.findings import Finding, Report

MONEY = "Is it $5 or $10?"


def test_in_the_doctor_s_table():
    report = doctor.Report([doctor.Finding(MONEY, "problem", MONEY, MONEY)])
    assert typed(report._repr_html_()).count(MONEY) == 3


def test_in_the_table_of_a_training_file():
    report = Report(MONEY)
    report.add(Finding(1, "not_json", "error", MONEY, MONEY))
    assert typed(report._repr_html_()).count(MONEY) == 3

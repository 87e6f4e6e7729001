"""In which order `make test` runs the notebooks."""

import json

from check_notebooks import in_turn


def test_two_that_train_do_not_begin_together(tmp_path):
    for name, minutes, code in (
        ("a", 50, "start_job(x)"),
        ("b", 45, "tuned_triage(x)"),
        ("c", 40, "1"),
        ("d", 20, "2"),
        ("e", 30, "3"),
    ):
        content = {"metadata": {"workshop": {"minutes": minutes}}, "cells": [code]}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    assert [path.stem for path in in_turn(tmp_path.iterdir())] == ["a", "c", "e", "b", "d"]

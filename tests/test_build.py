"""The build: both editions from one lesson, and every difference named by its cell."""

import build_notebooks
import nbformat
import pytest
from build_notebooks import (
    BuildError,
    check,
    difference,
    is_progress,
    learners_edition,
    main,
    read_lesson,
    solutions_edition,
)

LESSON = '''# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 7
# ---

# %% [markdown]
# # Why?
# **{minutes} minutes**
#
# ### Exercise 9.1 · add

# %%
def add(a, b):
    """Sum."""
    ### BEGIN SOLUTION
    total = a + b
    return total
    ### END SOLUTION

# %% tags=["solution"]
add(1, 2)

# %% tags=["nbval-ignore-output"]
print("done")
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one lesson in a folder of its own."""
    for name in ("LESSONS", "SOLUTIONS", "NOTEBOOKS"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setattr(build_notebooks, name, folder)
    monkeypatch.setattr(build_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(build_notebooks, "BUILT", tmp_path / "home" / "built.json")
    (tmp_path / "lessons" / "09_add.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_the_solutions_edition_is_complete(project):
    solved = solutions_edition(read_lesson(project / "lessons" / "09_add.py"))
    assert "return total" in sources(solved)[1]
    assert "SOLUTION" not in "".join(sources(solved))
    assert sources(solved)[2] == "add(1, 2)"
    assert "**7 minutes**" in sources(solved)[0]


def test_the_learners_edition_has_a_stub_that_names_the_exercise(project):
    stub = learners_edition(read_lesson(project / "lessons" / "09_add.py"))
    assert sources(stub)[1] == (
        'def add(a, b):\n    """Sum."""\n    raise NotImplementedError("Exercise 9.1")'
    )
    assert "add(1, 2)" not in sources(stub)
    assert stub.cells[-1].metadata.tags == ["nbval-ignore-output"]


def test_ids_depend_on_content_only(project):
    path = project / "lessons" / "09_add.py"
    before = [cell.id for cell in read_lesson(path).cells]
    path.write_text(LESSON.replace('print("done")', 'print("finished")'), encoding="utf-8")
    after = [cell.id for cell in read_lesson(path).cells]
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    ### END SOLUTION\n", "", "cell 2 has a solution mark without its partner"),
        ("### Exercise 9.1 · add", "add", "cell 2 has a solution but no 'Exercise' heading"),
        ("#     sections:\n", "#     pages:\n", "names no `workshop: sections`"),
    ],
)
def test_a_lesson_that_cannot_be_built_is_named(project, old, new, message):
    path = project / "lessons" / "09_add.py"
    path.write_text(LESSON.replace(old, new), encoding="utf-8")
    with pytest.raises(BuildError, match=message):
        learners_edition(read_lesson(path))


def test_building_executes_once_and_checking_is_content(project, capsys):
    assert main([]) == 0
    assert "built 09_add" in capsys.readouterr().out
    solved = nbformat.read(project / "solutions" / "09_add.ipynb", as_version=4)
    assert solved.cells[2].outputs[0].data["text/plain"] == "3"
    stub = nbformat.read(project / "notebooks" / "09_add.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in stub.cells)
    assert main(["--check"]) == 0
    assert main(["09"]) == 0
    assert "unchanged 09_add" in capsys.readouterr().out


def test_a_difference_names_the_cell(project, capsys):
    main([])
    path = project / "notebooks" / "09_add.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Sum.", "Product."), encoding="utf-8")
    assert main(["--check"]) == 1
    assert "notebooks/09_add.ipynb, cell 2 is not what the lesson gives" in capsys.readouterr().out


def test_a_changed_lesson_a_stray_and_a_missing_notebook_are_found(project):
    lesson = project / "lessons" / "09_add.py"
    assert "solutions/09_add.ipynb is missing" in check([lesson])
    main([])
    lesson.write_text(LESSON.replace("add(1, 2)", "add(2, 2)"), encoding="utf-8")
    assert any("cell 3 is not what the lesson gives: 'add(2, 2)'" in p for p in check([lesson]))
    (project / "notebooks" / "10_stray.ipynb").write_text("{}", encoding="utf-8")
    assert "notebooks/10_stray.ipynb has no lesson" in check([])


def test_outputs_that_were_never_computed_are_found(project):
    main([])
    path = project / "solutions" / "09_add.ipynb"
    bare = build_notebooks.without_outputs(nbformat.read(path, as_version=4))
    nbformat.write(bare, path)
    assert "cell 2 was never executed" in check([project / "lessons" / "09_add.py"])[0]


def test_a_failing_cell_writes_nothing(project, capsys):
    lesson = project / "lessons" / "09_add.py"
    lesson.write_text(LESSON.replace("add(1, 2)", "add(1)"), encoding="utf-8")
    assert main([]) == 1
    assert "09_add.py, cell 3 failed" in capsys.readouterr().out
    assert not list(project.glob("*/*.ipynb"))


def test_a_learners_work_is_kept_when_the_notebook_is_built_again(project, capsys):
    main([])
    path = project / "notebooks" / "09_add.ipynb"
    mine = nbformat.read(path, as_version=4)
    mine.cells[1].source = "def add(a, b):\n    return b + a"
    mine.cells[1].outputs = [nbformat.v4.new_output("stream", text="mine")]
    nbformat.write(mine, path)
    main(["--force"])
    (kept,) = (project / "home" / "kept").glob("09_add-*.ipynb")
    assert "return b + a" in kept.read_text(encoding="utf-8")
    assert main(["--check"]) == 0


def test_a_truncated_notebook_is_a_difference(project):
    path = project / "notebooks" / "09_add.ipynb"
    path.write_text("{", encoding="utf-8")
    assert "is not a notebook" in str(difference(nbformat.v4.new_notebook(), path))


def test_progress_bars_are_not_kept():
    bar = "Embedding:  50%|█████     | 64/128 [00:01<00:01, 60.0text/s]"
    widget = {"text/plain": bar}
    waiting = {"text/plain": "waiting: 0step [00:00, ?step/s]"}
    assert is_progress(nbformat.v4.new_output("stream", name="stderr", text=bar))
    assert is_progress(nbformat.v4.new_output("display_data", data=waiting))
    assert is_progress(nbformat.v4.new_output("display_data", data=widget))
    assert not is_progress(nbformat.v4.new_output("stream", name="stderr", text="a warning"))
    assert not is_progress(nbformat.v4.new_output("stream", name="stdout", text="50% of 3"))


def test_the_readme_has_the_same_map_as_the_lessons(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    rows = build_notebooks.lesson_map().replace("](", "](notebooks/")
    assert rows in readme

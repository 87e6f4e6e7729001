"""Measure retrieval on your own files: `python -m helpers.evaluation --docs … --questions …`.

Files that cannot be read are left out, with the questions about them, and the rest is measured.
One list names them, and the documents of which the local embedding model knows too few words.
Ends with 0 when there is a table, and with 1 when there is none.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from helpers.console import run
from helpers.embedding import load_embedder
from helpers.evaluation.documents import Document, read_documents, read_own_questions
from helpers.evaluation.ladder import climb, ladder_table, type_table
from helpers.tokens import UnknownWordsWarning, unknown_words


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.evaluation",
        description="Climb the ladder of lesson 04 with your own documents and questions.",
    )
    parser.add_argument("--docs", type=Path, required=True, help="folder of .md and .txt files")
    parser.add_argument(
        "--questions", type=Path, required=True, help="JSON lines: question, file, quote"
    )
    parser.add_argument("--split", choices=("dev", "test"), help="only the questions of one split")
    parser.add_argument("-k", type=int, default=5, help="how many chunks are retrieved")
    options = parser.parse_args(arguments)
    try:
        reading = read_documents(options.docs)
        questions, unasked = read_own_questions(
            options.questions, reading.documents, reading.unread
        )
        _print_list([*reading.unread.values(), *unasked, *_not_understood(reading.documents)])
        asked = [q for q in questions if options.split in (None, q.split)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnknownWordsWarning)  # they stand in the list
            runs = climb(reading.documents, asked, load_embedder(), k=options.k)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(ladder_table(runs))
    print()
    print(type_table(runs))
    return 0


def _not_understood(documents: Sequence[Document]) -> list[str]:
    problems = {document.name: unknown_words(document.text) for document in documents}
    return [f"{name}: {problem}" for name, problem in problems.items() if problem]


def _print_list(problems: Sequence[object]) -> None:
    if problems:
        lines = ["Could not be read, or not well:", *(f"- {problem}" for problem in problems)]
        print("\n".join(lines), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(run(main))

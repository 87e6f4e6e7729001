"""Measure retrieval on your own files: `python -m helpers.evaluation --docs … --questions …`."""

import argparse
import sys
from pathlib import Path

from helpers.console import run
from helpers.data import DataError
from helpers.embedding import load_embedder
from helpers.evaluation.documents import load_documents, load_own_questions
from helpers.evaluation.ladder import climb, ladder_table, type_table


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
        documents = load_documents(options.docs)
        questions = load_own_questions(options.questions, documents)
        asked = [q for q in questions if options.split in (None, q.split)]
        runs = climb(documents, asked, load_embedder(), k=options.k)
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(ladder_table(runs))
    print()
    print(type_table(runs))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))

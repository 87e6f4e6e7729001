"""Answer one message: `python -m helpers.assistant "How long do refunds take?"`.

Prints the reply and its trace, and adds the trace to a log. `--replay ID` plays a logged reply
again, `--list` shows what is logged, `--tune` trains the triage of lesson 05 first.
"""

import argparse
import sys
from pathlib import Path

from helpers.assistant import read_log, replay
from helpers.assistant.ready import ready_assistant
from helpers.clients import who_answers, who_trains
from helpers.console import run
from helpers.data import DataError
from helpers.failures import ServiceError
from helpers.settings import get_settings


def tell(sentence: str) -> None:
    """Say what happens, beside the reply and at once."""
    print(sentence, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.assistant", description="Sort a support message and answer it."
    )
    parser.add_argument("message", nargs="?", help="what the customer wrote; - reads it from stdin")
    parser.add_argument("--tune", action="store_true", help="train the triage of lesson 05 first")
    parser.add_argument("--quiet", action="store_true", help="only the reply, without its trace")
    parser.add_argument("--log", type=Path, help="file for traces; by default in the home folder")
    parser.add_argument("--replay", metavar="ID", help="play a logged reply again")
    parser.add_argument("--list", action="store_true", help="list the logged replies")
    options = parser.parse_args(arguments)
    try:
        log = options.log or get_settings().home / "assistant.jsonl"
        if options.list:
            for trace in read_log(log):
                print(f"{trace.id}  {trace.time}  {trace.outcome:<11}  {trace.message[:60]!r}")
            return 0
        if options.replay:
            again = replay(options.replay, log)
            print(again.reply)
            print("the same as in the log" if again.same else "NOT the same as in the log",
                  file=sys.stderr)  # fmt: skip
            return int(not again.same)
        message = sys.stdin.read() if options.message == "-" else options.message
        if not message or not message.strip():
            parser.error(
                'say what the customer wrote: python -m helpers.assistant "Charged twice!"'
            )
        if not options.quiet:
            tell(f"{who_answers()}\n{who_trains()}\n" if options.tune else f"{who_answers()}\n")
        say = (lambda _: None) if options.quiet else tell
        with ready_assistant(log=log, tune=options.tune, tell=say) as assistant:
            reply = assistant.reply(message)
    except (DataError, ServiceError, ValueError) as error:
        print(f"helpers.assistant: {error}", file=sys.stderr)
        return 1
    print(reply.text)
    if not options.quiet:
        print(f"\n{reply.trace}")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))

"""A small fine-tuning task, and how to have it trained."""

import json

import httpx2
import openai
from waiting import wait_for

SYSTEM = "Sort the message. Answer with exactly one of: money, weather."
MONEY = ["I was charged twice", "send me the invoice", "refund my payment", "the price is too high",
         "my card was declined", "what does it cost"]  # fmt: skip
WEATHER = ["it rains all day", "the sun shines", "snow is falling", "a storm is coming",
           "how warm will it be", "clouds over the sea"]  # fmt: skip


def lines(texts_by_label=None, system=SYSTEM) -> bytes:
    pairs = texts_by_label or {"money": MONEY, "weather": WEATHER}
    records = [
        {
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": text},
                {"role": "assistant", "content": label},
            ]
        }
        for label, texts in pairs.items()
        for text in texts
    ]
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def mounted(app, key="x") -> openai.OpenAI:
    """OpenAI's SDK on an application in this process."""
    http = openai.DefaultHttpxClient(transport=httpx2.WSGITransport(app=app))
    return openai.OpenAI(
        api_key=key, base_url="http://offline.invalid/v1", http_client=http, max_retries=0
    )


def upload(client, content=None, name="train.jsonl"):
    return client.files.create(file=(name, content or lines()), purpose="fine-tune")


def train(client, content=None, validation=None, **more):
    """A small job, waited for."""
    arguments = {"model": "any-base", "training_file": upload(client, content).id}
    if validation:
        arguments["validation_file"] = upload(client, validation).id
    chosen = {"n_epochs": 2, "batch_size": 4} | more.pop("hyperparameters", {})
    method = {"type": "supervised", "supervised": {"hyperparameters": chosen}}
    job = client.fine_tuning.jobs.create(**arguments, method=method, **more)
    return wait(client, job.id)


def wait(client, name, until=("succeeded", "failed", "cancelled", "paused")):
    def job():
        found = client.fine_tuning.jobs.retrieve(name)
        return found if found.status in until else None

    return wait_for(job, f"job {name} to be one of {until}", every=0.1)

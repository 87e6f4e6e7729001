"""Fine-tuning in the embedded provider: a job that really trains, on this machine.

`store` keeps files, jobs, events, checkpoints and models under one folder; `classifier` is the
model, MiniLM with a linear head; `trainer` trains it; `queue` runs one job at a time and picks up
what a dead process left; `tasks` reads the uploaded examples; `completions` lets the result
answer; `routes` is the part of OpenAI's API that asks for all this.
"""

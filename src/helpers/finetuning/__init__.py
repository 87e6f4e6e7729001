"""The path of the data into a fine-tuning job: clean it, and split it without leaks."""

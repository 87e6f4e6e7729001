"""The code that the lessons share. Importing this package loads nothing heavy.

Read the modules in the order of the pipeline: `data`, `chunking`, `embedding`, `search`,
`grounding`. `clients` hands out the vendors' own SDK objects, `offline` answers when no key
is set, `check` looks at exercises, and `doctor` looks at the machine.
"""

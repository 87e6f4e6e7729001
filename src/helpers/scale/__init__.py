"""Fill a store with more workers than one: chunk, embed and add as stages of a Ray Data pipeline.

    python -m helpers.scale --docs FOLDER --store postgresql:embedded

Workers, on this machine or on a cluster, cut documents and embed chunks. The driver, the process
that was started, adds what they finish. A chunk's id is a hash of its content, and what is in the
store is not embedded again: a second run embeds nothing, and one that was killed goes on.
Read `rows` (what is stored), `stages` (what the workers do) and `filling` (the whole). What this
package does not do: search (`stores`), or embed with a hosted model.
"""

from helpers.scale.cluster import ScaleError
from helpers.scale.filling import Summary, fill

__all__ = ["ScaleError", "Summary", "fill"]

"""Who a user of the hub is to the shared provider: the same learner each time, without a name.

Uses the standard library only, because the hub on Kubernetes loads this file by itself. What it
leaves out: the token of that learner, which `helpers.offline.tokens` computes.
"""

import base64
import hashlib
import hmac


def learner_id(secret: str, user: str) -> str:
    """The id under which the provider knows a user.

    Whoever has the secret can compute a user's id; nobody can compute the user from an id.

    Args:
        secret: of the class, from `helpers.offline.tokens.read_secret`.
        user: the name in the hub, such as "ada".

    >>> learner_id("a secret of the class", "ada")
    'u-ybhemnyrh6lwsl6e'
    """
    # The colon keeps this apart from a token's signature, which signs an id under the same secret.
    digest = hmac.new(secret.encode(), f"user:{user}".encode(), hashlib.sha256).digest()
    return "u-" + base64.b32encode(digest[:10]).decode().lower()

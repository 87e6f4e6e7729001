"""HTML for a notebook, in which a dollar sign is a dollar sign.

JupyterLab looks through all HTML that a cell shows and sets what stands between two dollar signs
as mathematics, so "Is it $5 or $10?" loses its words. Escaping does not help, because it looks
after the browser has read the HTML. It leaves elements of certain classes alone.
"""

# The first is MathJax 3's name, as in JupyterLab; the second one MathJax 2's, as in Colab.
LEFT_ALONE = "mathjax_ignore tex2jax_ignore"


def without_mathematics(html: str) -> str:
    """The HTML, in an element in which nothing is set as mathematics.

    >>> without_mathematics("Is it $5 or $10?")
    '<div class="mathjax_ignore tex2jax_ignore">Is it $5 or $10?</div>'
    """
    return f'<div class="{LEFT_ALONE}">{html}</div>'

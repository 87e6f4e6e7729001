"""The slides: one deck per lesson, from what `tools/build_site.py` has taken out of its cells.

reveal.js comes inside the package sphinx-revealjs, so that a deck opens without a network.
"""

project = "RAG or fine-tuning?"
author = "the authors of this workshop"
language = "en"

extensions = ["myst_parser", "sphinx_revealjs"]
nitpicky = True

revealjs_html_theme = "revealjs-simple"
revealjs_style_theme = "white-contrast"
revealjs_static_path = ["static"]
revealjs_css_files = ["slides.css"]
revealjs_script_files = ["revealjs/dist/reveal.js", "slides.js"]
revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.04,
    "center": False,
    "hash": True,
    "navigationMode": "linear",
    "slideNumber": "c/t",
    "transition": "none",
}

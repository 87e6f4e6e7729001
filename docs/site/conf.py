"""The web site: how Sphinx turns what `tools/build_site.py` has put together into pages.

Nothing is executed, and nothing is loaded from another host: no web fonts, no MathJax, no
scripts for widgets. The pydata theme is what NumPy, pandas and Jupyter build their sites with.
"""

project = "RAG or fine-tuning?"
author = "the authors of this workshop"
copyright = "the authors; code under MIT, text and data under CC BY 4.0"  # noqa: A001
language = "en"

extensions = ["myst_nb"]
exclude_patterns = ["files"]  # offered for download
nitpicky = True

nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
# Beside the lessons stand the other lessons; a page that stands alone needs no such column.
html_sidebars = {"index": [], "search": [], "CONTRIBUTING": [], "docs/*": [], "deploy/*": []}
html_theme_options = {
    "navbar_align": "left",
    "navigation_with_keys": False,
    "search_bar_text": "Search the lessons",
    "search_as_you_type": True,
    "show_toc_level": 2,
    "back_to_top_button": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}

"""The parts of the web site's builder: pages, links, slides, and the check of what came out.

Everything here works on notebooks and text and needs no Sphinx; `tools/build_site.py` calls it.
"""

"""Colours for what the helpers draw in HTML: those of JupyterLab's theme, light or dark.

Each is a CSS value that names the theme's variable and, for places that have no such variable, a
light colour that goes with the others here. Where a ground is set, set `INK` with it: then no theme
can put white on white. Marks and tints are mixed with what lies below, so they fit on both.
"""

INK = "var(--jp-content-font-color0,#1A1A1A)"
GROUND = "var(--jp-layout-color0,#FFFFFF)"
RAISED = "var(--jp-layout-color2,#F2F2F2)"
RULE = "var(--jp-border-color0,#B0B0B0)"
BADGE = "background:var(--jp-inverse-layout-color1,#333333);color:var(--jp-layout-color0,#FFFFFF)"

# As text: nearer to the text around it than the theme's own signal colours, which are too faint.
GOOD = "color-mix(in srgb,var(--jp-success-color1,#00664A) 55%,currentColor)"
BAD = "color-mix(in srgb,var(--jp-error-color1,#A33600) 55%,currentColor)"
NOTE = "color-mix(in srgb,var(--jp-warn-color1,#5A4500) 55%,currentColor)"

TINTS = ("rgba(0,114,178,0.18)", "rgba(230,159,0,0.24)")
MARKED = "rgba(213,94,0,0.36)"

#!/bin/sh
# Install the workshop from this folder, without a network, and open the first lesson.
cd "$(dirname "$0")" || exit 1
# python3 comes last: on a Mac without developer tools it opens a window that asks for a download.
for python in python3.13 python3.12 python3.11 python3; do
    if "$python" -c "import sys; sys.exit(sys.version_info < (3, 8))" 2>/dev/null; then
        exec "$python" workshop/tools/start.py "$@"
    fi
done
echo "The workshop cannot start: no Python 3 was found. Install it from the installers that came" \
    "with this folder, or from python.org, and start again." >&2
exit 1

#!/usr/bin/env bash
# Starts the demo that `make demo` has built. Root is needed only where nginx needs it: not here.
set -euo pipefail
exec "$(dirname "$0")/../../build/conf/demo/demo"

#!/usr/bin/env bash
# Starts the demo with docker that `make demo-docker` has built. A docker engine that runs is used;
# else one is started, which needs root, and stopped again.
set -euo pipefail
exec "$(dirname "$0")/../../build/conf/demo/docker_demo"

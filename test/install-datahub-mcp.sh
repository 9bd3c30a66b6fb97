#!/usr/bin/env bash
# Installs DataHub's MCP server, which `npm run test:datahub` drives, and prints where.
exec "$(dirname "$0")/install-from-pypi.sh" datahub-mcp mcp-server-datahub "DataHub's MCP server"

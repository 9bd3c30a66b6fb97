import { serveMcp } from '../main.js'

/** The process a test speaks MCP to over stdio: `mcp-child <cluster directory> <actor>`. */
const [clusterDir = '.', actor = 'nobody'] = process.argv.slice(2)
await serveMcp({ clusterDir, principal: { actor, tenant: 'default', roles: [] } })

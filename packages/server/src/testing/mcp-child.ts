import { serveMcp } from '../main.js'

/** The process a test speaks MCP to over stdio: `mcp-child <cluster directory> <actor>`; an empty actor is nobody. */
const [clusterDir = '.', actor = 'nobody'] = process.argv.slice(2)
const principal = { actor, tenant: 'default', roles: [] }
await serveMcp({ clusterDir, ...(actor !== '' && { principal }) })

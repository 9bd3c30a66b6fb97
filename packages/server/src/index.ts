/**
 * HTTP, MCP and server-sent events over the planes: who the caller is, what a request
 * means, and what its answer looks like on the wire. Composed from the other packages
 * by `serve`.
 *
 * Not for deciding what may be served (cluster), who may do what (policy), or what is
 * true (graph, catalog): a route translates and nothing more.
 */
export { createServer, type GroundplaneServer, type ServerDeps } from './create-server.js'
export { DEFAULT_LIMITS, type Limits } from './http/limits.js'
export { openApiDocument } from './http/openapi.js'
export {
  closeOnSignal,
  type McpStdioOptions,
  type RunningServer,
  type ServeOptions,
  serve,
  serveMcp,
} from './main.js'
export { queryToWire } from './routes/graph-wire.js'
export { ServerError } from './server-error.js'
export { TOKENS_VARIABLE, type TokenSpec, TokenTable } from './tokens.js'

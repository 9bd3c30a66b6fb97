/**
 * The language server of `.pg` schemas and `.gq` queries, over standard input and output. Knows the
 * protocol and where files are; everything it says about a text comes from `lang`. Not for running
 * queries: it opens no graph.
 */
export { startLanguageServer } from './server.js'

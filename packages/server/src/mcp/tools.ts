import { CATALOG_TOOLS } from './catalog-tools.js'
import { GRAPH_TOOLS } from './graph-tools.js'
import type { Tool } from './tool.js'

/** Every tool there is, those of the catalog first. */
export const TOOLS: readonly Tool[] = [...CATALOG_TOOLS, ...GRAPH_TOOLS]

import { type CatalogTool, catalogTools } from '@groundplane/protocol'
import { callCatalogTool, isToolOffered } from '../catalog-access.js'
import { defineTool, READS, type Tool, type ToolEffects } from './tool.js'

/** The tools of the catalog, as the protocol has them for every door. */
export const CATALOG_TOOLS: readonly Tool[] = Object.values(catalogTools).map((tool: CatalogTool) =>
  defineTool({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    input: tool.input,
    effects: effectsOf(tool),
    isOffered: (scope) => isToolOffered(scope, tool),
    run: (scope, args) => callCatalogTool(scope, tool, args),
  }),
)

function effectsOf({ action, writesWith, destructive }: CatalogTool): ToolEffects {
  if (action === 'read' && writesWith === undefined) return READS
  return { readOnlyHint: false, destructiveHint: destructive === true, idempotentHint: true }
}

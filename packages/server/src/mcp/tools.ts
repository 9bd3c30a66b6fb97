import { whenIndexed } from '@groundplane/catalog'
import { CATALOG_TOOLS } from './catalog-tools.js'
import { GRAPH_TOOLS } from './graph-tools.js'
import type { Tool, ToolScope } from './tool.js'

/** Every tool there is, those of the catalog first. */
export const TOOLS: readonly Tool[] = [...CATALOG_TOOLS, ...GRAPH_TOOLS]

/** Whether policy leaves the caller the tool of this name, which there is. */
export function isOffered(scope: ToolScope, name: string): boolean {
  return toolNamed(name).isOffered(scope)
}

/** Calls a tool that there is, with its arguments checked, in the name of the caller. Throws what it throws, and `ZodError`. */
export async function callTool(scope: ToolScope, name: string, args: object): Promise<object> {
  const tool = toolNamed(name)
  const checked = tool.input.strict().parse(args) as never
  return whenIndexed<object>(scope.queries.queryMs, () => tool.run(scope, checked))
}

function toolNamed(name: string): Tool {
  return TOOLS.find((tool) => tool.name === name) as Tool
}

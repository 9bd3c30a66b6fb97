import { catalogTools } from '@groundplane/protocol'
import { type CatalogScope, callCatalogTool } from '../catalog-access.js'
import { ServerError } from '../server-error.js'
import type { Turns } from '../turns.js'
import type { MakeEdit } from './graphql/mutations.js'

/** The tools of the catalog that write, for mutations: with the same arguments, switch and policy, each in its turn. */
export function editsOf(scope: CatalogScope, turns: Turns): MakeEdit {
  return (name, args) => {
    const tool = catalogTools[name]
    const { data, error } = tool.input.safeParse(args)
    if (data) return turns.take(() => callCatalogTool(scope, tool, data))
    const told = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
    throw new ServerError('invalid', 'arguments_invalid', `The arguments do not fit: ${told.join('; ')}.`, {
      remedy: "Compare them with the tool's input schema.",
    })
  }
}

import type { Diagnostic } from '@groundplane/core'
import { BindingResources } from './desired-bindings.js'
import { SourceFiles } from './source-file.js'
import { openWorkspace } from './workspace.js'

/** A policy bundle as `cluster.yaml` declares it, applied or not. */
export interface DeclaredPolicy {
  readonly name: string
  /** As written in `cluster.yaml`. */
  readonly file: string
  readonly source: string
  /** Graph ids, or the one word `cluster`; only those that exist and that no other bundle has. */
  readonly appliesTo: readonly string[]
}

export interface DeclaredPolicies {
  readonly policies: readonly DeclaredPolicy[]
  /** Ids of the declared graphs, governed or not. */
  readonly graphs: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The policies of a config directory and everything wrong with them and their bindings.
 * Other mistakes in the directory do not matter, except in `cluster.yaml` itself. A bundle
 * with errors is left out. Touches no state.
 */
export async function declaredPolicies(dir: string): Promise<DeclaredPolicies> {
  const { config, partial, configDir, diagnostics, root } = await openWorkspace(dir)
  if (!config || !partial) return { policies: [], graphs: [], diagnostics }
  const files = new SourceFiles(configDir)
  const bindings = new BindingResources(partial, files, undefined, root?.directory ?? configDir)
  await bindings.collectPolicies()
  return {
    policies: bindings.resources.map(({ address, path, payload, entry }) => ({
      name: address.slice('policy.'.length),
      file: path as string,
      source: payload as string,
      appliesTo: (entry.applies_to ?? []).map((scope) => scope.replace(/^graph\./, '')),
    })),
    graphs: config.graphs.map(({ id }) => id),
    diagnostics: [...diagnostics, ...files.diagnostics, ...bindings.diagnostics],
  }
}

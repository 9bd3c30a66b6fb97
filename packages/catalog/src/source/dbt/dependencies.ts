import type { Diagnostic } from '@groundplane/core'
import type { DbtManifest } from './manifest.js'

/** Every node after those it depends on, in the order of the file where that leaves a choice. */
export function inOrderOfDependency(manifest: DbtManifest): string[] {
  return walk(manifest.dependencies, () => {})
}

/** Relations a node is made of. What is neither a relation nor in the warehouse (a semantic model, a metric) is looked through. */
export function relationsBelow(manifest: DbtManifest, ids: readonly string[]): string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  const open = [...ids].reverse()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    if (manifest.relations.has(id)) found.add(id)
    else open.push(...[...(manifest.dependencies.get(id) ?? [])].reverse())
  }
  return [...found]
}

/** What is depended on and not there, and circles. */
export function dependencyMistakes({ dependencies }: DbtManifest, file: string): Diagnostic[] {
  const mistakes: Diagnostic[] = []
  for (const [id, needed] of dependencies) {
    for (const [i, other] of needed.entries()) {
      if (dependencies.has(other)) continue
      mistakes.push({
        code: 'dbt_node_missing',
        severity: 'error',
        message: `${id} depends on ${other}, which the manifest does not have`,
        remedy: 'Let dbt write the whole manifest again (dbt parse).',
        file,
        path: `${sectionOf(id)}["${id}"].depends_on.nodes[${i}]`,
      })
    }
  }
  walk(dependencies, (circle) => {
    const [id] = circle as [string]
    mistakes.push({
      code: 'dbt_cycle',
      severity: 'error',
      message: `${[...circle, id].join(' → ')}: a node cannot depend on itself`,
      remedy: 'Let dbt write the manifest again; dbt itself refuses such a project.',
      file,
      path: `${sectionOf(id)}["${id}"].depends_on.nodes`,
    })
  })
  return mistakes
}

const SECTIONS: Readonly<Record<string, string>> = {
  source: 'sources',
  exposure: 'exposures',
  metric: 'metrics',
  semantic_model: 'semantic_models',
  saved_query: 'saved_queries',
  unit_test: 'unit_tests',
  function: 'functions',
}

function sectionOf(id: string): string {
  const type = id.slice(0, id.indexOf('.'))
  return Object.hasOwn(SECTIONS, type) ? (SECTIONS[type] as string) : 'nodes'
}

/** Depth first, without a stack of calls: a project may be a chain of any length. */
function walk(
  dependencies: ReadonlyMap<string, readonly string[]>,
  onCircle: (circle: readonly string[]) => void,
): string[] {
  const done: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  for (const start of dependencies.keys()) {
    if (state.has(start)) continue
    state.set(start, 'open')
    const path = [{ id: start, next: 0 }]
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const needed = dependencies.get(top.id)?.[top.next++]
      if (needed === undefined) {
        state.set(top.id, 'done')
        done.push(top.id)
        path.pop()
      } else if (state.get(needed) === 'open') {
        onCircle(path.slice(path.findIndex((step) => step.id === needed)).map((step) => step.id))
      } else if (!state.has(needed) && dependencies.has(needed)) {
        state.set(needed, 'open')
        path.push({ id: needed, next: 0 })
      }
    }
  }
  return done
}

import { existsSync, readFileSync, statSync } from 'node:fs'
import { CommandError } from '../errors.js'
import { showRows, type Wanted } from '../listing.js'
import {
  checkOperatorConfig,
  type OperatorConfig,
  readOperatorConfig,
  type Scope,
} from '../operator/config.js'
import { replaceFile } from '../operator/replace-file.js'
import { profileInForce, profileNamed } from '../operator/scope.js'
import { print, printJson } from '../output.js'

interface ProfileView {
  readonly name: string
  readonly scope_kind: 'server' | 'cluster' | 'store'
  /** The address behind the name. */
  readonly target: string
  readonly binding: string
  readonly default_graph?: string
  readonly active: boolean
}

function viewOf(config: OperatorConfig, name: string, scope: Scope, active: boolean): ProfileView {
  const { server, cluster, store, graph } = scope
  const place =
    server !== undefined
      ? { scope_kind: 'server' as const, binding: server, target: config.servers.get(server)?.url ?? server }
      : cluster !== undefined
        ? { scope_kind: 'cluster' as const, binding: cluster, target: config.clusters.get(cluster) as string }
        : { scope_kind: 'store' as const, binding: store as string, target: store as string }
  return { name, ...place, ...(graph !== undefined && { default_graph: graph }), active }
}

export async function runProfileList(options: Wanted): Promise<number> {
  const config = await readOperatorConfig()
  const active = profileInForce(config, undefined)
  const profiles = [...config.profiles].map(([name, scope]) =>
    viewOf(config, name, scope, name === active?.name),
  )
  const rows = profiles.map((p) => ({
    '': p.active ? '*' : '',
    profile: p.name,
    kind: p.scope_kind,
    target: p.target,
    graph: p.default_graph ?? null,
  }))
  await showRows(
    { profiles, ...(active && { active }) },
    ['', 'profile', 'kind', 'target', 'graph'],
    rows,
    options,
    `No profiles in ${config.file}.`,
  )
  return 0
}

export async function runProfileShow(
  name: string | undefined,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await readOperatorConfig()
  const active = profileInForce(config, undefined)
  const shown = name ?? active?.name
  if (shown === undefined) {
    throw new CommandError('profile_none', 'No profile is in use.', {
      kind: 'not-found',
      remedy: 'Name one, or choose one with `groundplane profile use <name>`.',
    })
  }
  const view = viewOf(config, shown, profileNamed(config, shown), shown === active?.name)
  if (options.json) printJson({ ok: true, profile: view, ...(view.active && { by: active?.by }) })
  else {
    const graph = view.default_graph === undefined ? '' : `, graph ${view.default_graph}`
    print(
      `${view.name}: ${view.scope_kind} ${view.target}${graph}${view.active ? ` (in use by ${active?.by})` : ''}`,
    )
  }
  return 0
}

/** Writes the choice into the config file; comments and order of the file stay. */
export async function runProfileUse(
  name: string | undefined,
  options: { readonly none?: boolean; readonly json?: boolean },
): Promise<number> {
  const config = await readOperatorConfig()
  if ((name === undefined) === (options.none !== true)) {
    throw new CommandError('profile_choice', 'Give the name of a profile, or --none.', {
      remedy: '`groundplane profile list` shows the names.',
    })
  }
  if (name !== undefined) profileNamed(config, name)
  await writeChoice(config, name)
  if (options.json) printJson({ ok: true, profile: name ?? null })
  else print(name === undefined ? 'No profile is in use now.' : `${name} is in use now.`)
  return 0
}

async function writeChoice({ file }: OperatorConfig, name: string | undefined): Promise<void> {
  const { parseDocument } = await import('yaml')
  const found = existsSync(file)
  const document = parseDocument(found ? readFileSync(file, 'utf8') : '')
  if (name !== undefined) document.setIn(['defaults', 'profile'], name)
  else if (document.hasIn(['defaults', 'profile'])) document.deleteIn(['defaults', 'profile'])
  else return
  const defaults = document.get('defaults') as { items?: unknown[] } | undefined
  if (defaults?.items?.length === 0) document.delete('defaults')
  const text = document.toString()
  const { diagnostics } = await checkOperatorConfig(text, file)
  const [wrong] = diagnostics
  if (wrong) {
    throw new CommandError('operator_config_invalid', `The choice does not fit ${file}: ${wrong.message}`, {
      remedy: 'Take server, cluster, store and default_graph out of `defaults:`; the profile says them.',
      diagnostics,
    })
  }
  replaceFile(file, text, found ? statSync(file).mode & 0o777 : 0o600)
}

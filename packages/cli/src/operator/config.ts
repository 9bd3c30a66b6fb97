import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Diagnostic, hasErrors } from '@groundplane/core'
import type { YamlReader } from '@groundplane/policy/yaml-reader'
import { CommandError } from '../errors.js'
import { FORMATS, type Format } from '../format.js'
import { operatorHome } from './home.js'
import { serverUrlProblem } from './server-url.js'

/** What one operator keeps on one machine: `config.yaml` of their home. Names and addresses, never a secret. */
export interface OperatorConfig {
  readonly file: string
  readonly actor?: string
  readonly servers: ReadonlyMap<string, NamedServer>
  /** Name → storage root or config directory, absolute. */
  readonly clusters: ReadonlyMap<string, string>
  readonly defaults: {
    readonly output?: Format
    /** The profile in use; then nothing of the scope is given here. */
    readonly profile?: string
    readonly scope?: Scope
  }
  readonly profiles: ReadonlyMap<string, Scope>
  readonly aliases: ReadonlyMap<string, Alias>
}

export interface NamedServer {
  readonly url: string
  /** A token may go to it without TLS, also when it is not this machine. */
  readonly plainHttp: boolean
}

/** Where a command works when it is not told: exactly one place, and maybe a graph in it. */
export interface Scope {
  /** Exactly one of these three: a name under `servers`, a name under `clusters`, a graph root. */
  readonly server?: string
  readonly cluster?: string
  readonly store?: string
  readonly graph?: string
}

/** A stored query with its place and fixed parameters, under a name of one's own. It holds no query text. */
export interface Alias {
  readonly server?: string
  readonly cluster?: string
  readonly graph?: string
  readonly query: string
  /** Parameters that positional arguments fill, in their order. */
  readonly args: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
  readonly format?: Format
}

/** Reads the operator's config; an absent file is an empty one. `operator_config_invalid` has every mistake with its place. */
export async function readOperatorConfig(): Promise<OperatorConfig> {
  const file = join(operatorHome(), 'config.yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty(file)
    throw new CommandError('operator_config_unreadable', `Cannot read ${file}.`, {
      remedy: 'Check the permissions of the file.',
      cause: error,
    })
  }
  const { config, diagnostics } = await checkOperatorConfig(text, file)
  if (config) return config
  const [first] = diagnostics
  throw new CommandError('operator_config_invalid', `${file} cannot be used: ${first?.message}`, {
    remedy: first?.remedy ?? 'Correct it as the diagnostics say.',
    diagnostics,
  })
}

function empty(file: string): OperatorConfig {
  return {
    file,
    servers: new Map(),
    clusters: new Map(),
    defaults: {},
    profiles: new Map(),
    aliases: new Map(),
  }
}

/** All mistakes in one pass; any leaves out `config`. */
export async function checkOperatorConfig(
  text: string,
  file: string,
): Promise<{ readonly config?: OperatorConfig; readonly diagnostics: readonly Diagnostic[] }> {
  if (text.replace(/^\s*(#.*)?$/gm, '').trim() === '') return { config: empty(file), diagnostics: [] }
  const { YamlReader } = await import('@groundplane/policy/yaml-reader')
  const reader = new YamlReader(text, file, 'operator_config_invalid')
  const config = new Reading(reader, file).config()
  return { diagnostics: reader.diagnostics, ...(config && !hasErrors(reader.diagnostics) && { config }) }
}

const SECTIONS = ['operator', 'servers', 'clusters', 'defaults', 'profiles', 'aliases']
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

type Members = ReturnType<YamlReader['members']>

/** One pass over the file. */
class Reading {
  #servers = new Map<string, NamedServer>()
  #clusters = new Map<string, string>()
  #profiles = new Map<string, Scope>()

  constructor(
    readonly reader: YamlReader,
    readonly file: string,
  ) {}

  config(): OperatorConfig | undefined {
    const root = this.reader.root('The operator config')
    if (!root) return undefined
    const sections = this.reader.members(root, SECTIONS, '')
    const operator = this.#members(sections, 'operator', ['actor'])
    const actor = operator && this.#text(operator, 'actor', 'operator')
    this.#servers = this.#named(sections, 'servers', (members, path) => this.#server(members, path), [
      'url',
      'plain_http',
    ])
    this.#clusters = this.#named(sections, 'clusters', (members, path) => this.#root(members, path), ['root'])
    this.#profiles = this.#named(
      sections,
      'profiles',
      (members, path, at) => this.#scope(members, path, at),
      ['server', 'cluster', 'store', 'default_graph'],
    )
    const defaults = this.#defaults(sections)
    const aliases = this.#named(sections, 'aliases', (members, path, at) => this.#alias(members, path, at), [
      'server',
      'cluster',
      'graph',
      'query',
      'args',
      'params',
      'format',
    ])
    return {
      file: this.file,
      ...(actor !== undefined && { actor }),
      servers: this.#servers,
      clusters: this.#clusters,
      profiles: this.#profiles,
      defaults,
      aliases,
    }
  }

  #members(sections: Members, name: string, keys: readonly string[]): Members | undefined {
    const pair = sections.get(name)
    if (!pair) return undefined
    const map = this.reader.map(pair.value, `\`${name}\``, name, pair.key)
    return map && this.reader.members(map, keys, name)
  }

  /** A section of entries under names the operator chose. */
  #named<T>(
    sections: Members,
    section: string,
    read: (members: Members, path: string, at: unknown) => T | undefined,
    keys: readonly string[],
  ): Map<string, T> {
    const found = new Map<string, T>()
    const pair = sections.get(section)
    const map = pair && this.reader.map(pair.value, `\`${section}\``, section, pair.key)
    for (const { key, value } of map?.items ?? []) {
      const name = this.reader.text(key, 'A name', section)
      if (name === undefined) continue
      const path = `${section}.${name}`
      if (!NAME.test(name)) {
        const remedy = 'Use a letter or digit and then letters, digits, "-" and "_", 64 at most.'
        this.reader.report('name', `"${name}" cannot be a name.`, remedy, key, path)
        continue
      }
      const entry = this.reader.map(value, `\`${path}\``, path, key)
      const read1 = entry && read(this.reader.members(entry, keys, path), path, key)
      if (read1 !== undefined) found.set(name, read1)
    }
    return found
  }

  #text(members: Members, key: string, path: string): string | undefined {
    const pair = members.get(key)
    return pair && this.reader.text(pair.value, `\`${path}.${key}\``, path, pair.key)
  }

  #server(members: Members, path: string): NamedServer | undefined {
    const pair = members.get('url')
    const url = this.reader.text(pair?.value, `\`${path}.url\``, path, pair?.key)
    const flag = members.get('plain_http')
    const plainHttp = this.reader.data(flag?.value)
    if (flag && typeof plainHttp !== 'boolean')
      this.reader.report(
        'shape',
        `\`${path}.plain_http\` must be true or false.`,
        'Write true or false.',
        flag.value ?? flag.key,
        path,
      )
    const problem = url === undefined ? undefined : serverUrlProblem(url)
    if (problem)
      this.reader.report('url', `\`${path}.url\` ${problem.message}.`, problem.remedy, pair?.value, path)
    return url === undefined || problem
      ? undefined
      : { url: url.replace(/\/+$/, ''), plainHttp: plainHttp === true }
  }

  /** Relative paths are relative to the config; `~/` is the home directory. */
  #path(text: string): string {
    const expanded = text.startsWith('~/') ? join(homedir(), text.slice(2)) : text
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(expanded) ? expanded : resolve(this.file, '..', expanded)
  }

  #root(members: Members, path: string): string | undefined {
    const pair = members.get('root')
    const root = this.reader.text(pair?.value, `\`${path}.root\``, path, pair?.key)
    return root === undefined ? undefined : this.#path(root)
  }

  #scope(members: Members, path: string, at: unknown): Scope | undefined {
    const given = (['server', 'cluster', 'store'] as const).filter((key) => members.has(key))
    if (given.length !== 1) {
      const message = given.length === 0 ? 'names no place' : `names ${given.join(' and ')}`
      const remedy = 'Give exactly one of server, cluster and store.'
      this.reader.report(
        'scope',
        `\`${path}\` ${message}.`,
        remedy,
        given[1] ? members.get(given[1])?.key : at,
        path,
      )
      return undefined
    }
    const graph = this.#text(members, 'default_graph', path)
    const place = this.#place(members, path)
    return place && { ...place, ...(graph !== undefined && { graph }) }
  }

  /** The one place that is given, its name looked up. */
  #place(members: Members, path: string): Pick<Scope, 'server' | 'cluster' | 'store'> | undefined {
    const server = this.#reference(members, 'server', path, this.#servers)
    const cluster = this.#reference(members, 'cluster', path, this.#clusters)
    const store = this.#text(members, 'store', path)
    if (server !== undefined) return { server }
    if (cluster !== undefined) return { cluster }
    return store === undefined ? undefined : { store: this.#path(store) }
  }

  #reference(
    members: Members,
    key: 'server' | 'cluster' | 'profile',
    path: string,
    known: ReadonlyMap<string, unknown>,
  ): string | undefined {
    const name = this.#text(members, key, path)
    if (name === undefined || known.has(name)) return name
    const names = [...known.keys()].join(', ')
    const remedy = names === '' ? `Declare it under \`${key}s:\`.` : `Declared: ${names}.`
    this.reader.report('unknown-name', `There is no ${key} "${name}".`, remedy, members.get(key)?.value, path)
    return undefined
  }

  #format(members: Members, key: string, path: string): Format | undefined {
    const text = this.#text(members, key, path)
    if (text === undefined || (FORMATS as readonly string[]).includes(text)) return text as Format | undefined
    const message = `\`${path}.${key}\` cannot be "${text}".`
    this.reader.report('format', message, `Use one of ${FORMATS.join(', ')}.`, members.get(key)?.value, path)
    return undefined
  }

  #defaults(sections: Members): OperatorConfig['defaults'] {
    const keys = ['output', 'profile', 'server', 'cluster', 'store', 'default_graph']
    const members = this.#members(sections, 'defaults', keys)
    if (!members) return {}
    const output = this.#format(members, 'output', 'defaults')
    const profile = this.#reference(members, 'profile', 'defaults', this.#profiles)
    const placed = ['server', 'cluster', 'store', 'default_graph'].filter((key) => members.has(key))
    if (members.has('profile') && placed[0] !== undefined) {
      const message = `\`defaults\` names a profile and ${placed.join(' and ')}.`
      this.reader.report('scope', message, 'Keep one of them.', members.get(placed[0])?.key, 'defaults')
      return {}
    }
    const scope =
      placed.length > 0 ? this.#scope(members, 'defaults', sections.get('defaults')?.key) : undefined
    return {
      ...(output !== undefined && { output }),
      ...(profile !== undefined && { profile }),
      ...(scope && { scope }),
    }
  }

  #alias(members: Members, path: string, at: unknown): Alias | undefined {
    const query = this.reader.text(members.get('query')?.value, `\`${path}.query\``, path, at)
    const server = this.#reference(members, 'server', path, this.#servers)
    const cluster = this.#reference(members, 'cluster', path, this.#clusters)
    if (server !== undefined && cluster !== undefined)
      this.reader.report('scope', `\`${path}\` names a server and a cluster.`, 'Keep one of them.', at, path)
    const graph = this.#text(members, 'graph', path)
    const list = members.get('args')
    const args = list ? this.reader.texts(list.value, `\`${path}.args\``, path, list.key) : []
    const given = members.get('params')
    const params = given && this.reader.map(given.value, `\`${path}.params\``, path, given.key)
    const format = this.#format(members, 'format', path)
    if (query === undefined) return undefined
    return {
      query,
      args: args.map(({ value }) => value),
      params: params ? (this.reader.data(params) as Record<string, unknown>) : {},
      ...(server !== undefined && { server }),
      ...(cluster !== undefined && { cluster }),
      ...(graph !== undefined && { graph }),
      ...(format !== undefined && { format }),
    }
  }
}

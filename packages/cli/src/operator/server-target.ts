import { isLoopbackHost, nearestName } from '@groundplane/core'
import { CommandError } from '../errors.js'
import { type OperatorConfig, readOperatorConfig } from './config.js'
import { Credentials } from './credentials.js'
import { serverUrlProblem } from './server-url.js'

/** A server a command speaks to, and the token that belongs to it. */
export interface ServerTarget {
  /** Its name in the operator config, when it has one. */
  readonly name?: string
  /** Without a slash at its end. */
  readonly url: string
  readonly origin: string
  readonly token?: string
}

/**
 * The server behind a name of the operator config or an address, with the token that belongs
 * to its origin: of `GROUNDPLANE_TOKEN_<NAME>` for a server with a name, of `GROUNDPLANE_TOKEN`
 * when `GROUNDPLANE_SERVER` is at that origin, else of `groundplane login`. No other token is ever sent.
 */
export async function resolveServer(nameOrUrl: string): Promise<ServerTarget> {
  const config = await readOperatorConfig()
  const server = locateServer(config, nameOrUrl)
  const token = tokenOf(server)
  if (token === undefined) return server
  refuseBareHttp(config, server)
  return { ...server, token }
}

/** The address alone, without a token. */
export function locateServer(config: OperatorConfig, nameOrUrl: string): ServerTarget {
  if (!nameOrUrl.includes('://')) return named(config, nameOrUrl)
  const problem = serverUrlProblem(nameOrUrl)
  if (problem) {
    // The address may hold a password: it is not repeated.
    throw new CommandError('server_url_invalid', `The address of the server ${problem.message}.`, {
      remedy: problem.remedy,
    })
  }
  const { origin } = new URL(nameOrUrl)
  const known = [...config.servers].find(([, { url }]) => new URL(url).origin === origin)
  return { ...(known && { name: known[0] }), url: nameOrUrl.replace(/\/+$/, ''), origin }
}

function named(config: OperatorConfig, name: string): ServerTarget {
  const server = config.servers.get(name)
  if (server) return { name, url: server.url, origin: new URL(server.url).origin }
  const names = [...config.servers.keys()]
  const near = nearestName(name, names)
  const known =
    names.length > 0 ? `Declared: ${names.join(', ')}.` : `Declare it under \`servers:\` in ${config.file}`
  throw new CommandError('server_unknown', `There is no server "${name}".`, {
    kind: 'not-found',
    remedy: near ? `Did you mean "${near}"?` : `${known}, or give the address.`.replace('., or', '; or'),
  })
}

function tokenOf({ name, origin }: ServerTarget): string | undefined {
  const environment = process.env
  const own = name && environment[`GROUNDPLANE_TOKEN_${name.toUpperCase().replaceAll('-', '_')}`]
  if (own) return own
  const { GROUNDPLANE_TOKEN: token, GROUNDPLANE_SERVER: server } = environment
  if (token && server && URL.canParse(server) && new URL(server).origin === origin) return token
  return new Credentials().token(origin)
}

/** A token without TLS can be read by everybody on the way. */
export function refuseBareHttp(config: OperatorConfig, { name, url, origin }: ServerTarget): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || isLoopbackHost(hostname)) return
  if (name !== undefined && config.servers.get(name)?.plainHttp) return
  throw new CommandError('token_without_tls', `A token would go to ${origin} without TLS.`, {
    kind: 'denied',
    remedy: 'Use https://, or say `plain_http: true` of this server when the network in between is trusted.',
  })
}

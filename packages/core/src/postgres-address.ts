import { isAbsolute } from 'node:path'

/** Where a PostgreSQL database is and how its connection is protected: what a `postgresql://` address says. */
export interface PostgresAddress {
  /** Host name, IP address, or the directory of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  /** Undefined: as PostgreSQL's own clients choose it (`PGUSER`, then the user of the process). */
  readonly user: string | undefined
  /** Only in an address that is a secret as a whole. */
  readonly password: string | undefined
  readonly tls: TlsMode
  /** Absolute paths of PEM files. */
  readonly rootCertificate: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
}

/**
 * As libpq's `sslmode`. There is no `allow` and no `prefer`: both fall back to clear text without a word.
 * Default: `verify-full`, and `disable` over a Unix socket or to a loopback address.
 */
export const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const
export type TlsMode = (typeof TLS_MODES)[number]

const OPTIONS: readonly string[] = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey']
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i

/** The parts of an address such as `postgresql://reader@db.example.com/shop`, or what is wrong with it; the text itself is never repeated. */
export function parsePostgresAddress(text: string): PostgresAddress | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'postgresql:' && url?.protocol !== 'postgres:')
    return 'it is not an address that starts with postgresql://'
  // Where a password is not escaped, a part of it becomes the path or an option, and would be named in messages.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@'))
    return 'it has an @ after the host; in a user name, a password or a database write @ as %40, / as %2F, ? as %3F'
  const options = new Map(url.searchParams)
  if ([...options.keys()].some((name) => !OPTIONS.includes(name)))
    return `it has an option that is not one of ${OPTIONS.join(', ')}`
  const host = options.get('host') || decoded(url.hostname) || 'localhost'
  if (host.includes(',')) return 'it names several hosts; one can be read from'
  const database = decoded(url.pathname.slice(1))
  if (!database) return 'it names no database after the host'
  const mode = options.get('sslmode') ?? (isLocal(host) ? 'disable' : 'verify-full')
  if (!isTlsMode(mode)) return `its sslmode is not one of ${TLS_MODES.join(', ')}`
  const relative = FILES.find((name) => options.has(name) && !isAbsolute(options.get(name) as string))
  if (relative !== undefined) return `its ${relative} is not an absolute path`
  if (options.has('sslcert') !== options.has('sslkey')) return 'sslcert and sslkey go together'
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    database,
    user: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    tls: mode,
    rootCertificate: options.get('sslrootcert'),
    certificate: options.get('sslcert'),
    key: options.get('sslkey'),
  }
}

/** `host:port/database`, for messages. */
export function printAddress({ host, port, database }: PostgresAddress): string {
  return host.startsWith('/') ? `${database} at ${host} (${port})` : `${host}:${port}/${database}`
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || LOOPBACK.test(host)
}

function isTlsMode(text: string): text is TlsMode {
  return (TLS_MODES as readonly string[]).includes(text)
}

/** A lone `%` stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

import type { PostgresAddress } from './postgres-address.js'

/**
 * Namespaces of datasets as OpenLineage names them (its `spec/Naming.md`), in the one form that two of
 * them are compared by: of PostgreSQL `postgres://host:port`, with the host in lower case, the port always
 * there and no user; of a SQLite file, which the specification does not name, what its clients for JDBC
 * send, `sqlite:/path`. Every other text stands for itself.
 */
export function normalNamespace(namespace: string): string {
  const [, host, port] = POSTGRES.exec(namespace) ?? []
  if (host !== undefined) return postgres(host, port)
  return namespace.replace(/^sqlite:\/+/i, 'sqlite:/')
}

const POSTGRES = /^postgres(?:ql)?:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?#,[\]]+)(?::(\d+))?\/?$/i

/** Undefined over a Unix socket: that is a place on one machine, and no name. */
export function postgresNamespace({
  host,
  port,
}: Pick<PostgresAddress, 'host' | 'port'>): string | undefined {
  if (host.startsWith('/')) return undefined
  return postgres(host.includes(':') ? `[${host}]` : host, String(port))
}

/** `path` is absolute. */
export function sqliteNamespace(path: string): string {
  return `sqlite:${path}`
}

function postgres(host: string, port = '5432'): string {
  return `postgres://${host.toLowerCase()}:${port}`
}

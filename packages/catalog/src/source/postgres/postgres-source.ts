import { readFileSync } from 'node:fs'
import { type PostgresAddress, parsePostgresAddress } from '@groundplane/core'
import { SourceError } from '../source-error.js'

/** A PostgreSQL database as a source of metadata: one platform instance with one database. */
export interface PostgresSource {
  /** `postgresql://…` without a password, or `${NAME}` of an environment variable that holds the whole address. */
  readonly url: string
  /** `${NAME}` of the environment variable that holds the password. */
  readonly password?: string
  readonly platformInstance: string
  /** Fabric in dataset URNs; default `PROD`. */
  readonly env?: string
  /** Text of the metadata file (`parseMetadata`). */
  readonly metadata?: string
  /** The schemas to read; default all but the system's. */
  readonly schemas?: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The address with its password, from the environment of this process. Throws `SourceError` `source_secret_missing`, `source_url_invalid`. */
export function resolveAddress(source: PostgresSource, environment: Environment): PostgresAddress {
  const url = secretOf(source, source.url, environment) ?? source.url
  const address = parsePostgresAddress(url)
  if (typeof address === 'string') {
    throw new SourceError(
      'invalid',
      'source_url_invalid',
      `the address of ${source.platformInstance} cannot be used: ${address}`,
      { remedy: 'Write it like postgresql://reader@db.example.com:5432/shop.' },
    )
  }
  const password = source.password === undefined ? undefined : secretOf(source, source.password, environment)
  return { ...address, password: password ?? address.password }
}

/** The value of `${NAME}`; undefined when the text is no reference. */
function secretOf(source: PostgresSource, text: string, environment: Environment): string | undefined {
  const name = /^\$\{(\w+)\}$/.exec(text)?.[1]
  if (name === undefined) return undefined
  const value = environment[name]
  if (value) return value
  throw new SourceError(
    'unavailable',
    'source_secret_missing',
    `the source ${source.platformInstance} needs the environment variable ${name}, which is not set`,
    { remedy: 'Set it where this process runs.' },
  )
}

export interface TlsSettings {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** Set when the name in the certificate is not to be compared. */
  readonly checkServerIdentity?: () => undefined
}

/** What Node's TLS is to be told; undefined for clear text. Throws `SourceError` `source_tls_failed` for a file that cannot be read. */
export function tlsSettings(address: PostgresAddress): TlsSettings | undefined {
  const { tls, rootCertificate, certificate, key } = address
  if (tls === 'disable') return undefined
  return {
    rejectUnauthorized: tls !== 'require',
    ...(tls === 'verify-ca' && { checkServerIdentity: () => undefined }),
    ...(rootCertificate !== undefined && { ca: pem(rootCertificate) }),
    ...(certificate !== undefined && { cert: pem(certificate) }),
    ...(key !== undefined && { key: pem(key) }),
  }
}

function pem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SourceError(
      'unavailable',
      'source_tls_failed',
      `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
      { remedy: 'Check the files that sslrootcert, sslcert and sslkey name.', cause: error },
    )
  }
}

/**
 * The vocabulary every other package speaks: diagnostics, the error body, ids,
 * digests, clock, principal, provenance, receipt. No domain behaviour; a thing used
 * by one package only does not belong here. No I/O either, with one exception:
 * process identity reads /proc, because write claims, cluster locks and runs must agree
 * on what a dead process is.
 */
export { isLoopbackHost, isWebOrigin, withoutCredentials } from './address.js'
export { AddressRanges, isAddressRange, plainAddress } from './address-range.js'
export { type Clock, isoTime, systemClock } from './clock.js'
export {
  type Diagnostic,
  formatDiagnostic,
  hasErrors,
  LineIndex,
  type Position,
  readable,
  readableDiagnostic,
  type Severity,
  type SourceRange,
} from './diagnostic.js'
export { canonicalJson, type Digest, jsonDigest, sha256 } from './digest.js'
export {
  assert,
  assertNever,
  type ErrorBody,
  type ErrorKind,
  type ErrorOptions,
  GroundplaneError,
} from './error.js'
export { nearestName } from './nearest-name.js'
export { normalNamespace, postgresNamespace, sqliteNamespace } from './openlineage-namespace.js'
export { pooledHex, pooledRandom } from './pooled-random.js'
export { type PostgresAddress, parsePostgresAddress, printAddress, type TlsMode } from './postgres-address.js'
export { actorPrincipal, DEFAULT_TENANT, type Principal, type Provenance } from './principal.js'
export { isProcessGone, processIdentity } from './process-identity.js'
export type { Receipt } from './receipt.js'
export { readMistake, type SqlDialect } from './sql-read.js'
export { isUlid, type Ulid, type UlidSource, ulidSource, ulidTimeMs } from './ulid.js'

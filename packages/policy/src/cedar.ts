import { createRequire } from 'node:module'
import v8 from 'node:v8'

/**
 * Cedar, loaded at the first use: it is several megabytes of WebAssembly that a
 * process without policies should not pay for. Loading is synchronous so that a
 * decision can be too.
 */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

let loaded: Cedar | undefined

export function cedar(): Cedar {
  loaded ??= withBaselineCompiler(() => {
    return createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Cedar
  })
  return loaded
}

/**
 * The optimising compiler costs about 70 MB of resident memory on this module and
 * makes one decision no faster than the cache in front of it needs (measured:
 * 26 MB and 0.12 ms a decision against 95 MB). V8 reads the flag when a module is
 * compiled, which happens inside `load`, so other modules are not affected.
 */
function withBaselineCompiler<T>(load: () => T): T {
  v8.setFlagsFromString('--liftoff-only')
  try {
    return load()
  } finally {
    v8.setFlagsFromString('--no-liftoff-only')
  }
}

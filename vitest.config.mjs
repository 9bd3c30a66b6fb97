import { configDefaults, defineConfig } from 'vitest/config'

/** Minutes of killing; run by `npm run test:faults`, not by `npm test`. */
export const LONG_FAULTS = [
  'packages/cluster/dist/crash.fault.test.js',
  'packages/cluster/dist/two-operators.fault.test.js',
  'packages/graph/dist/crash.fault.test.js',
  'packages/warehouse/dist/generate.fault.test.js',
  'test/dist/kill.fault.test.js',
  'test/dist/publish.fault.test.js',
]

// Tests run on the compiled output: what is tested is byte for byte what runs,
// worker threads and child processes included. `npm test` builds first.
export default defineConfig({
  test: {
    include: ['packages/*/dist/**/*.test.js', 'test/dist/**/*.test.js'],
    exclude: [...configDefaults.exclude, ...LONG_FAULTS],
    globalSetup: ['test/s3-server.mjs'],
    setupFiles: ['test/fast-check-seed.mjs'],
    // What is tested is loaded by Node, as it is in use: a test runner that rewrites each module takes as long
    // again for it, and its bindings are slower than the ones that ship.
    server: { deps: { external: [/\/(packages\/[^/]+|bench|test)\/dist\/(?!.*\.test\.js$)/] } },
    pool: 'forks',
    // Two cores are what CI has; much of a test's time is a child process or a disk.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

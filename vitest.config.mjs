import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/** Minutes of killing; run by `npm run test:faults`, not by `npm test`. */
export const LONG_FAULTS = [
  'packages/cluster/dist/crash.fault.test.js',
  'packages/cluster/dist/two-operators.fault.test.js',
  'packages/graph/dist/crash.fault.test.js',
  'packages/warehouse/dist/generate.fault.test.js',
  'test/dist/kill.fault.test.js',
  'test/dist/publish.fault.test.js',
]

/** By what they take: a long file that begins last has one processor to itself while the other idles. */
const LONGEST = [
  'test/dist/docs.test.js',
  'test/dist/operators-year.test.js',
  'test/dist/console-catalog.e2e.test.js',
  'test/dist/console.e2e.test.js',
  'packages/warehouse/dist/generate.test.js',
  'test/dist/embedding-cluster.test.js',
  'test/dist/grounding.e2e.test.js',
  'test/dist/secrets.test.js',
  'packages/crew/dist/olist.test.js',
]

/** The longest first also where no run before has left its times: in a clean clone. */
class LongestFirst extends BaseSequencer {
  async sort(files) {
    const place = ({ moduleId }) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`))
      return found < 0 ? LONGEST.length : found
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

// Tests run on the compiled output: what is tested is byte for byte what runs,
// worker threads and child processes included. `npm test` builds first.
export default defineConfig({
  test: {
    include: ['packages/*/dist/**/*.test.js', 'test/dist/**/*.test.js'],
    exclude: [...configDefaults.exclude, ...LONG_FAULTS],
    globalSetup: ['test/scratch-space.mjs', 'test/s3-server.mjs'],
    setupFiles: ['test/fast-check-seed.mjs'],
    // What is tested is loaded by Node, as it is in use: a test runner that rewrites each module takes as long
    // again for it, and its bindings are slower than the ones that ship.
    server: { deps: { external: [/\/(packages\/[^/]+|bench|test)\/dist\/(?!.*\.test\.js$)/] } },
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // Two processes run all files, so that modules are loaded, and code is warm, once: half the processor time of
    // the server's tests. So a file gives back what it changes of its process: environment, directory, mocks.
    isolate: false,
    // Two cores are what CI has; much of a test's time is a child process or a disk.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

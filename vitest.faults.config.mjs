import { defineConfig } from 'vitest/config'
import { LONG_FAULTS } from './vitest.config.mjs'

// Processes killed at every durable step and at random, and what is far too large; `npm run test:faults`.
export default defineConfig({
  test: {
    // The last ones run in `npm test` too, smaller.
    include: [...LONG_FAULTS, 'test/dist/large-*.fault.test.js'],
    globalSetup: ['test/s3-server.mjs'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

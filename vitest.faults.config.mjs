import { defineConfig } from 'vitest/config'
import { LONG_FAULTS } from './vitest.config.mjs'

// Processes killed at every durable step and at random; `npm run test:faults`.
export default defineConfig({
  test: {
    include: LONG_FAULTS,
    globalSetup: ['test/s3-server.mjs'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

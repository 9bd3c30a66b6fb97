import { defineConfig } from 'vitest/config'

// OpenLineage's own client against a serving process; `npm run test:openlineage`, not part of `npm test`.
export default defineConfig({
  test: {
    include: ['test/dist/openlineage/*.suite.js'],
    pool: 'forks',
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})

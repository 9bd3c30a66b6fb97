import { defineConfig } from 'vitest/config'

// DataHub's own client against a serving process; `npm run test:datahub`, not part of `npm test`.
export default defineConfig({
  test: {
    include: ['test/dist/datahub/*.suite.js'],
    pool: 'forks',
    disableConsoleIntercept: true,
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
})

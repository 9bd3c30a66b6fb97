import { defineConfig } from 'vitest/config'

// The results of the real Great Expectations; `npm run test:great-expectations`, not part of `npm test`.
export default defineConfig({
  test: {
    include: ['test/dist/great-expectations/*.suite.js'],
    pool: 'forks',
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})

import { defineConfig } from 'vitest/config'

// Long runs of generated hostile input; `npm run test:fuzz`, not part of `npm test`.
export default defineConfig({
  test: {
    include: ['packages/*/dist/fuzz/**/*.fuzz.js'],
    pool: 'forks',
    disableConsoleIntercept: true,
  },
})

import { defineConfig } from 'vitest/config'

// The console is bundled, not compiled to dist/*.js, so its pure parts are
// tested from source, by `npm test --workspace apps/console`. They hold no state: one process for all.
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], environment: 'node', isolate: false },
})

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `npm run dev --workspace apps/console` talks to a server started apart:
// GROUNDPLANE_URL names it, and its API routes are passed through.
const target = process.env.GROUNDPLANE_URL ?? 'http://127.0.0.1:7411'

export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    target: 'es2022',
    // Nothing is inlined as data: URLs, so the policy `default-src 'self'` suffices.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ['/healthz', '/graphs', '/catalog', '/incidents'].map((path) => [path, { target }]),
    ),
  },
})

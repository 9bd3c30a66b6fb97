import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

// `npm run dev --workspace apps/console` talks to a server started apart:
// GROUNDPLANE_URL names it, and its API routes are passed through.
const target = process.env.GROUNDPLANE_URL ?? 'http://127.0.0.1:7411'

/** `public/theme.js` runs before the first paint, so it is a plain script and not part of the bundle. */
const themeFirst: Plugin = {
  name: 'theme-first',
  transformIndexHtml: {
    order: 'post',
    handler: () => [{ tag: 'script', attrs: { src: './theme.js' }, injectTo: 'head' }],
  },
}

export default defineConfig({
  base: './',
  plugins: [react(), themeFirst],
  build: {
    target: 'es2022',
    // Nothing is inlined as data: URLs, so the policy `default-src 'self'` suffices.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What changes seldom stays in the browser's cache when the page changes.
        codeSplitting: {
          groups: [
            { name: 'react-flow', test: /node_modules[\\/](@xyflow|d3-)/ },
            { name: 'vendor', test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/healthz', '/graphs', '/catalog', '/incidents', '/schedules', '/sources'].map((path) => [
        path,
        { target },
      ]),
    ),
  },
})

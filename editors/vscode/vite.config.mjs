import { defineConfig } from 'vite'

// One file with everything but the editor's own module: an installed extension has no node_modules.
export default defineConfig({
  build: {
    ssr: 'src/extension.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      external: ['vscode'],
      output: { format: 'cjs', entryFileNames: 'extension.cjs', exports: 'named', codeSplitting: false },
    },
  },
  ssr: { noExternal: true, external: ['vscode'] },
})

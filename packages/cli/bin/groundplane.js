#!/usr/bin/env node
// Stands in the checkout before the first build, so that npm links the command at install.
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) await import(main.href)
else {
  process.stderr.write('groundplane is not built yet.\n    Run "npm run build" in its checkout.\n')
  process.exitCode = 1
}

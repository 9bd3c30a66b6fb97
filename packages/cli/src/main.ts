#!/usr/bin/env node
/**
 * `groundplane`: the composition root of the command line. Exit codes: 0 done,
 * 1 the command failed and said why, 2 the command line itself is wrong,
 * 70 a bug of ours.
 */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { reportFailure } from './output.js'
import { createProgram } from './program.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = createProgram(version, async (json, body) => {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    process.exitCode = reportFailure(error, json)
  }
})

// A reader that stops early (`groundplane export … | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`internal error, please report it:\n${(error as Error).stack ?? String(error)}\n`)
    process.exitCode = 70
  }
}

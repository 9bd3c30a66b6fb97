#!/usr/bin/env node
/**
 * `groundplane`: the composition root of the command line. Exit codes: 0 done,
 * 1 the command failed and said why, 2 the command line itself is wrong,
 * 70 a bug of ours.
 */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { reportFailure, reportUsage } from './output.js'
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

// A reader that stops early (`groundplane export … | head`) is not a failure; nor is one of the notes.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : reportFailure(error, false))
})
process.stderr.on('error', () => {})
process.on('uncaughtException', (error) => process.exit(reportFailure(error, asksForJson())))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) process.exitCode = reportFailure(error, asksForJson())
  else if (error.exitCode === 0) process.exitCode = 0
  else {
    if (asksForJson()) reportUsage(error.message)
    process.exitCode = 2
  }
}

/** Read off the raw command line: it is asked where the parsed one is not to be had. */
function asksForJson(): boolean {
  return process.argv.slice(2).includes('--json')
}

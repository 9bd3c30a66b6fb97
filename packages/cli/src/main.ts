#!/usr/bin/env node
/**
 * `groundplane`: the composition root of the command line. Exit codes: 0 done,
 * 1 the command failed and said why, 2 the command line itself is wrong,
 * 70 a bug of ours.
 */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { createProgram } from './program.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = createProgram(version, async (json, body) => {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    process.exitCode = await fail(error, json)
  }
})

program.hook('preAction', async (_program, command) => {
  if (command.opts()['quiet'] === true) (await import('./output.js')).beQuiet()
})

// A reader that stops early (`groundplane export … | head`) is not a failure; nor is one of the notes.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  void fail(error, false).then(process.exit)
})
process.stderr.on('error', () => {})
process.on('uncaughtException', (error) => void fail(error, asksForJson()).then(process.exit))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) process.exitCode = await fail(error, asksForJson())
  else if (error.exitCode === 0) process.exitCode = 0
  else {
    if (asksForJson()) (await import('./output.js')).reportUsage(error.message)
    process.exitCode = 2
  }
}

/** Says what failed and gives the exit code. Loaded when it is needed: `--help` needs none of it. */
async function fail(error: unknown, json: boolean): Promise<number> {
  return (await import('./output.js')).reportFailure(error, json)
}

/** Read off the raw command line: it is asked where the parsed one is not to be had. */
function asksForJson(): boolean {
  const given = process.argv.slice(2)
  const format = given.indexOf('--format')
  return (
    given.includes('--json') ||
    given.includes('--format=json') ||
    (format >= 0 && given[format + 1] === 'json')
  )
}

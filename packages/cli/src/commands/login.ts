import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError } from '../errors.js'
import { readText } from '../input.js'
import { readOperatorConfig } from '../operator/config.js'
import { answerOf, connect } from '../operator/connect.js'
import { Credentials } from '../operator/credentials.js'
import { locateServer, refuseBareHttp, type ServerTarget } from '../operator/server-target.js'
import { note, print, printJson } from '../output.js'

interface LoginOptions {
  readonly tokenFile?: string
  readonly verify?: boolean
  readonly json?: boolean
}

/**
 * Keeps a token for the origin of a server, after the server has taken it. A server that refuses the
 * token leaves nothing behind; one that does not answer is noted, and the token is kept.
 */
export async function runLogin(nameOrUrl: string, options: LoginOptions): Promise<number> {
  const config = await readOperatorConfig()
  const server = locateServer(config, nameOrUrl)
  refuseBareHttp(config, server)
  const credentials = new Credentials()
  credentials.origins() // a file that may not be used is refused before anybody types a secret
  const token = checkedToken(await readToken(server, options))
  const verified = options.verify === false ? false : await verify({ ...server, token })
  credentials.set(server.origin, token)
  if (options.json) printJson({ ok: true, server: server.origin, verified, file: credentials.file })
  else print(`The token for ${server.origin} is kept in ${credentials.file}.`)
  return 0
}

async function readToken(server: ServerTarget, { tokenFile, json }: LoginOptions): Promise<string> {
  if (tokenFile !== undefined) return readText(tokenFile)
  if (!process.stdin.isTTY) return readText('-')
  if (json || !process.stderr.isTTY) {
    throw new CommandError('token_needed', 'Nobody is there to type a token.', {
      remedy: 'Send it on standard input, or give --token-file <file>.',
    })
  }
  return ask(`Token for ${server.origin}: `)
}

/** One line from the terminal, not shown. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asked = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await asked.question('')
  } finally {
    asked.close()
    process.stderr.write('\n')
  }
}

function checkedToken(text: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token
  // What was given is not repeated: it may be most of a token.
  throw new CommandError('token_malformed', 'That is not one token.', {
    remedy: 'Give one line of printable characters without blanks.',
  })
}

/** Whether the server took the token. Throws when it refused it. */
async function verify(server: ServerTarget): Promise<boolean> {
  try {
    await answerOf(server, (await connect(server)).graphs())
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    // Whoever may not list the graphs is known all the same.
    if (error.kind === 'denied') return true
    if (error.code !== 'server_unreachable') throw error
    note(`warning: ${server.origin} does not answer, so the token is not verified`)
    return false
  }
}

export async function runLogout(
  nameOrUrl: string | undefined,
  options: { readonly all?: boolean; readonly json?: boolean },
): Promise<number> {
  const credentials = new Credentials()
  const origins = options.all ? credentials.origins() : [await originOf(nameOrUrl)]
  const removed = origins.filter((origin) => credentials.remove(origin))
  if (options.json) printJson({ ok: true, removed })
  else if (removed.length === 0) print('There was no token to remove.')
  else for (const origin of removed) print(`The token for ${origin} is removed.`)
  return 0
}

async function originOf(nameOrUrl: string | undefined): Promise<string> {
  if (nameOrUrl !== undefined) return locateServer(await readOperatorConfig(), nameOrUrl).origin
  throw new CommandError('server_needed', 'No server is named.', {
    remedy: 'Name the server whose token goes, or give --all.',
  })
}

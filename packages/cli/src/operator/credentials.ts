import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../errors.js'
import { operatorHome } from './home.js'
import { replaceFile } from './replace-file.js'

/** Who may read it: the operator and nobody else. */
const MODE = 0o600

interface Stored {
  readonly version: 1
  /** By origin, `https://host:port`: a token belongs to an address, not to a name that may be given to another. */
  readonly servers: Readonly<Record<string, { readonly token: string }>>
}

/**
 * The tokens of one operator, in `credentials.json` of their home with mode 0600. A file that
 * others may read is refused, for reading and for writing: `credentials_exposed`. Two logins
 * at the same instant may lose one of the two; the file itself is replaced whole.
 */
export class Credentials {
  readonly file: string

  constructor(home = operatorHome()) {
    this.file = join(home, 'credentials.json')
  }

  token(origin: string): string | undefined {
    const { servers } = this.#read()
    return Object.hasOwn(servers, origin) ? servers[origin]?.token : undefined
  }

  origins(): string[] {
    return Object.keys(this.#read().servers).sort()
  }

  set(origin: string, token: string): void {
    this.#write({ ...this.#read().servers, [origin]: { token } })
  }

  /** Whether there was one. */
  remove(origin: string): boolean {
    const { [origin]: gone, ...rest } = this.#read().servers
    if (gone === undefined) return false
    this.#write(rest)
    return true
  }

  #write(servers: Stored['servers']): void {
    replaceFile(this.file, `${JSON.stringify({ version: 1, servers } satisfies Stored, null, 2)}\n`, MODE)
  }

  #read(): Stored {
    let text: string
    try {
      // Looked at and read through one handle: what is checked is what is read.
      const handle = openSync(this.file, 'r')
      try {
        this.#refuseExposed(handle)
        text = readFileSync(handle, 'utf8')
      } finally {
        closeSync(handle)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, servers: {} }
      throw error
    }
    return this.#parse(text)
  }

  #refuseExposed(handle: number): void {
    const { mode, uid } = fstatSync(handle)
    const foreign = process.getuid !== undefined && uid !== process.getuid()
    if (process.platform === 'win32' || ((mode & 0o077) === 0 && !foreign)) return
    const why = foreign
      ? 'belongs to another user'
      : `has mode ${(mode & 0o777).toString(8).padStart(4, '0')}`
    throw new CommandError(
      'credentials_exposed',
      `${this.file} ${why}; the tokens in it may be known to others.`,
      {
        kind: 'denied',
        remedy: foreign
          ? 'Remove it and log in again.'
          : `Run \`chmod 600 ${this.file}\`, and replace the tokens if somebody else can have read them.`,
      },
    )
  }

  #parse(text: string): Stored {
    let value: Partial<Stored> | undefined
    try {
      value = JSON.parse(text)
    } catch {
      // The parser's message quotes the text, which holds tokens.
    }
    const entries = Object.values(value?.servers ?? {})
    if (value?.version === 1 && value.servers && entries.every((e) => typeof e?.token === 'string'))
      return value as Stored
    throw new CommandError('credentials_invalid', `${this.file} is not a file of credentials.`, {
      remedy: 'Remove it and log in again.',
    })
  }
}

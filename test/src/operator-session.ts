import type { ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sha256 } from '@groundplane/core'
import { type CommandResult, commandEnvironment, runCommand, startCommand } from './command.js'
import { WarmCommand } from './warm-command.js'

/** How a command ended: null when a signal ended it. */
export type EndedCommand = Pick<CommandResult, 'code' | 'stdout' | 'stderr'>

/** A running `groundplane serve`, spoken to over HTTP only. */
export interface Served {
  get(path: string, token?: string): Promise<{ status: number; body: Record<string, unknown> }>
  post(
    path: string,
    body: unknown,
    token?: string,
  ): Promise<{ status: number; body: Record<string, unknown> }>
  stop(): Promise<void>
}

/**
 * What an operator has: a directory of files, an editor, a shell with the `groundplane`
 * command, a home with a config. Everything goes through the command line.
 */
export class OperatorSession {
  readonly root = mkdtempSync(join(tmpdir(), 'groundplane-operator-'))
  readonly #warm = new WarmCommand()
  readonly #children = new Set<ChildProcess>()
  env: Record<string, string> = { GROUNDPLANE_HOME: join(this.root, 'home') }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  json<T = Record<string, unknown>>(path: string): T {
    return JSON.parse(this.read(path)) as T
  }

  /** Replaces in a file, and refuses to replace nothing. */
  edit(path: string, from: string | RegExp, to: string): void {
    const text = this.read(path)
    const edited = text.replace(from, to)
    if (edited === text) throw new Error(`${path} has no ${String(from)}`)
    this.write(path, edited)
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true })
  }

  exists(path: string): boolean {
    return existsSync(this.path(path))
  }

  copy(from: string, to: string): void {
    cpSync(this.path(from), this.path(to), { recursive: true })
  }

  names(path: string): string[] {
    return this.exists(path) ? readdirSync(this.path(path)).sort() : []
  }

  /** Digest of every file below a directory. SQLite's `-wal` and `-shm` companions are not content. */
  fingerprint(under: string): Record<string, string> {
    const found: Record<string, string> = {}
    for (const entry of readdirSync(this.path(under), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /-(wal|shm)$/.test(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      found[path] = sha256(readFileSync(path))
    }
    return found
  }

  run(args: readonly string[], killAfterMs?: number): Promise<EndedCommand> {
    if (killAfterMs !== undefined) return runCommand(args, { env: this.env, killAfterMs })
    if (!this.#warm.takes(args)) return runCommand(args, { env: this.env })
    return this.#warm.run({ args, cwd: process.cwd(), env: commandEnvironment(this.env) })
  }

  /** A command that must succeed; what it says, both streams. */
  async ok(...args: string[]): Promise<string> {
    const result = await this.run(args)
    if (result.code !== 0)
      throw new Error(`groundplane ${args.join(' ')} exited ${result.code}:\n${output(result)}`)
    return output(result)
  }

  /** A command that must refuse; what it says. */
  async refused(...args: string[]): Promise<string> {
    const result = await this.run(args)
    if (result.code === 0) throw new Error(`groundplane ${args.join(' ')} did not refuse:\n${output(result)}`)
    return output(result)
  }

  /** The JSON document of a command, whatever its exit code. */
  async document<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const result = await this.run([...args, '--json'])
    return JSON.parse(result.stdout) as T
  }

  async serve(args: readonly string[], tokens: Readonly<Record<string, string>>): Promise<Served> {
    const env = { ...this.env, GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify(tokens) }
    const child = startCommand(['serve', ...args, '--bind', '127.0.0.1:0', '--reload-interval', '0'], env)
    this.#children.add(child)
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
    const url = await new Promise<string>((resolve, reject) => {
      let said = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const found = /listening on (\S+)/.exec(text)
        if (found) resolve(found[1] as string)
      })
      child.on('close', (code) => reject(new Error(`the server ended with ${code}: ${said}`)))
    })
    const call = async (method: string, path: string, token: string | undefined, body?: unknown) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    return {
      get: (path, token) => call('GET', path, token),
      post: (path, body, token) => call('POST', path, token, body),
      stop: async () => {
        child.kill('SIGTERM')
        await ended
        this.#children.delete(child)
      },
    }
  }

  /** What `serve` says when it must not start. */
  async refusedToServe(args: readonly string[], tokens: Readonly<Record<string, string>>): Promise<string> {
    const env = { ...this.env, GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify(tokens) }
    const result = await runCommand(['serve', ...args, '--bind', '127.0.0.1:0'], { env })
    if (result.code !== 1) throw new Error(`serve exited ${result.code}: ${output(result)}`)
    return output(result)
  }

  dispose(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#warm.stop()
    rmSync(this.root, { recursive: true, force: true })
  }
}

function output({ stdout, stderr }: EndedCommand): string {
  return stdout + stderr
}

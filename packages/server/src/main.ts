import { type AppliedRevision, loadApplied, recordedLedger, scheduleStore } from '@groundplane/cluster'
import { type Principal, systemClock, ulidSource } from '@groundplane/core'
import type { AuthorizationMode } from '@groundplane/policy'
import { type Logger, pino } from 'pino'
import { createServer } from './create-server.js'
import { crewRunner, sweepRuns } from './crew-runner.js'
import { DEFAULT_LIMITS } from './http/limits.js'
import { createMetrics } from './http/metrics.js'
import { openLiveRevision } from './live-revision.js'
import { serveMcpOverStdio } from './mcp/stdio.js'
import { DEFAULT_SLOW_QUERY_MS, graphObserver } from './observability/graph-observer.js'
import { graphServices, openRevision } from './open-revision.js'
import { decisionLog, gate, readOnly } from './policy-gate.js'
import { Reloader, type ReloadOutcome } from './reloader.js'
import { ServerError } from './server-error.js'
import { type GivenSettings, settingsOf } from './server-settings.js'
import { TokenFile } from './token-file.js'
import { fixedTokens, TOKENS_VARIABLE, type TokenSpec, type TokensInForce, TokenTable } from './tokens.js'
import { VERSION } from './version.js'

/** Limits, origins and proxies that are given here go before those the cluster declares. */
export interface ServeOptions extends GivenSettings {
  /** A cluster's config directory, or its storage root. */
  readonly clusterDir: string
  /** `host:port`; port 0 lets the system choose. Default `127.0.0.1:8080`. */
  readonly bind?: string
  /** Secrets by actor. Else the environment variable, else `tokenFile`. */
  readonly tokens?: Readonly<Record<string, string | TokenSpec>>
  /** Looked at again every `reloadMs`. */
  readonly tokenFile?: string
  /** Serves everyone everything. Refused together with tokens or policies. */
  readonly unauthenticated?: boolean
  readonly requireAllGraphs?: boolean
  /** Refuses every write, whoever asks; for a copy of a cluster, whose writes would be lost. */
  readonly readOnly?: boolean
  /** Offers the tools of the catalog that write, to whom policy allows `change` on it. Default: not. */
  readonly catalogWrites?: boolean
  /** How often the ledger is looked at for a new revision, and the token file for other tokens, in milliseconds; 0 never looks. Default 2000. */
  readonly reloadMs?: number
  /** Begins the run of a schedule, due or not; false when one that was asked for so is under way. Absent: this process runs none. */
  readonly runNow?: (schedule: string, askedBy?: string) => boolean
  /** Directory of the built console. */
  readonly consoleDir?: string
  /** Queries that take so long, or longer, are logged; 0 logs every query. Default 1000. */
  readonly slowQueryMs?: number
  /** Default `warn`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where log lines go. Default: standard error. */
  readonly logTo?: { write(line: string): void }
  /** Where the line with the chosen address goes. Default: stdout. */
  readonly print?: (line: string) => void
  readonly environment?: Readonly<Record<string, string | undefined>>
}

const DEFAULT_RELOAD_MS = 2000

/** What it says of itself is of the moment it is asked. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly mode: AuthorizationMode
  readonly revision: number
  readonly graphs: readonly string[]
  readonly quarantined: readonly { readonly graph: string; readonly code: string; readonly message: string }[]
  /** Reads the token file again, looks now whether a new revision is recorded, and goes on to it when it can be served. */
  reload(): Promise<ReloadOutcome>
  /** Finishes what is under way, within a deadline, and closes the graphs. Safe to call twice. */
  close(): Promise<void>
}

/**
 * The process that serves one applied revision. What is wrong with the cluster as a
 * whole is thrown with one code and its remedy, before anything listens.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const log = logger(options.logLevel, options.logTo)
  const bind = options.bind ?? '127.0.0.1:8080'
  const address = parseBind(bind)
  const tokens = findTokens(options, log)
  const tokenFile = tokens instanceof TokenFile ? tokens : undefined
  const reloadMs = options.reloadMs ?? DEFAULT_RELOAD_MS
  const decisions = decisionLog(log)
  const ids = ulidSource(systemClock)
  const metrics = createMetrics()
  const live = await openLiveRevision({
    clusterDir: options.clusterDir,
    requireAllGraphs: options.requireAllGraphs ?? false,
    queryMs: options.limits?.queryMs ?? DEFAULT_LIMITS.queryMs,
    settingsOf: ({ server }) => settingsOf(server, options),
    govern(applied) {
      const mode = modeOf(tokens, applied, options.unauthenticated === true)
      const authorize = gate(applied, mode, decisions)
      return { mode, authorize: options.readOnly ? readOnly(authorize) : authorize }
    },
    clock: systemClock,
    ids,
    log,
    observe: graphObserver({
      metrics: metrics.graphs,
      log,
      slowQueryMs: options.slowQueryMs ?? DEFAULT_SLOW_QUERY_MS,
    }),
    ...(options.environment && { environment: options.environment }),
  })
  const { slot, authorize } = live
  const reloader = new Reloader({
    recorded: () => recordedLedger(options.clusterDir),
    switchOver: () => live.switchOver(),
    settled: () => live.settled,
    served: live.cas,
    everyMs: reloadMs,
    log,
    onOutcome: (outcome) => metrics.reloads.inc({ outcome }),
  })
  const schedules = await scheduleStore(options.clusterDir, { clock: systemClock, ids })
  const server = await createServer({
    version: VERSION,
    revisions: slot,
    reloader,
    metrics,
    authorize,
    catalogWrites: options.catalogWrites === true,
    schedules: (shown) => schedules.views(shown),
    runNow: options.runNow ?? null,
    crew: crewRunner({
      revisions: slot,
      clock: systemClock,
      ids,
      queryMs: () => live.settings.limits.queryMs,
    }),
    tokens,
    clock: systemClock,
    ids,
    log,
    settings: () => live.settings,
    ...(options.consoleDir !== undefined && { consoleDir: options.consoleDir }),
  })
  let url: string
  try {
    if (!options.readOnly) sweepRuns(slot.current, { clock: systemClock, ids })
    url = await server.listen(address)
    reloader.start()
    tokenFile?.watch(reloadMs)
  } catch (cause) {
    await server.close()
    throw listenError(cause, bind)
  }
  const print = options.print ?? ((line: string) => process.stdout.write(`${line}\n`))
  print(`listening on ${url}`)
  return {
    url,
    get mode() {
      return live.mode
    },
    get revision() {
      return slot.current.revision
    },
    get graphs() {
      return [...slot.current.graphs.keys()]
    },
    get quarantined() {
      return slot.current.quarantined
    },
    reload() {
      tokenFile?.refresh()
      return reloader.reload()
    },
    async close() {
      tokenFile?.close()
      await server.close()
      decisions.flush()
    },
  }
}

/**
 * Resolves at the first SIGINT or SIGTERM, after the server has closed. A second signal ends the process at
 * once. SIGHUP looks for new tokens and a new revision.
 */
export async function closeOnSignal(server: Pick<RunningServer, 'reload' | 'close'>): Promise<void> {
  const reload = () => void server.reload()
  process.on('SIGHUP', reload)
  await new Promise<void>((resolve) => {
    const stop = () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.off(signal, stop)
        process.once(signal, () => process.exit(130))
      }
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
  process.off('SIGHUP', reload)
  await server.close()
}

export interface McpStdioOptions {
  readonly clusterDir: string
  /** Who reads and writes; required once a policy is in force. */
  readonly principal?: Principal
  /** As for `serve`. */
  readonly catalogWrites?: boolean
}

/** MCP on stdin and stdout for the applied revision of a cluster, until stdin ends. */
export async function serveMcp({
  clusterDir,
  principal,
  catalogWrites = false,
}: McpStdioOptions): Promise<void> {
  const log = logger('warn')
  const applied = await loadApplied(clusterDir)
  const decisions = decisionLog(log)
  const authorize = gate(applied, applied.governed ? 'policy' : 'open', decisions)
  const revision = await openRevision(applied, {
    services: graphServices({ authorize, queryMs: DEFAULT_LIMITS.queryMs }),
    clock: systemClock,
    ids: ulidSource(systemClock),
    requireAllGraphs: false,
  })
  try {
    await serveMcpOverStdio({
      version: VERSION,
      revision,
      authorize,
      queryMs: DEFAULT_LIMITS.queryMs,
      catalogWrites,
      ...(principal && { principal }),
    })
  } finally {
    await revision.close()
    decisions.flush()
  }
}

function findTokens(options: ServeOptions, log: Logger): TokensInForce | null {
  const environment = options.environment ?? process.env
  const fromEnvironment = environment[TOKENS_VARIABLE]
  if (options.tokens) return fixedTokens(TokenTable.of(options.tokens).atLeastOne())
  if (options.tokenFile !== undefined) return new TokenFile(options.tokenFile, log)
  if (fromEnvironment) return fixedTokens(TokenTable.parse(fromEnvironment, TOKENS_VARIABLE).atLeastOne())
  return null
}

/** The three states a server can be in; every other combination refuses to start. */
function modeOf(
  tokens: TokensInForce | null,
  applied: AppliedRevision,
  unauthenticated: boolean,
): AuthorizationMode {
  if (unauthenticated && (tokens || applied.governed)) {
    const other = tokens ? 'tokens are given' : 'the cluster has policies'
    throw new ServerError(
      'invalid',
      'unauthenticated_conflict',
      `--unauthenticated was asked for, and ${other}.`,
      {
        remedy: 'Leave out --unauthenticated, or remove the other.',
      },
    )
  }
  if (tokens) return applied.governed ? 'policy' : 'default-deny'
  if (applied.governed) {
    throw new ServerError(
      'invalid',
      'tokens_required',
      'The cluster has policies, and no bearer tokens are given.',
      {
        remedy: `Set ${TOKENS_VARIABLE} to {"actor": "secret", …}, or give --tokens-file.`,
      },
    )
  }
  if (unauthenticated) return 'open'
  throw new ServerError('invalid', 'authentication_required', 'Neither tokens nor policies are configured.', {
    remedy: `Set ${TOKENS_VARIABLE}, or say --unauthenticated to serve everyone who can reach the address.`,
  })
}

function parseBind(bind: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(bind)
  const port = Number(match?.[3])
  if (!match || port > 65_535) {
    throw new ServerError('invalid', 'bind_invalid', `"${bind}" is not an address to listen on.`, {
      remedy: 'Write --bind host:port, e.g. 127.0.0.1:8080 or [::]:8080.',
    })
  }
  return { host: (match[1] ?? match[2]) as string, port }
}

function listenError(cause: unknown, bind: string): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND')
    return cause
  const why = {
    EADDRINUSE: 'is in use',
    EACCES: 'may not be used',
    EADDRNOTAVAIL: 'is not of this machine',
    ENOTFOUND: 'is unknown',
  }
  return new ServerError('unavailable', 'bind_failed', `The address ${bind} ${why[code]}.`, {
    remedy: 'Choose another with --bind <host:port>; --bind 127.0.0.1:0 takes a free port.',
    cause,
  })
}

/** Logs go to stderr: stdout has the address line, or MCP. Tokens never reach a log. */
function logger(
  level: ServeOptions['logLevel'] = 'warn',
  to: ServeOptions['logTo'] = pino.destination(2),
): Logger {
  return pino({ level, base: null, redact: ['req.headers.authorization', 'headers.authorization'] }, to)
}

import { type Command, Option } from 'commander'
import type { Act } from './act.js'
import { reloadInterval, requestSeconds, wholeNumber } from './option-values.js'

/** `serve`, `mcp`, `demo`: names, options, help. */
export function addServeCommands(program: Command, act: Act): void {
  program
    .command('serve')
    .description('Serve the applied revision: HTTP, MCP and the console on one port')
    .option('--cluster <dir>', 'the cluster directory', '.')
    .option('--bind <host:port>', 'port 0 chooses a free one', '127.0.0.1:8080')
    .option(
      '--tokens-file <file>',
      'JSON object {"<actor>": "<token>"} (or GROUNDPLANE_SERVER_BEARER_TOKENS_JSON)',
    )
    .option('--unauthenticated', 'serve everybody everything; only for a machine of your own')
    .option('--read-only', 'take no writes; for a copy of a cluster')
    .option('--catalog-writes', 'offer the tools of the catalog that write, to whom policy allows change')
    .option('--no-schedules', 'leave what cluster.yaml schedules to others')
    .option(
      '--schedules-as <actor>',
      'who scheduled runs act as (default: operator.actor of the operator config)',
    )
    .option('--require-all-graphs', 'refuse to start when any graph cannot be served')
    .option(
      '--reload-interval <seconds>',
      'how often to look for a newly applied revision; 0 only on SIGHUP',
      reloadInterval,
      2,
    )
    .option(
      '--cors-origin <origin...>',
      'other origins whose pages may call this server (default: server.cors of the cluster)',
    )
    .option(
      '--trusted-proxy <address...>',
      'addresses and ranges of proxies whose X-Forwarded-For says who called (default: server.trusted_proxies)',
    )
    .option(
      '--actor-rate <n>',
      'requests per second of one actor, as many again at once; 0 is no limit (default: server.limits, else 0)',
      wholeNumber,
    )
    .option(
      '--actor-concurrency <n>',
      'requests of one actor under way at the same time; 0 is no limit (default: server.limits, else 128)',
      wholeNumber,
    )
    .option(
      '--request-timeout <seconds>',
      'a request that has not arrived whole by then is ended; streamed loads have their own limits (default: server.limits, else 60)',
      requestSeconds,
    )
    .option('--slow-query-ms <n>', 'log queries that take so long or longer; 0 logs each', wholeNumber, 1000)
    .addOption(
      new Option('--log-level <level>', 'what goes to standard error; info has allowed decisions too')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .option('--json', 'print the address and what is served as one JSON line')
    .addHelpText(
      'after',
      `\nExample:\n  $ GROUNDPLANE_SERVER_BEARER_TOKENS_JSON='{"ada":"s3cret"}' groundplane serve --cluster examples/olist-oncall`,
    )
    .action(async (options) =>
      act(options.json === true, async () => (await import('./commands/serve.js')).runServe(options)),
    )

  program
    .command('mcp')
    .description('Speak MCP on standard input and output for one local agent')
    .option('--cluster <dir>', 'the cluster directory', '.')
    .option('--as <actor>', 'who the agent acts as (default: operator.actor of the operator config)')
    .option('--catalog-writes', 'offer the tools of the catalog that write, where policy allows change')
    .addHelpText('after', '\nExample:\n  $ groundplane mcp --cluster examples/olist-oncall --as agent-1')
    .action(async (options) => act(false, async () => (await import('./commands/serve.js')).runMcp(options)))

  program
    .command('demo')
    .description('Build the demo data, run the main job end to end, keep serving')
    .option('--once', 'exit 0 when the incident is resolved')
    .option('--json', 'print the incident document as the last line')
    .option('--dir <dir>', 'where the demo lives', '.demo/olist-oncall')
    .option(
      '--bind <host:port>',
      'port 0 chooses a free one (default: 127.0.0.1:8080, with --once a free one)',
    )
    .option('--sentence <text>', 'what seems wrong', 'revenue dashboard wrong')
    .addHelpText('after', '\nExample:\n  $ groundplane demo --once --json')
    .action(async (options) =>
      act(options.json === true, async () => (await import('./commands/demo.js')).runDemo(options)),
    )
}

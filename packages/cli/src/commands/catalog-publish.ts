import type { ChangeCount, GmsTarget, PublishPreview, PublishReport } from '@groundplane/catalog'
import { CommandError } from '../errors.js'
import { type LocalCatalogOptions, onLocalCatalog } from '../local-catalog.js'
import { clusterRoot } from '../operator/scope.js'
import { isLoopbackHost, serverUrlProblem } from '../operator/server-url.js'
import { note, print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'

interface CatalogPublishOptions extends LocalCatalogOptions {
  readonly to: string
  readonly tokenEnv?: string
  readonly plainHttp?: boolean
  readonly branch?: string
  readonly dryRun?: boolean
  readonly full?: boolean
  readonly json?: boolean
}

/** 1 when the target refused a record; the others are there. */
export async function runCatalogPublish(options: CatalogPublishOptions): Promise<number> {
  const target = targetOf(options)
  return onLocalCatalog(options, async ({ catalog, dir, principal }) => {
    const [{ previewPublication, publishCatalog }, { publicationDocument }] = await Promise.all([
      import('@groundplane/catalog'),
      import('@groundplane/cluster'),
    ])
    const store = await publicationDocument(await clusterRoot(dir), catalog.graph.id, target.url)
    const { branch, full } = options
    const how = {
      ...(branch !== undefined && { branch }),
      ...(full !== undefined && { full }),
      ...(principal && { principal }),
    }
    if (options.dryRun) return showPreview(await previewPublication(catalog, target, store, how), options)
    const step = stepReporter()(`publish ${catalog.graph.id} to ${new URL(target.url).host}`)
    const report = await publishCatalog(catalog, target, store, {
      ...how,
      onProgress: ({ sent }) => step.update(sent, undefined, 'sent'),
    })
    step.finish(`${report.sent} sent, ${report.refused.length} refused`)
    return showReport(report, options)
  })
}

/** Throws when the address is none, when the variable holds no token, and when the token would go without TLS. */
function targetOf({ to, tokenEnv, plainHttp }: CatalogPublishOptions): GmsTarget {
  const problem = serverUrlProblem(to)
  // The address may hold a password: it is not repeated.
  if (problem)
    throw new CommandError('server_url_invalid', `The address of the target ${problem.message}.`, {
      remedy: problem.remedy.replace('`groundplane login` keeps the token', 'a token goes into --token-env'),
    })
  const url = to.replace(/\/+$/, '')
  if (tokenEnv === undefined) return { url }
  const token = process.env[tokenEnv]
  if (token === undefined || token === '')
    throw new CommandError('token_missing', `The environment variable ${tokenEnv} holds no token.`, {
      remedy: `Set ${tokenEnv}, or leave out --token-env where the target asks for none.`,
    })
  const { protocol, hostname, origin } = new URL(url)
  if (protocol !== 'https:' && !isLoopbackHost(hostname) && !plainHttp)
    throw new CommandError('token_without_tls', `A token would go to ${origin} without TLS.`, {
      kind: 'denied',
      remedy: 'Use https://, or say --plain-http when the network in between is trusted.',
    })
  return { url, token }
}

const SIGNS = { add: '+', change: '~', remove: '-', delete: '-' } as const

/** Changes that are shown one by one; the document has more. */
const SHOWN = 50

function showPreview(preview: PublishPreview, { json }: CatalogPublishOptions): number {
  if (json) {
    printJson({ ok: true, dryRun: true, ...preview })
    return 0
  }
  const all = preview.counts.filter(({ op }) => op !== 'withheld').reduce((sum, { count }) => sum + count, 0)
  print(
    all === 0
      ? `Nothing to send: the target is at ${preview.from === preview.commit ? '' : 'all that is in '}commit ${preview.commit}.`
      : `${all} to send, from ${preview.from === null ? 'nothing' : `commit ${preview.from}`} to commit ${preview.commit}:`,
  )
  showCounts(preview.counts)
  for (const { op, urn, aspectName } of preview.changes.slice(0, SHOWN))
    print(`${SIGNS[op]} ${urn} ${aspectName}`)
  if (all > SHOWN) print(`… and ${all - SHOWN} more`)
  if (preview.again > 0) print(`${preview.again} that were refused before would be tried again.`)
  return 0
}

function showReport(report: PublishReport, { json }: CatalogPublishOptions): number {
  const ok = report.refused.length === 0
  if (json) printJson({ ok, ...report })
  for (const { urn, aspectName, message } of report.refused)
    note(`error[gms_refused_record]: ${urn} ${aspectName}: ${message}`)
  if (!json) {
    print(
      `${report.sent} sent; the target is at commit ${report.commit}${ok ? '' : `, but for ${report.refused.length} it refused`}.`,
    )
    showCounts(report.counts)
  }
  return ok ? 0 : 1
}

function showCounts(counts: readonly ChangeCount[]): void {
  const said = { upsert: 'write', remove: 'mark as removed', delete: 'delete', withheld: 'left out' } as const
  for (const { op, entityType, aspectName, reason, count } of counts)
    print(
      `${String(count).padStart(7)} ${said[op]} ${entityType} ${aspectName}${reason === undefined ? '' : ` (${reason})`}`,
    )
}

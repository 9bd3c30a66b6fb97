import type { ChangeCount, GmsTarget, PublishPreview, PublishReport } from '@groundplane/catalog'
import type { AppliedSource } from '@groundplane/cluster'
import { isLoopbackHost } from '@groundplane/core'
import { CommandError } from '../errors.js'
import { type LocalCatalogOptions, onLocalCatalog } from '../local-catalog.js'
import { serverUrlProblem } from '../operator/server-url.js'
import { note, print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'
import { declaredTarget, publicationOf, tokenIn } from '../publish-target.js'

interface CatalogPublishOptions extends LocalCatalogOptions {
  readonly to?: string
  readonly tokenEnv?: string
  readonly plainHttp?: boolean
  readonly branch?: string
  readonly dryRun?: boolean
  readonly full?: boolean
  readonly json?: boolean
}

/** To the named target of cluster.yaml, else to the address of `--to`. 1 when the target refused a record; the others are there. */
export async function runCatalogPublish(
  name: string | undefined,
  options: CatalogPublishOptions,
): Promise<number> {
  const given = givenTarget(name, options)
  return onLocalCatalog(
    options,
    async ({ catalog, cluster, principal }) => {
      const { previewPublication, publishChecked } = await import('@groundplane/catalog')
      const bound = name === undefined ? undefined : declaredTarget(cluster.revision, name)
      const target = bound?.target ?? (given as GmsTarget)
      const sources: readonly AppliedSource[] = bound?.sources ?? []
      const store = await publicationOf(cluster, catalog.graph.id, target)
      const who = principal ? { principal } : {}
      const { branch, full } = options
      const how = { ...(branch !== undefined && { branch }), ...(full !== undefined && { full }) }
      if (options.dryRun)
        return showPreview(await previewPublication(catalog, target, store, { ...how, ...who }), options)
      const step = stepReporter()(`publish ${catalog.graph.id} to ${new URL(target.url).host}`)
      const report = await publishChecked(catalog, target, store, sources, who, {
        ...how,
        onProgress: ({ sent }) => step.update(sent, undefined, 'sent'),
      })
      step.finish(`${report.sent} sent, ${report.refused.length} refused`)
      return showReport(report, options)
    },
    name === undefined ? undefined : ({ revision }) => declaredTarget(revision, name).graph,
  )
}

/** The target that the options name; undefined where cluster.yaml has it. Throws unless exactly one of the two is named. */
function givenTarget(name: string | undefined, options: CatalogPublishOptions): GmsTarget | undefined {
  const { to, tokenEnv, plainHttp, graph } = options
  if (name === undefined) {
    if (to !== undefined) return targetOf({ ...options, to })
    throw new CommandError('publish_target_missing', 'Nothing says where to publish to.', {
      remedy:
        'Name a target that cluster.yaml declares under publish, or give the address of a GMS with --to.',
    })
  }
  const also = { to, 'token-env': tokenEnv, 'plain-http': plainHttp, graph }
  const twice = Object.entries(also).find(([, value]) => value !== undefined)
  if (twice === undefined) return undefined
  throw new CommandError('publish_target_twice', `cluster.yaml says of "${name}" what --${twice[0]} says.`, {
    remedy: `Leave out --${twice[0]}, or leave out the name and give --to.`,
  })
}

/** Throws when the address is none, when the variable holds no token, and when the token would go without TLS. */
function targetOf({ to, tokenEnv, plainHttp }: CatalogPublishOptions & { readonly to: string }): GmsTarget {
  const problem = serverUrlProblem(to)
  // The address may hold a password: it is not repeated.
  if (problem)
    throw new CommandError('server_url_invalid', `The address of the target ${problem.message}.`, {
      remedy: problem.remedy.replace('`groundplane login` keeps the token', 'a token goes into --token-env'),
    })
  const url = to.replace(/\/+$/, '')
  if (tokenEnv === undefined) return { url }
  const token = tokenIn(tokenEnv)
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

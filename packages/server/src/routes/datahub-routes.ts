import { type CatalogApi, keyAspectOf, parseUrn } from '@groundplane/catalog'
import type { ReadContext, WriteContext } from '@groundplane/graph'
import type { CatalogScope } from '../catalog-access.js'
import { editsOf } from '../datahub/edits.js'
import { landProposals } from '../datahub/landing.js'
import * as openapi from '../datahub/openapi-entities.js'
import { entityWithAspects, oneAspect } from '../datahub/record-text.js'
import * as restli from '../datahub/restli-actions.js'
import type { Call, Handlers } from '../http/route.js'
import { catalogOn } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { inTurns, type SteppedLimits } from '../stepped-read.js'
import { Turns } from '../turns.js'
import { type AnyCall, callerOf, principalOf, waitingCallerOf } from './graph-call.js'

type RestliIds =
  | 'datahubConfig'
  | 'datahubAspect'
  | 'datahubAspectsAction'
  | 'datahubEntitiesAction'
  | 'datahubEntity'
type OpenapiIds =
  | 'datahubWriteEntities'
  | 'datahubPatchEntities'
  | 'datahubBatchGet'
  | 'datahubScroll'
  | 'datahubListEntities'
  | 'datahubGetEntity'
  | 'datahubDeleteEntity'
  | 'datahubTrace'

/**
 * The version of DataHub's server whose interface this is a part of. Clients choose by it what they
 * send: from 1.0.1 on the SDK speaks OpenAPI, from 1.7.0 on things are patched that were written.
 */
const CONTRACT = 'v1.4.0'

/** A catalog graph as DataHub's emitter, ingestion sink, Python SDK and MCP server address it. */
export function datahubHandlers(deps: RouteDeps): Handlers<RestliIds | OpenapiIds | 'datahubGraphql'> {
  const turns = new Turns()
  return {
    ...restliHandlers(deps, turns),
    ...openapiHandlers(deps, turns),

    async datahubGraphql(call) {
      const { catalog, at } = reading(deps, call)
      const limits = steppedLimits(deps, call)
      // Loaded by the first who speaks GraphQL: its library is a fifth of what a server would start with.
      const [{ runGraphql }, { CatalogView }] = await Promise.all([
        import('../datahub/graphql/operation.js'),
        import('../datahub/graphql/view.js'),
      ])
      const { log, context } = call.request
      const { requestId, traceId } = context
      return runGraphql(
        call.body,
        new CatalogView(catalog, at, limits),
        editsOf(editing(deps, call), turns),
        {
          requestId,
          onUnexpected: (err) => log.error({ err, requestId, traceId }, 'failed'),
        },
      )
    },
  }
}

interface Reading {
  readonly catalog: CatalogApi
  readonly at: ReadContext
}

/** The catalog, after policy was asked whether the caller may read it. */
function reading(deps: RouteDeps, call: AnyCall): Reading {
  const graph = call.params['graph_id'] as string
  const at = principalOf(call)
  const catalog = catalogOn(deps.revision, graph)
  deps.authorize({ action: 'read', graph, branch: 'main', ...at })
  return { catalog, at }
}

interface Writing {
  readonly catalog: CatalogApi
  readonly ctx: WriteContext
}

/** The catalog, after policy was asked whether the caller may change it; asked here, so that a refusal is one answer and not one of each proposal. */
function writing(deps: RouteDeps, call: AnyCall): Writing {
  const graph = call.params['graph_id'] as string
  const who = principalOf(call)
  const catalog = catalogOn(deps.revision, graph)
  deps.authorize({ action: 'change', graph, branch: 'main', ...who })
  return { catalog, ctx: { ...who, provenance: call.provenance } }
}

function steppedLimits({ limits }: RouteDeps, call: AnyCall): SteppedLimits {
  return { signal: waitingCallerOf(call).signal?.(), deadlineMs: limits.queryMs }
}

/** The first page of a scroll counts them all, however many there are. */
function scrollLimits(deps: RouteDeps, call: AnyCall): SteppedLimits {
  return { ...steppedLimits(deps, call), deadlineMs: deps.limits.streamMs }
}

/** Sends a text that is JSON already. */
function send(call: Pick<Call, 'reply'>, text: string): undefined {
  call.reply.code(200).type('application/json; charset=utf-8').send(text)
}

/** What the edits of a caller go by: the right and the switch of the tools. */
function editing(deps: RouteDeps, call: AnyCall): CatalogScope {
  const { revision, authorize, catalogWrites, limits } = deps
  const graph = call.params['graph_id'] as string
  return { revision, authorize, catalogWrites, graph, queryMs: limits.queryMs, caller: callerOf(call) }
}

function restliHandlers(deps: RouteDeps, turns: Turns): Handlers<RestliIds> {
  return {
    datahubConfig(call) {
      reading(deps, call)
      return {
        noCode: 'true',
        versions: { 'acryldata/datahub': { version: CONTRACT, commit: `groundplane-${deps.version}` } },
        datahub: { serverType: 'prod', serverEnv: 'core' },
        patchCapable: true,
        statefulIngestionCapable: true,
        supportsImpactAnalysis: false,
        managedIngestion: { enabled: false },
        telemetry: { enabledCli: false, enabledIngestion: false, enabledServer: false },
        datasetUrnNameCasing: false,
      }
    },

    datahubAspect(call) {
      const { catalog, at } = reading(deps, call)
      const { aspect, version = 0 } = call.query
      if (version !== 0) throw openapi.versionUnsupported()
      const urn = call.params['urn'] as string
      const record = catalog.aspectRecord(urn, aspect, at)
      if (record) return send(call, oneAspect(record))
      throw new ServerError('not-found', 'aspect_not_found', `${urn} has no ${aspect}.`, {
        remedy: 'Ask for an aspect it has; entitiesV2 lists them.',
      })
    },

    async datahubAspectsAction(call) {
      const { body } = call
      switch (call.query.action) {
        case 'ingestProposal': {
          const { catalog, ctx } = writing(deps, call)
          const proposal = restli.required(body.proposal, 'proposal')
          await turns.take(() => landProposals(catalog, [proposal], ctx))
          return { value: 'success' }
        }
        case 'ingestProposalBatch': {
          const { catalog, ctx } = writing(deps, call)
          const proposals = restli.required(body.proposals, 'proposals')
          await turns.take(() => landProposals(catalog, proposals, ctx))
          return { value: 'success' }
        }
        case 'getTimeseriesAspectValues': {
          const { catalog, at } = reading(deps, call)
          return send(call, restli.timeseriesValues(catalog, body, at))
        }
        case 'getCount': {
          const { catalog, at } = reading(deps, call)
          return { value: restli.aspectCount(catalog, body, at) }
        }
      }
    },

    async datahubEntitiesAction(call) {
      const { body } = call
      switch (call.query.action) {
        case 'ingest': {
          const { catalog, ctx } = writing(deps, call)
          const proposals = restli.snapshotProposals(body.entity, body.systemMetadata)
          await turns.take(() => landProposals(catalog, proposals, ctx))
          return { value: 'success' }
        }
        case 'delete': {
          const { catalog, ctx } = writing(deps, call)
          return { value: await turns.take(() => restli.deleteRecords(catalog, body, ctx)) }
        }
        case 'search': {
          const { catalog, at } = reading(deps, call)
          return { value: restli.searchEntities(catalog, body, at) }
        }
        case 'listUrns': {
          const { catalog, at } = reading(deps, call)
          return { value: restli.listUrns(catalog, body, at) }
        }
      }
    },

    datahubEntity(call) {
      const { catalog, at } = reading(deps, call)
      const urn = parseUrn(call.params['urn'] as string)
      const records = catalog.aspectRecords(urn.urn, at)
      if (records.length === 0) throw entityNotFound(urn.urn)
      const wanted = listOf(call.query.aspects)
      // The key is always there; the others are those asked for.
      const key = keyAspectOf(urn.entityType)
      const shown = wanted && records.filter(({ name }) => name === key || wanted.includes(name))
      return send(call, entityWithAspects(urn.urn, urn.entityType, shown ?? records))
    },
  }
}

function openapiHandlers(deps: RouteDeps, turns: Turns): Handlers<OpenapiIds> {
  const write = async (
    call: Call<'datahubWriteEntities'> | Call<'datahubPatchEntities'>,
    change: 'UPSERT' | 'PATCH',
  ) => {
    const { catalog, ctx } = writing(deps, call)
    const proposals = openapi.proposalsOf(call.body, call.params['entity_type'] as string, change)
    await turns.take(() => landProposals(catalog, proposals, ctx))
    return openapi.namesOf(call.body)
  }
  return {
    datahubWriteEntities: (call) => write(call, 'UPSERT'),
    datahubPatchEntities: (call) => write(call, 'PATCH'),

    datahubBatchGet(call) {
      const { catalog, at } = reading(deps, call)
      const withSystem = call.query.systemMetadata === 'true'
      const entityType = call.params['entity_type'] as string
      return send(call, openapi.batchGet(catalog, entityType, call.body, withSystem, at))
    },

    async datahubScroll(call) {
      const { catalog, at } = reading(deps, call)
      const steps = openapi.scroll(catalog, { ...call.body, ...pageOf(call.query) }, at)
      return send(call, await inTurns(steps, scrollLimits(deps, call)))
    },

    async datahubListEntities(call) {
      const { catalog, at } = reading(deps, call)
      const entities = [openapi.recordedType(catalog, call.params['entity_type'] as string, at)]
      const aspects = listOf(call.query.aspects)
      const steps = openapi.scroll(catalog, { entities, aspects, ...pageOf(call.query) }, at)
      return send(call, await inTurns(steps, scrollLimits(deps, call)))
    },

    datahubGetEntity(call) {
      const { catalog, at } = reading(deps, call)
      const urn = urnOf(call)
      if (!catalog.hasRecord(urn, at)) throw entityNotFound(urn)
      const text = openapi.batchGet(
        catalog,
        call.params['entity_type'] as string,
        [{ urn }],
        call.query.systemMetadata === 'true',
        at,
      )
      return send(call, text.slice(1, -1))
    },

    async datahubDeleteEntity(call) {
      const { catalog, ctx } = writing(deps, call)
      const addressed = addressedAspect(call)
      const urn = urnOf(addressed ? { ...call, params: { ...call.params, urn: addressed.urn } } : call)
      const names = addressed ? [addressed.aspectName] : listOf(call.query.aspects)
      if (!names) return turns.take(() => restli.deleteRecords(catalog, { urn }, ctx))
      const deleted = await turns.take(() =>
        names.map((aspectName) => restli.deleteRecords(catalog, { urn, aspectName }, ctx)),
      )
      return {
        urn,
        rows: deleted.reduce((sum, { rows }) => sum + rows, 0),
        timeseriesRows: deleted.reduce((sum, { timeseriesRows }) => sum + timeseriesRows, 0),
      }
    },

    datahubTrace(call) {
      const { catalog, at } = reading(deps, call)
      const stateOf = (urn: string, name: string) => {
        const success =
          catalog.aspectRecord(urn, name, at) !== undefined ||
          catalog.eventRecords(urn, name, {}, at).length > 0
        const writeStatus = success ? 'ACTIVE_STATE' : 'ERROR'
        return { success, primaryStorage: { writeStatus }, searchStorage: { writeStatus } }
      }
      return Object.fromEntries(
        Object.entries(call.body).map(([urn, names]) => [
          urn,
          Object.fromEntries(names.map((name) => [name, stateOf(urn, name)])),
        ]),
      )
    },
  }
}

/**
 * `…/<urn>/<aspect>`: told from a URN that holds a slash by its colons, which are escaped only by a client
 * that escapes slashes too.
 */
function addressedAspect({ request }: AnyCall): { urn: string; aspectName: string } | undefined {
  const path = (request.raw.url ?? '').split('?', 1)[0] as string
  const match = /\/([^/:]+)\/([A-Za-z]\w*)$/.exec(path)
  const urn = match && decodeURIComponent(match[1] as string)
  return urn?.startsWith('urn:li:') ? { urn, aspectName: (match as RegExpExecArray)[2] as string } : undefined
}

/** The URN of the address, when it is of the type the address names. */
function urnOf(call: AnyCall): string {
  const { urn, entityType } = parseUrn(call.params['urn'] as string)
  const named = call.params['entity_type'] as string
  if (entityType === named) return urn
  throw openapi.typeMismatch(urn, named)
}

function pageOf(query: Call<'datahubScroll'>['query']) {
  const { count, scrollId, query: words, systemMetadata, includeSoftDelete } = query
  return {
    count,
    scrollId,
    query: words,
    withSystem: systemMetadata === 'true',
    includeRemoved: includeSoftDelete === 'true',
  }
}

/** `List(a,b)` of RestLi, `a,b`, or the parameter several times. */
function listOf(value: string | readonly string[] | undefined): string[] | undefined {
  if (value === undefined) return undefined
  return [value]
    .flat()
    .flatMap((text) => text.replace(/^List\((.*)\)$/, '$1').split(','))
    .filter((name) => name !== '')
}

function entityNotFound(urn: string): ServerError {
  return new ServerError('not-found', 'entity_not_found', `Entity ${urn} not found.`, {
    remedy: 'Search for it by name, and use the URN of a result.',
  })
}

import { type Aspect, asAspect, entriesOf, listOf, mapped } from '../aspect.js'
import type { Members, Reader } from '../reader.js'
import { type EntitySearch, searchResultsOf } from '../search.js'
import { editedDescription } from './edited-description.js'

/** Of a list of edges, or of the list of URNs that was there before edges. */
function endsOf(aspect: Aspect, edges: string, urns: string): unknown[] {
  const ends = listOf(aspect[edges]).map(({ destinationUrn }) => destinationUrn)
  const listed = aspect[urns]
  return [...new Set([...(Array.isArray(listed) ? listed : []), ...ends])]
}

/** Properties with their free ones as a list. */
export function properties(aspect: unknown, more: (aspect: Aspect) => object = () => ({})): object | null {
  return mapped(aspect, (value) => ({
    ...value,
    customProperties: entriesOf(value['customProperties']),
    ...more(value),
  }))
}

/** What charts and dashboards say in their own words. */
const shownAs = ({ title, chartUrl, dashboardUrl, externalUrl, lastModified }: Aspect) => ({
  name: title,
  externalUrl: externalUrl ?? chartUrl ?? dashboardUrl,
  lastModified: asAspect(lastModified)?.['lastModified'],
})

export const chartMembers: Members = (reader, { urn, parts: [tool, chartId] }) => ({
  tool,
  chartId,
  properties: () => properties(reader.aspect(urn, 'chartInfo'), shownAs),
  editableProperties: () => reader.aspect(urn, 'editableChartProperties'),
})

export const dashboardMembers: Members = (reader, { urn, parts: [tool, dashboardId] }) => ({
  tool,
  dashboardId,
  properties: () => properties(reader.aspect(urn, 'dashboardInfo'), shownAs),
  editableProperties: () => reader.aspect(urn, 'editableDashboardProperties'),
})

export const flowMembers: Members = (reader, { urn, parts: [orchestrator, flowId, cluster] }) => ({
  orchestrator,
  flowId,
  cluster,
  properties: () => properties(reader.aspect(urn, 'dataFlowInfo')),
  editableProperties: () => reader.aspect(urn, 'editableDataFlowProperties'),
})

export const jobMembers: Members = (reader, { urn, parts: [flow, jobId] }) => ({
  jobId,
  dataFlow: () => reader.ref(flow),
  properties: () => properties(reader.aspect(urn, 'dataJobInfo')),
  editableProperties: () => reader.aspect(urn, 'editableDataJobProperties'),
  inputOutput: () =>
    mapped(reader.aspect(urn, 'dataJobInputOutput'), (aspect) => ({
      inputDatasets: () => reader.refs(endsOf(aspect, 'inputDatasetEdges', 'inputDatasets')),
      outputDatasets: () => reader.refs(endsOf(aspect, 'outputDatasetEdges', 'outputDatasets')),
    })),
})

export const containerMembers: Members = (reader, { urn }) => ({
  properties: () => properties(reader.aspect(urn, 'containerProperties')),
  editableProperties: () =>
    editedDescription(
      reader.aspect(urn, 'editableContainerProperties'),
      reader.aspect(urn, 'containerProperties'),
    ),
  browsePathV2: () =>
    mapped(reader.aspect(urn, 'browsePathsV2'), ({ path }) => ({
      path: listOf(path).map((entry) => ({ entity: () => reader.ref(entry['urn']) })),
    })),
})

export const productMembers: Members = (reader, { urn }) => ({
  properties: () => properties(reader.aspect(urn, 'dataProductProperties')),
  entities: ({ input }: { readonly input?: EntitySearch | null }) => {
    const assets = reader.aspect(urn, 'dataProductProperties') ?? {}
    const urns = endsOf(assets, 'assets', '').filter((asset) => typeof asset === 'string')
    return searchResultsOf(reader, urns, input)
  },
})

export const documentMembers: Members = (reader, { urn }) => ({
  subType: () => {
    const names = reader.aspect(urn, 'subTypes')?.['typeNames']
    return Array.isArray(names) ? names[0] : null
  },
  settings: () => reader.aspect(urn, 'documentSettings'),
  info: () =>
    mapped(reader.aspect(urn, 'documentInfo'), (aspect) => ({
      ...aspect,
      created: stampOf(reader, aspect['created']),
      lastModified: stampOf(reader, aspect['lastModified']),
      relatedAssets: listOf(aspect['relatedAssets']).map(({ asset }) => ({ asset: reader.ref(asset) })),
      relatedDocuments: listOf(aspect['relatedDocuments']).map(({ document }) => ({
        document: reader.ref(document),
      })),
      parentDocument: mapped(aspect['parentDocument'], ({ document }) => ({
        document: reader.ref(document),
      })),
    })),
})

/** When and by whom, with the person as an entity. */
export function stampOf(reader: Reader, stamp: unknown): object | null {
  return mapped(stamp, ({ time, actor }) => ({ time, actor: () => reader.ref(actor) }))
}

/** Models, features and their groups: named by their URN, each with one aspect of properties. */
export function modelMembers(aspect: string, namePart: number): Members {
  const editable = `editable${aspect.charAt(0).toUpperCase()}${aspect.slice(1)}`
  return (reader, { urn, parts }) => {
    const own = () =>
      properties(reader.aspect(urn, aspect), ({ mlFeatures, mlPrimaryKeys }) => ({
        mlFeatures: () => reader.refs(mlFeatures),
        mlPrimaryKeys: () => reader.refs(mlPrimaryKeys),
      }))
    return {
      name: parts[namePart],
      origin: parts[2],
      description: () => reader.aspect(urn, aspect)?.['description'],
      properties: own,
      editableProperties: () => reader.aspect(urn, editable),
      featureTableProperties: own,
    }
  }
}

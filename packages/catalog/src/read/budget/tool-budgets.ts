import type { JsonObject } from '../../aspect/proposal.js'
import { type AnswerRule, fitAnswer, type PageRule, withNotice } from './fit-answer.js'
import { COLUMN, fitEntities, fitEntity } from './fit-entities.js'
import { fitProvenance } from './fit-provenance.js'
import { beforeReceipt, type Part } from './parts.js'

/**
 * What the answer of each tool of the catalog is shown without when it is too large, the most needed first. The tools
 * that are not here answer with no more than they were asked with; `brief` takes its budget itself.
 */

const part = (at: string, get: string): Part => ({ at, get })

/** A reference to an entity, by where it stands. */
const referred = (at: string): Part[] =>
  ['properties.name', 'platform', 'platformInstance', 'subTypes', 'properties.description'].map((member) =>
    part(`${at}.${member}`, 'get_entities'),
  )

const offsetPassesOver = (name: string) =>
  `The next result alone is larger than an answer may be: pass over it with a greater \`${name}\`.`

/** Dashboards and charts, beside a page. */
const CONSUMERS = {
  at: 'consumers.first',
  parts: [...referred('entity'), part('owners', 'get_entities'), part('externalUrl', 'get_entities')],
  share: 1 / 40,
}

const searched: AnswerRule = {
  page: {
    at: 'searchResults',
    parts: [
      ...referred('entity'),
      part('matchedFields[].words', 'search'),
      part('matchedFields[].value', 'get_entities'),
    ],
    told: (answer, count, left) => withNotice({ ...answer, count }, left),
    passOver: offsetPassesOver('offset'),
  },
  beside: [part('facets[].aggregations[]', 'search'), part('hints[]', 'search')],
}

/** What the lineage of a dataset is shown without. */
export const LINEAGE_HIT = {
  parts: [
    ...referred('entity'),
    part('lineageColumns', 'get_lineage_paths_between'),
    part('path', 'get_lineage_paths_between'),
  ],
}

function lineage(side: 'upstreams' | 'downstreams'): AnswerRule {
  return {
    page: {
      at: `${side}.searchResults`,
      ...LINEAGE_HIT,
      told: (answer, returned, left) => {
        const page = answer[side] as JsonObject
        const told = { ...page, returned, hasMore: page['hasMore'] === true || left > 0 }
        return { ...answer, [side]: withNotice(told, left) }
      },
      passOver: offsetPassesOver('offset'),
    },
    lists: [CONSUMERS],
    beside: [
      part('consumers.first[]', 'impact'),
      part(`${side}.facets[].aggregations[]`, 'search'),
      part('hints[]', 'get_lineage'),
    ],
  }
}

const counted =
  (name: string): PageRule['told'] =>
  (answer, shown, left) =>
    withNotice({ ...answer, [name]: shown }, left)

/** `returned` and `hasMore`, as far as the answer has them. */
const paged: PageRule['told'] = (answer, returned, left) =>
  withNotice({ ...answer, returned, hasMore: answer['hasMore'] === true || left > 0 }, left)

const review: AnswerRule = {
  page: {
    at: 'changes',
    parts: [part('value', 'diff_commits'), part('changes[]', 'diff_commits')],
    told: (answer, _shown, left) =>
      left === 0 ? answer : beforeReceipt(answer, 'moreChanges', Number(answer['moreChanges'] ?? 0) + left),
    passOver: 'Look at what it changes with diff_commits, from its `base` to its `head`.',
  },
  beside: [part('title', 'list_commits'), part('checks[].why', 'merge_branch')],
}

const proposals: AnswerRule = {
  page: {
    at: 'proposals',
    parts: [part('by', 'list_commits'), part('title', 'list_commits')],
    told: (answer, _shown, left) => withNotice(answer, left),
    passOver: 'Ask about one proposal: list_branches names them.',
  },
  beside: [],
}

const RULES = {
  search: searched,
  search_documents: searched,
  list_schema_fields: {
    page: {
      at: 'fields',
      ...COLUMN,
      told: (answer, returned, left) =>
        withNotice({ ...answer, returned, remainingCount: Number(answer['remainingCount']) + left }, left),
      passOver: offsetPassesOver('offset'),
    },
    beside: [],
  },
  get_lineage_paths_between: {
    page: {
      at: 'paths',
      parts: [
        ...referred('path[]'),
        part('path[].fieldPath', 'get_lineage'),
        part('path[].dataset', 'get_lineage'),
        part('path[].transform', 'get_dataset_queries'),
      ],
      orElse: [part('path', 'get_lineage')],
      told: (answer, _shown, left) => withNotice(answer, left),
      passOver: offsetPassesOver('offset'),
    },
    beside: [],
  },
  get_dataset_queries: {
    page: {
      at: 'queries',
      parts: [
        part('properties.name', 'get_entities'),
        part('properties.statement.value', 'get_entities'),
        part('platform', 'get_entities'),
        part('properties.description', 'get_entities'),
        part('subjects', 'get_entities'),
      ],
      told: counted('count'),
      passOver: offsetPassesOver('start'),
    },
    beside: [],
  },
  get_dataset_assertions: {
    page: {
      at: 'data.assertions',
      parts: [
        ...['name', 'column', 'sourceType', 'description'].map((member) => part(member, 'get_entities')),
        part('runHistory[].error', 'get_dataset_assertions'),
        part('runHistory[].sampleKeys', 'diff_health'),
        part('definition', 'get_entities'),
      ],
      told: (answer, count, left) => {
        const data = { ...(answer['data'] as JsonObject), count }
        return withNotice({ ...answer, data }, left)
      },
      passOver: offsetPassesOver('start'),
    },
    beside: [part('message', 'get_dataset_assertions')],
  },
  diff_health: {
    page: {
      at: 'checks',
      parts: [
        part('severity', 'get_dataset_assertions'),
        part('description', 'get_dataset_assertions'),
        ...['production', 'reference'].flatMap((side) =>
          ['message', 'sampleKeys'].map((member) => part(`${side}.${member}`, 'get_dataset_assertions')),
        ),
      ],
      told: paged,
      passOver: offsetPassesOver('offset'),
    },
    beside: [],
  },
  find_similar_schema: {
    page: {
      at: 'results',
      parts: [
        ...referred('entity'),
        part('reasons', 'find_similar_schema'),
        ...['matched', 'missing', 'otherTypes', 'extra'].map((member) => part(member, 'list_schema_fields')),
      ],
      told: (answer, _shown, left) => withNotice(answer, left),
      passOver: offsetPassesOver('offset'),
    },
    beside: [part('asked.name', 'get_entities'), part('asked.columns[]', 'list_schema_fields')],
  },
  impact: {
    page: {
      at: 'affected',
      parts: [
        ...referred('entity'),
        part('owners', 'get_entities'),
        part('columns', 'get_lineage'),
        part('path', 'get_lineage_paths_between'),
      ],
      told: paged,
      passOver: offsetPassesOver('offset'),
    },
    lists: [CONSUMERS],
    beside: [
      part('assertions.first[]', 'get_dataset_assertions'),
      part('queries.first[]', 'get_dataset_queries'),
      part('consumers.first[]', 'get_lineage'),
      part('references[]', 'brief'),
      part('owners[]', 'get_entities'),
    ],
  },
  verify: {
    beside: [
      part('because', 'verify'),
      part('claim.column', 'verify'),
      part('claim.value', 'verify'),
      part('found', 'get_entities'),
    ],
  },
  list_incidents: {
    page: {
      at: 'incidents',
      parts: ['title', 'type', 'assertion', 'runId', 'message', 'description', 'datasets'].map((member) =>
        part(member, 'get_entities'),
      ),
      told: counted('count'),
      passOver: offsetPassesOver('start'),
    },
    beside: [],
  },
  grep_documents: {
    page: {
      at: 'results',
      parts: [part('title', 'get_entities'), part('matches[].excerpt', 'grep_documents')],
      told: (answer, _shown, left) => withNotice(answer, left),
      passOver: 'Leave the first of the documents out.',
    },
    beside: [],
  },
  get_me: { beside: [part('data.corpUser.properties', 'get_entities'), part('message', 'get_entities')] },
} as const satisfies Record<string, AnswerRule>

type Fit = (answer: JsonObject, tokens?: number) => object

const fits: Readonly<Record<string, Fit>> = {
  ...Object.fromEntries(
    Object.entries(RULES).map(([name, rule]): [string, Fit] => [
      name,
      (a, tokens) => fitAnswer(a, rule, tokens),
    ]),
  ),
  get_entities: (answer, tokens) =>
    'result' in answer || 'entities' in answer ? fitEntities(answer, tokens) : fitEntity(answer, tokens),
  get_lineage: (answer, tokens) =>
    fitAnswer(answer, lineage('upstreams' in answer ? 'upstreams' : 'downstreams'), tokens),
  provenance: fitProvenance,
  review: (answer, tokens) => fitAnswer(answer, 'proposals' in answer ? proposals : review, tokens),
  propose_change: (answer, tokens) => fitAnswer(answer, review, tokens),
}

/**
 * The answer of a tool of the catalog within its budget of tokens (default `ANSWER_TOKENS`). `CatalogError`
 * `answer_too_large` when what cannot be left out is too large.
 */
export function withinBudget<T extends object>(tool: string, answer: T, tokens?: number): T {
  const fit = Object.hasOwn(fits, tool) ? fits[tool] : undefined
  return fit ? (fit(answer as unknown as JsonObject, tokens) as T) : answer
}

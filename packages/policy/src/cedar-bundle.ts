import type { DetailedError, PolicyJson, SourceLabel } from '@cedar-policy/cedar-wasm/nodejs'
import { type Diagnostic, LineIndex, type SourceRange } from '@groundplane/core'
import { cedar } from './cedar.js'
import { CEDAR_SCHEMA } from './cedar-schema.js'
import type { CheckedPolicy, RuleView } from './compiled-policy.js'

/**
 * Parse errors refuse the bundle. What only the schema finds wrong (an unknown
 * action, a misspelt attribute) is a warning, because the text is the author's
 * own; at decision time a policy that errors denies.
 *
 * Which branches are protected is said by an annotation on any policy,
 * `@protected_branches("main, release")`; those of all policies count together.
 */
export function checkCedarBundle(source: string, file: string): CheckedPolicy {
  const place = new Places(source, file)
  const deep = tooDeep(source)
  if (deep !== undefined) {
    const message = `The policy is nested more than ${MAX_NESTING} levels deep.`
    const remedy = 'Flatten the condition, or split the policy into several.'
    return { diagnostics: [place.error('nesting', message, remedy, place.range(deep, deep + 1))] }
  }
  const parsed = cedar().policySetTextToParts(source)
  if (parsed.type === 'failure') return { diagnostics: parsed.errors.map((error) => place.syntax(error)) }
  if (parsed.policy_templates.length > 0) {
    return {
      diagnostics: place.locate(parsed.policy_templates).map(({ range }) => {
        const message = 'This is a template: nothing fills its slots.'
        return place.error('template', message, 'Write it out with its principal and resource.', range)
      }),
    }
  }
  const parts = place.locate(parsed.policies)
  const diagnostics: Diagnostic[] = []
  const policies = named(parts, diagnostics, place)
  const protectedBranches = [...new Set(policies.flatMap(({ branches }) => branches))]
  if (protectedBranches.length === 0) diagnostics.push(...unprotected(policies, place))
  diagnostics.push(...schemaWarnings(source, policies, place))
  return {
    diagnostics,
    policy: {
      target: 'either',
      policies: Object.fromEntries(policies.map(({ id, text }) => [id, text])),
      rules: policies.map(({ id, effect, range }): RuleView => ({ id, effect, ...(range && { range }) })),
      groups: {},
      protectedBranches,
      readsBranchName: true,
    },
  }
}

/**
 * Cedar's parser recurses, and an overflow of its stack leaves the WebAssembly
 * instance unusable for the whole process; far less than that is far more than
 * anyone writes.
 */
const MAX_NESTING = 100

/** The offset where brackets outside strings and comments are open deeper than {@link MAX_NESTING}. */
function tooDeep(source: string): number | undefined {
  let depth = 0
  for (const { 0: token, index } of source.matchAll(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|[([{]|[)\]}]/gs)) {
    if (token === '(' || token === '[' || token === '{') {
      if (++depth > MAX_NESTING) return index
    } else if (token.length === 1) depth--
  }
  return undefined
}

interface Part {
  readonly text: string
  readonly range: SourceRange | undefined
}

interface NamedPolicy extends Part {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  readonly branches: readonly string[]
  /** Whether it asks `context.protected`. */
  readonly asksProtected: boolean
}

/** A policy's id is its `@id("…")` annotation, else `policy<n>` by position. */
function named(parts: readonly Part[], diagnostics: Diagnostic[], place: Places): NamedPolicy[] {
  const seen = new Set<string>()
  return parts.map((part, index) => {
    const answer = cedar().policyToJson(part.text)
    const json: PolicyJson | undefined = answer.type === 'success' ? answer.json : undefined
    const id = json?.annotations?.['id'] ?? `policy${index}`
    if (seen.has(id)) {
      const message = `Two policies have the id "${id}".`
      const remedy = 'Give each policy its own @id, so that a decision can name it.'
      diagnostics.push(place.error('duplicate-id', message, remedy, part.range, id))
    }
    seen.add(id)
    const branches = (json?.annotations?.['protected_branches'] ?? '').split(',').map((name) => name.trim())
    return {
      ...part,
      id,
      effect: json?.effect === 'forbid' ? 'deny' : 'allow',
      branches: branches.filter((name) => name !== ''),
      asksProtected: JSON.stringify(json?.conditions ?? []).includes('"attr":"protected"'),
    }
  })
}

/** `context.protected` where nothing is protected is always false: a forbid on it would look like a lock. */
function unprotected(policies: readonly NamedPolicy[], place: Places): Diagnostic[] {
  return policies
    .filter(({ asksProtected }) => asksProtected)
    .map(({ id, range }) => {
      const message = `Policy "${id}" asks context.protected, and no branch is protected.`
      const remedy = 'Name them in an annotation of a policy, for example @protected_branches("main").'
      return place.suspect('scope', message, remedy, range, id)
    })
}

/** What the schema finds. One finding is told once, not once for every action it could be asked with. */
function schemaWarnings(source: string, policies: readonly NamedPolicy[], place: Places): Diagnostic[] {
  const validation = cedar().validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: source } })
  if (validation.type === 'failure') return []
  const found = new Map<string, Diagnostic>()
  const wrong = new Set(validation.validationErrors.map(({ policyId }) => policyId))
  const weak = validation.validationWarnings.filter(({ policyId }) => !wrong.has(policyId))
  const all = [...validation.validationErrors, ...weak].sort((a, b) =>
    a.error.message < b.error.message ? -1 : 1,
  )
  for (const { policyId, error } of all) {
    const id = policies[Number(policyId.slice('policy'.length))]?.id ?? policyId
    const range = place.of(error.sourceLocations?.[0])
    const key = `${policyId} ${range?.start.offset} ${range?.end.offset}`
    if (found.has(key)) continue
    const says = error.message.replace(/^for policy `[^`]*`, /, '')
    const remedy =
      error.help ?? 'Compare it with the schema in the policy reference: Actor, Group, Role, Graph, Server.'
    found.set(
      key,
      place.suspect('schema', `Policy "${id}" does not fit the schema: ${says}.`, remedy, range, id),
    )
  }
  return [...found.values()]
}

/** Diagnostics of one text, placed in it. */
class Places {
  readonly #lines: LineIndex

  constructor(
    readonly source: string,
    readonly file: string,
  ) {
    this.#lines = new LineIndex(source)
  }

  range(start: number, end: number): SourceRange {
    return this.#lines.range(start, end)
  }

  /** Cedar counts bytes of UTF-8; positions here count UTF-16 code units. */
  of(label: SourceLabel | undefined): SourceRange | undefined {
    if (!label) return undefined
    const bytes = Buffer.from(this.source, 'utf8')
    const at = (offset: number) => bytes.subarray(0, offset).toString('utf8').length
    return this.range(at(label.start), at(label.end))
  }

  /** Cedar hands the policies out as they are written, in their order. */
  locate(texts: readonly string[]): Part[] {
    let from = 0
    return texts.map((text) => {
      const start = this.source.indexOf(text, from)
      if (start < 0) return { text, range: undefined }
      from = start + text.length
      return { text, range: this.range(start, from) }
    })
  }

  syntax(error: DetailedError): Diagnostic {
    const label = error.sourceLocations?.[0]
    const remedy =
      error.help ?? label?.label ?? 'Correct the policy text; the Cedar policy syntax reference describes it.'
    return this.error('syntax', `Cedar cannot read the policy: ${error.message}.`, remedy, this.of(label))
  }

  error(rule: string, message: string, remedy: string, range?: SourceRange, policy?: string): Diagnostic {
    return this.#diagnostic('error', 'policy_invalid', rule, message, remedy, range, policy)
  }

  suspect(rule: string, message: string, remedy: string, range?: SourceRange, policy?: string): Diagnostic {
    return this.#diagnostic('warning', 'policy_suspect', rule, message, remedy, range, policy)
  }

  #diagnostic(
    severity: 'error' | 'warning',
    code: string,
    rule: string,
    message: string,
    remedy: string,
    range: SourceRange | undefined,
    policy: string | undefined,
  ): Diagnostic {
    return {
      code,
      severity,
      message,
      remedy,
      file: this.file,
      ...(range && { range }),
      details: { rule, ...(policy !== undefined && { policy }) },
    }
  }
}

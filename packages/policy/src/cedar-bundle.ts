import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import { type Diagnostic, LineIndex } from '@groundplane/core'
import { cedar } from './cedar.js'
import { CEDAR_SCHEMA } from './cedar-schema.js'
import type { CheckedPolicy } from './compiled-policy.js'

/**
 * Parse errors refuse the bundle. What only the schema finds wrong (an unknown
 * action, a misspelt attribute) is a warning, because the text is the author's
 * own; at decision time a policy that errors denies.
 */
export function checkCedarBundle(source: string, file: string): CheckedPolicy {
  const lines = new LineIndex(source)
  const deep = tooDeep(source)
  if (deep !== undefined) {
    const message = `The policy is nested more than ${MAX_NESTING} levels deep.`
    const remedy = 'Flatten the condition, or split the policy into several.'
    const range = lines.range(deep, deep + 1)
    return {
      diagnostics: [
        {
          code: 'policy_invalid',
          severity: 'error',
          message,
          remedy,
          file,
          range,
          details: { rule: 'nesting' },
        },
      ],
    }
  }
  const parsed = cedar().policySetTextToParts(source)
  if (parsed.type === 'failure') {
    return {
      diagnostics: parsed.errors.map((error) => describe(error, 'error', 'syntax', source, lines, file)),
    }
  }
  if (parsed.policy_templates.length > 0) {
    const message = `${parsed.policy_templates.length} policy template(s) in the bundle have nothing to fill their slots.`
    const remedy = 'Write each policy out with its principal and resource.'
    return {
      diagnostics: [
        { code: 'policy_invalid', severity: 'error', message, remedy, file, details: { rule: 'template' } },
      ],
    }
  }
  const diagnostics: Diagnostic[] = []
  const policies = nameById(parsed.policies, diagnostics, file)
  const validation = cedar().validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: policies } })
  if (validation.type === 'success') {
    for (const { policyId, error } of validation.validationErrors) {
      diagnostics.push({
        code: 'policy_suspect',
        severity: 'warning',
        message: `Policy "${policyId}" does not fit the schema: ${error.message}.`,
        remedy:
          error.help ??
          'Compare it with the schema in the policy reference: Actor, Group, Role, Graph, Server.',
        file,
        details: { rule: 'schema', policy: policyId },
      })
    }
  }
  return {
    diagnostics,
    policy: { target: 'either', policies, groups: {}, protectedBranches: [], readsBranchName: true },
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

/** A policy's id is its `@id("…")` annotation, else `policy<n>` by position. */
function nameById(texts: readonly string[], diagnostics: Diagnostic[], file: string): Record<string, string> {
  const named: Record<string, string> = Object.create(null)
  texts.forEach((text, index) => {
    const json = cedar().policyToJson(text)
    const id = (json.type === 'success' ? json.json.annotations?.['id'] : undefined) ?? `policy${index}`
    if (named[id] !== undefined) {
      diagnostics.push({
        code: 'policy_invalid',
        severity: 'error',
        message: `Two policies have the id "${id}".`,
        remedy: 'Give each policy its own @id, so that a decision can name it.',
        file,
        details: { rule: 'duplicate-id', policy: id },
      })
    }
    named[id] = text
  })
  return named
}

function describe(
  error: DetailedError,
  severity: 'error' | 'warning',
  rule: string,
  source: string,
  lines: LineIndex,
  file: string,
): Diagnostic {
  const place = error.sourceLocations?.[0]
  // Cedar counts bytes of UTF-8; positions here count UTF-16 code units.
  const at = (bytes: number) => Buffer.from(source, 'utf8').subarray(0, bytes).toString('utf8').length
  return {
    code: 'policy_invalid',
    severity,
    message: `Cedar cannot read the policy: ${error.message}.`,
    remedy:
      error.help ??
      place?.label ??
      'Correct the policy text; the Cedar policy syntax reference describes it.',
    file,
    ...(place && { range: lines.range(at(place.start), at(place.end)) }),
    details: { rule },
  }
}

import type { z } from 'zod'

/** What is wrong with an event, and where: a JSON pointer (RFC 6901) into it. */
export interface EventProblem {
  readonly pointer: string
  /** A sentence about what is there: what it is, and what it must be. */
  readonly message: string
}

/** What an issue of the shape says of the event it was found in. */
export function problemOf(issue: z.core.$ZodIssue, event: unknown): EventProblem {
  const { path } = issue
  const expected = EXPECTED_AT[path.slice(-2).join('/')] ?? expectedBy(issue)
  const found = valueAt(event, path)
  const message =
    found === undefined
      ? `It is missing, and must be ${expected}.`
      : `It is ${described(found)}, and must be ${expected}.`
  return { pointer: pointerOf(path), message }
}

export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Members whose meaning says more than their type, by the last two steps to them. */
const EXPECTED_AT: Readonly<Record<string, string>> = {
  eventTime: 'a time with its zone, such as 2026-11-21T09:00:00Z',
  'run/runId': 'a UUID',
  producer: 'the URI of what sends it',
}

const EXPECTED_BY_TYPE: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`
    case 'too_small':
      return 'a text that is not empty'
    case 'invalid_type':
      return EXPECTED_BY_TYPE[issue.expected] ?? issue.expected
    default:
      return `otherwise (${issue.message})`
  }
}

function valueAt(event: unknown, path: readonly PropertyKey[]): unknown {
  let value = event
  for (const step of path) value = (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step]
  return value
}

const SHOWN = 60

function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

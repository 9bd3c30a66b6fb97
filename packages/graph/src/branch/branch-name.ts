import { GraphError } from '../error.js'

const SEGMENT = /^[\p{L}\p{N}_][\p{L}\p{N}._@+-]*$/u
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const MAX_LENGTH = 200

/** Whether a text is a commit id; then it is no branch name. */
export function readsAsCommitId(text: string): boolean {
  return ULID.test(text)
}

/**
 * Refuses what could not stand in a URL, a command line or a policy without
 * being mistaken for something else: a commit id is never a branch name.
 */
export function checkBranchName(name: string): void {
  const problem = problemOf(name)
  if (problem === null) return
  throw new GraphError(
    'invalid',
    'branch_name_invalid',
    `${JSON.stringify(name)} cannot name a branch: ${problem}.`,
    {
      remedy:
        'Use letters, digits and . _ - @ +, in parts separated by /, each beginning with a letter, a digit or _.',
    },
  )
}

function problemOf(name: string): string | null {
  if (name === '') return 'it is empty'
  if (name.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`
  if (ULID.test(name)) return 'it reads as a commit id'
  const wrong = name.split('/').find((segment) => !SEGMENT.test(segment))
  if (wrong === undefined) return null
  return wrong === '' ? 'a part between slashes is empty' : `the part ${JSON.stringify(wrong)} is not allowed`
}

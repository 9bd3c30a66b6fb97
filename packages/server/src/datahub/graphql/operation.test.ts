import { describe, expect, it } from 'vitest'
import { ServerError } from '../../server-error.js'
import type { MakeEdit } from './mutations.js'
import { runGraphql } from './operation.js'
import type { Reader } from './reader.js'

/** Runs one mutation for each description; it fails as `failures` has it, else it is made. */
async function run(descriptions: readonly string[], failures: Readonly<Record<string, Error>>) {
  const unexpected: Error[] = []
  const makeEdit: MakeEdit = async (_tool, args) => {
    const failure = failures[(args as { description: string }).description]
    if (failure) throw failure
  }
  const fields = descriptions.map(
    (text) => `${text}: updateDescription(input: { description: "${text}", resourceUrn: "urn:li:tag:x" })`,
  )
  const query = `mutation { ${fields.join(' ')} }`
  const reader = { forget: () => {} } as Reader
  const occasion = { requestId: 'R1', onUnexpected: (error: Error) => unexpected.push(error) }
  const answer = await runGraphql({ query }, reader, makeEdit, occasion)
  return { answer, unexpected }
}

describe('a failure of our own in a document of several mutations', () => {
  const busy = new ServerError('unavailable', 'graph_busy', 'The graph is busy.', { remedy: 'Try again.' })
  const bug = new TypeError('secret is not a function')

  it('stands in errors with its code beside what was made before and after it', async () => {
    const { answer, unexpected } = await run(['one', 'two', 'three', 'four'], { two: busy, four: bug })
    expect(answer).toMatchObject({
      data: { one: true, two: null, three: true, four: null },
      errors: [
        { path: ['two'], message: busy.message, extensions: { code: 503, error: 'graph_busy' } },
        { path: ['four'], extensions: { code: 500, error: 'internal' } },
      ],
    })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(unexpected).toEqual([bug])
  })

  it('is the answer where nothing was made', async () => {
    await expect(run(['one', 'two'], { one: busy, two: bug })).rejects.toBe(busy)
    await expect(run(['one'], { one: bug })).rejects.toBe(bug)
  })
})

import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { confirmed, type Terminal } from './consent.js'

/** A terminal at which somebody types, and what has been written to it. */
function terminal(typed: string | null): Terminal & { readonly shown: () => string } {
  const stream = () => Object.assign(new PassThrough(), { isTTY: true })
  const [input, output] = [stream(), stream()]
  let shown = ''
  output.on('data', (chunk) => {
    shown += String(chunk)
  })
  if (typed === null) input.end()
  else input.write(typed)
  return { input, output, shown: () => shown }
}

it.each(['y\n', 'Y\n', 'yes\n', ' YES \n'])('%j is a yes', async (typed) => {
  const at = terminal(typed)
  await confirmed('Delete it?', {}, at)
  expect(at.shown()).toContain('Delete it? [y/N] ')
})

it.each(['\n', 'n\n', 'no\n', 'yes please\n', null])(
  '%j is not, and says that nothing was done',
  async (typed) => {
    await expect(confirmed('Delete it?', {}, terminal(typed))).rejects.toMatchObject({
      code: 'consent_refused',
      message: 'Not confirmed; nothing was done.',
    })
  },
)

it('without a terminal on both sides, or for a document, nobody is asked and --yes is needed', async () => {
  const { input, output } = terminal('y\n')
  const pipe = Object.assign(new PassThrough(), { isTTY: false })
  const ways: [Parameters<typeof confirmed>[1], Terminal][] = [
    [{}, { input: pipe, output }],
    [{}, { input, output: pipe }],
    [{ json: true }, { input, output }],
  ]
  for (const [options, at] of ways) {
    await expect(confirmed('Delete it?', options, at)).rejects.toMatchObject({ code: 'consent_needed' })
    await confirmed('Delete it?', { ...options, yes: true }, at)
  }
})

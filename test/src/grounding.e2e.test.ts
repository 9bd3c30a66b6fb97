/** Acceptance 2, 6 and 7 of issue 5, on the demo's catalog, over a client of the official SDK and a server of its own process. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  connectAgent,
  type Grounded,
  groundQuestions,
  MOST_PERCENT,
  RawAspects,
  startDemoServer,
} from '@groundplane/bench/grounding'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from './command.js'

let server: Awaited<ReturnType<typeof startDemoServer>>
let agent: Awaited<ReturnType<typeof connectAgent>>
let aspects: RawAspects
let results: Grounded[]

beforeAll(async () => {
  server = await startDemoServer()
  agent = await connectAgent(server)
  aspects = new RawAspects(server)
  results = await groundQuestions(agent, aspects)
}, 180_000)
afterAll(async () => {
  await agent?.close()
  await server?.stop()
})

const byQuestion = <T>(told: (result: Grounded) => T): [string, T][] =>
  results.map((result) => [result.question.question, told(result)])

describe('twenty questions about the demo, asked by an agent over MCP', () => {
  it('are answered with the right entities, and no others', () => {
    expect(results).toHaveLength(20)
    expect(byQuestion(({ urns }) => [...urns].sort())).toEqual(
      byQuestion(({ question }) => [...question.truth].sort()),
    )
  })

  it('are answered with every fact that is needed, each in what a tool answered', () => {
    const missing = ({ question, texts }: Grounded) =>
      [...question.truth, ...question.facts].filter((fact) => !texts.join('\n').includes(fact))
    expect(byQuestion(missing)).toEqual(byQuestion(() => []))
  })

  it('could be answered from the aspects they are compared with: these name every entity of the answer', () => {
    const missing = ({ question, raw }: Grounded) =>
      question.truth.filter((urn) => !raw.join('\n').includes(urn))
    expect(byQuestion(missing)).toEqual(byQuestion(() => []))
  })

  it('take at most a twentieth of the tokens of these aspects', () => {
    const ours = results.reduce((sum, result) => sum + result.ours, 0)
    const theirs = results.reduce((sum, result) => sum + result.theirs, 0)
    expect((100 * ours) / theirs).toBeLessThanOrEqual(MOST_PERCENT)
  })

  it('have the same answers to the byte when they are asked again', async () => {
    const again = await groundQuestions(agent, aspects)
    expect(again.map(({ texts }) => texts)).toEqual(results.map(({ texts }) => texts))
  })

  it('stand in the page on MCP, each with its figures', () => {
    const page = readFileSync(join(REPOSITORY, 'docs/mcp.md'), 'utf8')
    expect(results.filter(({ question }) => !page.includes(`| ${question.question} |`))).toEqual([])
  })
})

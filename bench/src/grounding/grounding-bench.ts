import { type BenchRow, bounded, told } from '../row.js'
import { connectAgent } from './agent.js'
import { startDemoServer } from './demo-server.js'
import { groundQuestions, rawTexts, tokensOf } from './measure.js'
import { RawAspects } from './raw-aspects.js'

/** Acceptance 6 of issue 5: share of the tokens of the raw aspects, over the twenty questions. */
export const MOST_PERCENT = 5

/** Tokens of our answers against the tokens of the raw aspects, for each of the twenty questions and in total. */
export async function groundingBench(): Promise<BenchRow[]> {
  const server = await startDemoServer()
  try {
    const agent = await connectAgent(server)
    const aspects = new RawAspects(server)
    const results = await groundQuestions(agent, aspects)
    const tools = await agent.listTools()
    const everything = tokensOf(await rawTexts(aspects, ['datasets', 'assertions', 'incidents']))
    await agent.close()
    const ours = results.reduce((sum, result) => sum + result.ours, 0)
    const theirs = results.reduce((sum, result) => sum + result.theirs, 0)
    return [
      ...results.map((result) => ({
        ...told(result.question.question, 'tokens', result.ours),
        peers: { 'raw aspects': result.theirs },
        ratio: Number((result.ours / result.theirs).toPrecision(3)),
      })),
      told('twenty questions: our answers', 'tokens', ours),
      told('twenty questions: raw aspects', 'tokens', theirs),
      bounded('twenty questions: ours of the raw', '%', (100 * ours) / theirs, MOST_PERCENT),
      told('every dataset, assertion and incident, read once', 'tokens', everything),
      told('the list of tools, read once', 'tokens', tokensOf([JSON.stringify(tools)])),
    ]
  } finally {
    await server.stop()
  }
}

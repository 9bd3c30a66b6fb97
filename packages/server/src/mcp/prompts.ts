import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js'
import { ServerError } from '../server-error.js'
import type { ToolScope } from './tool.js'
import { callTool, isOffered } from './tools.js'

interface PromptArgument {
  readonly name: string
  readonly description: string
  readonly required: boolean
}

type Values = Readonly<Record<string, string>>

/** A task for an agent, with what it has to know first, read when the prompt is asked for. */
interface PromptKind {
  readonly title: string
  readonly description: string
  readonly arguments: readonly PromptArgument[]
  /** The tool whose answer is given along, and its arguments. What it throws, the prompt throws. */
  readonly tool: string
  readonly args: (values: Values) => object
  readonly task: (values: Values) => string
}

const PROMPTS: Readonly<Record<string, PromptKind>> = {
  investigate_incident: {
    title: 'Investigate an incident',
    description: 'Find out why data is wrong: from what somebody saw to the dataset that caused it.',
    arguments: [{ name: 'symptom', description: 'What somebody saw, in their words', required: true }],
    tool: 'list_incidents',
    args: () => ({ state: 'ACTIVE' }),
    task: ({ symptom }) =>
      `Somebody reports: "${symptom}". Find the cause.

1. Below are the open incidents. Say whether one of them explains it already.
2. Find the datasets that are meant with \`search\`, and what they are made from with \`get_lineage\` (max_hops 3).
3. Compare their health with \`diff_health\`, or read it with \`get_dataset_assertions\`. A cause is upstream of the symptom and fails itself.
4. Say which dataset and column is at fault, on how many rows, what is affected downstream (\`impact\`) and who owns it.

Cite the receipt of each answer that you rely on. What nobody has checked is unknown, not fine.`,
  },
  review_change: {
    title: 'Review a change of a table',
    description: 'What a change of a dataset or a column breaks, and whom to ask before it is made.',
    arguments: [
      { name: 'urn', description: 'URN of the dataset', required: true },
      {
        name: 'column',
        description: 'The column that changes; the whole table when left out',
        required: false,
      },
      {
        name: 'change',
        description: 'drop, rename, change_type, make_nullable or change_meaning; drop when left out',
        required: false,
      },
    ],
    tool: 'impact',
    args: (values) => values,
    task: ({ urn, column, change = 'drop' }) =>
      `Review this change before it is made: ${change} of ${column === undefined ? '' : `the column ${column} of `}${urn}.

Below is what it does downstream. For each dataset that breaks or is affected, say why, and read how it uses what changes with \`get_dataset_queries\`.
Treat \`unknown\` as a question to its owner, not as safe. End with: go, go after these changes, or do not; and the owners to ask.
Cite the receipt.`,
  },
  describe_dataset: {
    title: 'Describe a dataset',
    description: 'Write the description of a dataset and its columns from what the catalog knows.',
    arguments: [{ name: 'urn', description: 'URN of the dataset', required: true }],
    tool: 'brief',
    args: ({ urn }) => ({ about: urn }),
    task: ({ urn }) =>
      `Write a description of ${urn} for somebody who sees it for the first time: what one row is, where it comes from, how it is joined, what to beware of.

Below is what the catalog knows. Look at its columns with \`list_schema_fields\` and at how it is used with \`get_dataset_queries\`. Say only what these state;
check each claim with \`verify\`. If you may, propose it with \`propose_change\` (\`update_description\`), one edit for the dataset and one for each column without a description.`,
  },
}

/** The prompts whose tool policy leaves the caller. */
export function listPrompts(scope: ToolScope): Prompt[] {
  return Object.entries(PROMPTS)
    .filter(([, { tool }]) => isOffered(scope, tool))
    .map(([name, { title, description, arguments: args }]) => ({
      name,
      title,
      description,
      arguments: args.map((argument) => ({ ...argument })),
    }))
}

/** The task, and the answer of its tool to the caller. Throws what the tool throws, `prompt_not_found` and `arguments_invalid`. */
export async function getPrompt(
  scope: ToolScope,
  name: string,
  given: Values = {},
): Promise<GetPromptResult> {
  const prompt = Object.hasOwn(PROMPTS, name) ? PROMPTS[name] : undefined
  if (prompt === undefined) {
    throw new ServerError('not-found', 'prompt_not_found', `There is no prompt "${name}".`, {
      remedy: 'prompts/list lists them.',
    })
  }
  // A form that a person fills in sends what was left empty as an empty text.
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== ''))
  checkArguments(prompt, values)
  const answer = await callTool(scope, prompt.tool, prompt.args(values))
  const text = `${prompt.task(values)}\n\nWhat \`${prompt.tool}\` answers:\n\n${JSON.stringify(answer)}`
  return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] }
}

function checkArguments(prompt: PromptKind, values: Values): void {
  const missing = prompt.arguments.filter(({ name, required }) => required && values[name] === undefined)
  const known = prompt.arguments.map(({ name }) => name)
  const unknown = Object.keys(values).filter((name) => !known.includes(name))
  if (missing.length === 0 && unknown.length === 0) return
  const problems = [
    ...missing.map(({ name }) => `${name} is missing`),
    ...unknown.map((name) => `${name} is unknown`),
  ]
  throw new ServerError('invalid', 'arguments_invalid', `The arguments do not fit: ${problems.join('; ')}.`, {
    remedy: `Give ${known.join(', ')} as prompts/list describes them.`,
  })
}

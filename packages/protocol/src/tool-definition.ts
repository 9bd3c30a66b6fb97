import { z } from 'zod'

/**
 * A tool of the catalog: one name, one set of arguments and one answer, whichever way it is
 * called: over MCP, over HTTP (`POST /catalog/tools/{name}` with the arguments as JSON) or on the
 * command line. Names, parameters and answers are those of DataHub's MCP server where it has the tool.
 */
export interface CatalogTool<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodType = z.ZodType,
  N extends string = string,
> {
  readonly name: N
  readonly title: string
  /** For agents: what it is for, and when to take it. */
  readonly description: string
  /** What policy is asked for on the branch that is read or written. */
  readonly action: 'read' | 'change'
  /** It is called on a branch of its own, whose name begins with `proposal/`: policy is asked about such a branch. */
  readonly on?: 'proposal'
  /** Its action is `read`, and with this argument it writes, what policy is asked for when it does. */
  readonly writesWith?: string
  /** Whether it can change or remove what is there, not only add. */
  readonly destructive?: true
  readonly input: I
  readonly output: O
}

/** Out-of-range sizes are brought into range rather than refused: agents guess them. */
export const clamped = (low: number, high: number, initial: number) =>
  z
    .int()
    .default(initial)
    .transform((n) => Math.min(high, Math.max(low, n)))

export const urn = z
  .string()
  .trim()
  .min(1)
  .describe('URN, e.g. urn:li:dataset:(urn:li:dataPlatform:sqlite,inst.main.orders,PROD)')
export const offset = z.int().min(0).default(0).describe('How many results to skip')

/** Where every read may look, besides the head of main. */
export const where = {
  branch: z.string().min(1).optional().describe('Branch to read; main when left out'),
  snapshot: z.string().min(1).optional().describe('Commit id: read the catalog as it was then'),
}

/** A list of texts, one text, or a list written as JSON text, which some agents send. */
export const textList = z.union([z.array(z.string()), z.string()]).transform((value) => textsOf(value).texts)

/** The same, and whether a list was given: for an answer that is one document or a list of them. */
export const oneOrMany = z.union([z.array(z.string()), z.string()]).transform(textsOf)

function textsOf(value: string | readonly string[]): { many: boolean; texts: string[] } {
  if (typeof value !== 'string') return { many: true, texts: value.map((text) => text.trim()) }
  const text = value.trim()
  const list = text.startsWith('[') ? z.array(z.string()).safeParse(parsedJson(text)) : undefined
  return list?.success
    ? { many: true, texts: list.data.map((item) => item.trim()) }
    : { many: false, texts: [text] }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A tool that reads: it may look at another branch or a past commit. */
export const read = <N extends string, I extends z.ZodRawShape, O extends z.ZodType>(
  name: N,
  spec: { title: string; description: string; input: I; output: O },
): CatalogTool<z.ZodObject<I & typeof where>, O, N> => ({
  ...spec,
  name,
  action: 'read',
  input: z.strictObject({ ...spec.input, ...where }) as unknown as z.ZodObject<I & typeof where>,
})

/** A tool that writes, on the branch that is named. */
export const write = <N extends string, I extends z.ZodRawShape, O extends z.ZodType>(
  name: N,
  spec: { title: string; description: string; input: I; output: O; destructive?: true },
): CatalogTool<z.ZodObject<I & typeof writing>, O, N> => ({
  ...spec,
  name,
  action: 'change',
  input: z.strictObject({ ...spec.input, ...writing }) as unknown as z.ZodObject<I & typeof writing>,
})

/** Where every write goes, and why. */
export const writing = {
  branch: z.string().min(1).optional().describe('Branch to write to; main when left out'),
  message: z.string().min(1).max(10_000).optional().describe('Why; kept on the commit'),
}

/** In words that a description of the interface can say, too: something besides spaces. */
export const urnText = z.string().regex(/[!-~]/, 'It is empty')

export const urnList = z
  .union([z.array(urnText).min(1).max(1000), urnText])
  .transform((value) => textsOf(value).texts)
  .pipe(z.array(z.string().min(1)).min(1).max(1000))

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
  validate,
} from 'graphql'
import { datahubSchema } from './schema.js'

/** What a document may hold. The largest of DataHub's MCP server has 2,700 tokens, 7,600 fields and 18 levels. */
export const LIMITS = { tokens: 6_000, brackets: 64, fragments: 100, fields: 20_000, depth: 30, alike: 60 }

/** Documents known to be right: clients send the same few again and again. */
const known = new Map<string, DocumentNode>()
const MOST_KNOWN = 32
const MOST_KNOWN_CHARACTERS = 100_000

/**
 * Reads a document and holds it to the limits and to the schema: the document, or what is wrong with
 * it. The limits come first, since parsing and validation take time in more than its length.
 */
export function readDocument(text: string): DocumentNode | readonly GraphQLError[] {
  const before = known.get(text)
  if (before) return before
  try {
    checkTokens(text)
    const document = parse(text, { noLocation: false, maxTokens: LIMITS.tokens })
    checkSelections(document)
    const errors = validate(datahubSchema(), document, undefined, { maxErrors: 20 })
    if (errors.length > 0) return errors
    if (text.length <= MOST_KNOWN_CHARACTERS) remember(text, document)
    return document
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}

function remember(text: string, document: DocumentNode): void {
  const [oldest] = known.keys()
  if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  known.set(text, document)
}

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L])
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R])

/** The parser calls itself for each bracket, so their depth is looked at before it runs. */
function checkTokens(text: string): void {
  const lexer = new Lexer(new Source(text))
  let open = 0
  for (let tokens = 1; ; tokens++) {
    const { kind } = lexer.advance()
    if (kind === TokenKind.EOF) return
    if (OPENING.has(kind)) open++
    else if (CLOSING.has(kind)) open--
    if (tokens > LIMITS.tokens) throw tooLarge(`more than ${LIMITS.tokens} tokens`)
    if (open > LIMITS.brackets) throw tooLarge(`brackets more than ${LIMITS.brackets} deep`)
  }
}

interface Size {
  readonly fields: number
  readonly depth: number
}

/** Counts fields with fragments put in their place, without putting them there. */
function checkSelections(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  if (document.definitions.length > LIMITS.fragments)
    throw tooLarge(`more than ${LIMITS.fragments} operations and fragments`)
  const sizes = new Map<string, Size>()
  const sizeOfFragment = (name: string): Size => {
    const size = sizes.get(name)
    if (size) return size
    // A cycle counts as nothing here; validation refuses it.
    sizes.set(name, { fields: 0, depth: 0 })
    const fragment = fragments.get(name)
    const found = fragment ? sizeOf(fragment.selectionSet) : { fields: 0, depth: 0 }
    sizes.set(name, found)
    return found
  }
  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    let [fields, depth] = [0, 0]
    for (const selection of selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? sizeOfFragment(selection.name.value)
          : selection.selectionSet
            ? sizeOf(selection.selectionSet)
            : { fields: 0, depth: 0 }
      const own = selection.kind === Kind.FIELD ? 1 : 0
      fields += inner.fields + own
      depth = Math.max(depth, inner.depth + own)
    }
    return { fields, depth }
  }
  for (const definition of document.definitions) {
    if (!('selectionSet' in definition)) continue
    checkAlike(definition.selectionSet)
    const { fields, depth } = sizeOf(definition.selectionSet)
    if (fields > LIMITS.fields) throw tooLarge(`more than ${LIMITS.fields} fields`)
    if (depth > LIMITS.depth) throw tooLarge(`fields more than ${LIMITS.depth} deep`)
  }
}

/** Validation compares all fields of one name in one place with each other. */
function checkAlike(set: SelectionSetNode): void {
  const times = new Map<string, number>()
  const count = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) count(selection.selectionSet)
      if (selection.kind !== Kind.FIELD) continue
      const name = (selection.alias ?? selection.name).value
      const n = (times.get(name) ?? 0) + 1
      if (n > LIMITS.alike) throw tooLarge(`"${name}" more than ${LIMITS.alike} times in one place`)
      times.set(name, n)
      if (selection.selectionSet) checkAlike(selection.selectionSet)
    }
  }
  count(set)
}

function tooLarge(what: string): GraphQLError {
  return new GraphQLError(`The document is too large: it has ${what}.`, {
    extensions: { error: 'document_too_large', remedy: 'Ask for less at once, in several documents.' },
  })
}

import type { Severity } from '@groundplane/core'

export interface DiagnosticCode {
  readonly severity: Severity
  /** What the code means, for documentation and search. */
  readonly summary: string
  /** What to do, unless the place that reports it says something more exact. */
  readonly remedy: string
}

const error = (summary: string, remedy: string): DiagnosticCode => ({ severity: 'error', summary, remedy })
const warning = (summary: string, remedy: string): DiagnosticCode => ({
  severity: 'warning',
  summary,
  remedy,
})

const SYNTAX = {
  'source-too-large': error(
    'A file exceeds the size limit of one source text.',
    'Split the file; one schema or query file may hold 2 MiB of text and 200,000 tokens.',
  ),
  'nesting-too-deep': error(
    'Blocks, lists or expressions are nested deeper than the limit.',
    'Flatten the nesting; at most 64 levels are read.',
  ),
  'unexpected-character': error(
    'A character that no rule of the language uses.',
    'Remove it, or put it inside a "double-quoted" string.',
  ),
  'unterminated-string': error(
    'A string is opened and never closed.',
    'Close it with a double quote; write a quote inside as \\".',
  ),
  'unterminated-comment': error('A block comment is opened and never closed.', 'Close it with */.'),
  'invalid-escape': error(
    'A backslash is followed by a character that means nothing.',
    'Use one of \\" \\\\ \\n \\r \\t, or write \\\\ for a backslash.',
  ),
  'syntax-error': error('The text does not follow the grammar.', 'Correct the text at the marked place.'),
} as const satisfies Record<string, DiagnosticCode>

const SCHEMA = {
  'schema-too-large': error(
    'A schema declares more types or indexes, or a type more properties, than a graph holds.',
    'A schema may declare 1,000 types, a type 1,000 properties, and all of them 2,000 @index and @unique: split the graph, or merge types that are alike.',
  ),
  'duplicate-type': error(
    'Two declarations of one kind share a name (edge names: ignoring case).',
    'Rename or remove one of them.',
  ),
  'duplicate-property': error('A type declares a property twice.', 'Rename or remove one of them.'),
  'duplicate-enum-value': error('An enum lists a value twice.', 'Remove one of them.'),
  'reserved-property': error(
    'A property takes a name that means something else on every entity of its kind.',
    'Choose another name; id (except as the key of a node) and on edges from, to, src, dst are kept by the graph.',
  ),
  'unknown-type': error('A name does not refer to a declared type.', 'Declare the type or correct the name.'),
  'unknown-value-type': error(
    'A property or parameter type does not exist.',
    'Use String, Bool, I32, I64, U32, U64, F32, F64, Date, DateTime, Blob, [T], enum(…) or Vector(n).',
  ),
  'unknown-property': error(
    'A name does not refer to a property of the type.',
    'Declare the property or correct the name.',
  ),
  'invalid-list-type': error(
    'A list of something that lists cannot hold.',
    'Use a list of a scalar, like [String].',
  ),
  'invalid-vector-dimension': error(
    'A vector has no or too many dimensions.',
    'Give a whole number from 1 to 65536, like Vector(768).',
  ),
  'interface-conflict': error(
    'A node redeclares an interface property with another type, or two interfaces disagree.',
    'Give the property the same type and nullability everywhere, or rename it.',
  ),
  'duplicate-constraint': error('A constraint that may stand once stands twice.', 'Keep one of them.'),
  'unsupported-constraint': error(
    'A constraint does not apply to this kind of declaration or property.',
    'Remove the constraint, or move it where it applies.',
  ),
  'nullable-key': error(
    'A key property is nullable.',
    'Remove the ? from its type, or leave it out of the key.',
  ),
  'invalid-constraint': error(
    'The arguments of a constraint are missing or of the wrong form.',
    'Write @key(p), @unique(p, q), @index(p), @range(p, 0..10) or @check(p, "regex").',
  ),
  'invalid-range': error(
    'A range is empty, reversed, or its bounds do not fit the property.',
    'Write @range(property, min..max) with min at most max; either side may be left out.',
  ),
  'invalid-pattern': error(
    'A @check pattern is no valid regular expression.',
    'Write an ECMAScript regular expression; escape a backslash in the string as \\\\.',
  ),
  'invalid-cardinality': error(
    'A cardinality is reversed, too large or misplaced.',
    'Write @card(min..max) or @card(min..) on the edge, with min at most max.',
  ),
  'invalid-annotation': error(
    'A known annotation is used with the wrong value or in the wrong place.',
    'Give the annotation the value and place it is documented with.',
  ),
  'invalid-default': error(
    'A @default that new entities could not be given.',
    'Write @default(value) with a value that the property and its constraints allow, on a property that is neither a key nor a Blob.',
  ),
  'invalid-embed': error(
    'An @embed does not connect a vector property with a string property of the same type.',
    'Write @embed("source") on a Vector(n) property, where source is a String property of the same type.',
  ),
} as const satisfies Record<string, DiagnosticCode>

const QUERY = {
  'duplicate-query': error('Two queries of one file share a name.', 'Rename or remove one of them.'),
  'duplicate-parameter': error('A query declares a parameter twice.', 'Rename or remove one of them.'),
  'unknown-edge': error('A traversal names no declared edge.', 'Declare the edge or correct the name.'),
  'unknown-variable': error(
    'A variable is neither bound by the pattern nor a parameter.',
    'Bind it in match, declare it as a parameter, or correct the name.',
  ),
  'unknown-alias': error(
    'A bare name refers to no earlier projection.',
    'Name the projection with `as`, or write a string in double quotes.',
  ),
  'unknown-function': error(
    'A call names no function.',
    'Use count, sum, avg, min, max, a search function, lower, upper, trim, length, concat, substring, coalesce or nodes.',
  ),
  'invalid-arguments': error(
    'A function is called with too few, too many or unfit arguments.',
    'Call it with the arguments it is documented with.',
  ),
  'variable-conflict': error(
    'A variable is bound again as something else.',
    'Use a new variable name, or bind it as the same type.',
  ),
  'variable-not-visible': error(
    'A variable of an optional block is used where it may be null.',
    'Bind it outside first, or move the clause into the optional block.',
  ),
  'endpoint-mismatch': error(
    'A traversal starts or ends at a node type the edge does not connect.',
    'Use an edge between these types, or correct the variables.',
  ),
  'undirected-mismatch': error(
    'An undirected traversal over an edge whose ends differ in type.',
    'Write the traversal without < >.',
  ),
  'invalid-hops': error(
    'Hop bounds are missing a side, reversed or zero.',
    'Write {min,max} with 1 ≤ min ≤ max.',
  ),
  'edge-variable-with-hops': error(
    'An edge variable on a traversal of several hops.',
    'Remove the bounds, or bind the path: $p = $a edge{1,4} $b.',
  ),
  'uncorrelated-block': error(
    'A not, exists or optional block shares no variable with the pattern before it.',
    'Use a variable bound before the block inside it, or move the block below the clause that binds it.',
  ),
  'blob-value': error(
    'A Blob is used as a value of a query.',
    'Leave it out; a Blob may only be assigned in insert and update.',
  ),
  'type-mismatch': error(
    'A value of one type stands where another is needed.',
    'Use a value of the expected type.',
  ),
  'literal-out-of-range': error(
    'A number does not fit the type it is used as.',
    'Use a number inside the range of the type, or widen the type.',
  ),
  'unknown-enum-value': error('A string is no member of the enum.', 'Use one of the values of the enum.'),
  'invalid-date': error(
    'A date or datetime literal does not name a moment.',
    'Write date("2026-01-31") or datetime("2026-01-31T08:30:00Z").',
  ),
  'null-for-required': error(
    'A required property is given null.',
    'Give it a value, or make it nullable with ?.',
  ),
  'misplaced-aggregate': error(
    'An aggregate stands where rows are not grouped yet, or inside another aggregate.',
    'Aggregate in return, give the result a name with `as`, and use the name in order.',
  ),
  'misplaced-search': error(
    'A search function stands where it has no meaning.',
    'Filter in match with search, match_text or fuzzy; rank in return or order with bm25, nearest or rrf.',
  ),
  'ungrouped-order': error(
    'The order of an aggregated or distinct result uses a value that is not returned.',
    'Add the value to return, or order by something that is returned.',
  ),
  'duplicate-column': error(
    'Two projections have the same name.',
    'Give one of them another name with `as`.',
  ),
  'limit-required': error('A ranking by nearest or rrf has no limit.', 'Add `limit n` after order.'),
  'invalid-limit': error(
    'A limit or offset is not a whole number in range.',
    'Use a number from 0 to 2147483647.',
  ),
  'mixed-write': error(
    'A query both deletes and inserts or updates.',
    'Split it into two queries: the inserts and updates, then the deletes.',
  ),
  'missing-property': error(
    'An insert leaves out a required property.',
    'Give the property a value, or make it nullable with ?.',
  ),
  'missing-endpoint': error(
    'An edge is inserted without one of its ends.',
    'Give both: insert Edge { from: $a, to: $b }.',
  ),
  'duplicate-assignment': error('A property is assigned twice.', 'Remove one of the assignments.'),
  'immutable-property': error(
    'An update assigns a key property or an endpoint.',
    'Leave it out; delete the entity and insert another instead.',
  ),
  'variable-shadows-parameter': warning(
    'A pattern variable has the name of a parameter; alone it means the parameter.',
    'Rename one of them.',
  ),
  'unknown-annotation': warning(
    'A query annotation that nothing reads.',
    'Use @description, @instruction or @deprecated, or remove it.',
  ),
  'unused-parameter': warning('A parameter is declared and never used.', 'Use the parameter or remove it.'),
  'mutation-without-parameters': warning(
    'A mutation has no parameters, so it writes the same values each time.',
    'Declare the values that vary as parameters.',
  ),
  'cartesian-product': warning(
    'Parts of a pattern are not connected, so every row of one meets every row of the other.',
    'Connect the parts with a traversal, or with a filter that compares them.',
  ),
} as const satisfies Record<string, DiagnosticCode>

/** Found by looking at a whole graph: its schema, all its queries and how many rows it has. */
const GRAPH = {
  'never-set-property': warning(
    'A nullable property of a type that queries write is set by none of them.',
    'Set it in an insert or update, or remove it from the schema.',
  ),
  'unindexed-filter': warning(
    'A query filters a large type by a property without an index.',
    'Add @index behind the property, or filter by an indexed one as well.',
  ),
} as const satisfies Record<string, DiagnosticCode>

/** Every code this package can report. Nothing else defines a code, a severity or a general remedy. */
export const DIAGNOSTIC_CODES = { ...SYNTAX, ...SCHEMA, ...QUERY, ...GRAPH } as const satisfies Record<
  string,
  DiagnosticCode
>

export type DiagnosticCodeName = keyof typeof DIAGNOSTIC_CODES

/**
 * The few shapes of the parser's tree that the resolver reads by name. A node is
 * an object with one member: its kind, holding its body. Everything the resolver
 * does not name is walked generically, so an expression kind it has never heard
 * of still yields the columns inside it.
 */
export type SqlNode = Readonly<Record<string, unknown>>

/** `span` counts Unicode code points, not UTF-16 units. */
export interface Identifier {
  readonly name: string
  readonly quoted?: boolean
  readonly span?: { readonly start: number; readonly end: number } | null
}

export interface ColumnBody {
  readonly name: Identifier
  readonly table?: Identifier | null
}

export interface StarBody {
  readonly table?: Identifier | null
  readonly except?: readonly Identifier[] | null
  readonly replace?: readonly { readonly this: SqlNode; readonly alias: Identifier }[] | null
  readonly rename?: readonly (readonly [Identifier, Identifier])[] | null
}

export interface TableBody {
  readonly name: Identifier
  readonly schema?: Identifier | null
  readonly catalog?: Identifier | null
  readonly alias?: Identifier | null
  readonly column_aliases?: readonly Identifier[]
}

export interface AliasBody {
  readonly this: SqlNode
  readonly alias: Identifier
  readonly column_aliases?: readonly Identifier[]
}

export interface SubqueryBody {
  readonly this: SqlNode
  readonly alias?: Identifier | null
  readonly column_aliases?: readonly Identifier[]
  readonly lateral?: boolean
  readonly order_by?: { readonly expressions: readonly OrderedBody[] } | null
}

export interface OrderedBody {
  readonly this: SqlNode
}

export interface JoinBody {
  readonly this: SqlNode
  readonly on?: SqlNode | null
  readonly using?: readonly Identifier[]
  readonly kind: string
}

export interface JoinedTableBody {
  readonly left: SqlNode
  readonly joins: readonly JoinBody[]
  readonly alias?: Identifier | null
}

export interface CteBody {
  readonly alias: Identifier
  readonly this: SqlNode
  readonly columns?: readonly Identifier[]
}

export interface WithBody {
  readonly ctes: readonly CteBody[]
  readonly recursive?: boolean
}

export interface WindowSpecBody {
  readonly window_name?: Identifier | null
  readonly partition_by?: readonly SqlNode[]
  readonly order_by?: readonly OrderedBody[]
}

export interface SelectBody {
  readonly expressions?: readonly SqlNode[]
  readonly from?: { readonly expressions: readonly SqlNode[] } | null
  readonly joins?: readonly JoinBody[]
  readonly lateral_views?: readonly LateralViewBody[]
  readonly where_clause?: { readonly this: SqlNode } | null
  readonly group_by?: { readonly expressions: readonly SqlNode[] } | null
  readonly having?: { readonly this: SqlNode } | null
  readonly qualify?: { readonly this: SqlNode } | null
  readonly order_by?: { readonly expressions: readonly OrderedBody[] } | null
  readonly distinct_on?: readonly SqlNode[] | null
  readonly windows?: readonly { readonly name: Identifier; readonly spec: WindowSpecBody }[] | null
  readonly with?: WithBody | null
  readonly into?: { readonly this?: SqlNode | null } | null
  readonly connect?: { readonly connect?: SqlNode | null; readonly start?: SqlNode | null } | null
}

export interface LateralViewBody {
  readonly this: SqlNode
  readonly table_alias?: Identifier | null
  readonly column_aliases?: readonly Identifier[]
}

export interface SetOperationBody {
  readonly left: SqlNode
  readonly right: SqlNode
  readonly with?: WithBody | null
  readonly by_name?: boolean
  readonly order_by?: { readonly expressions: readonly OrderedBody[] } | null
}

export interface ValuesBody {
  readonly expressions: readonly { readonly expressions: readonly SqlNode[] }[]
  readonly alias?: Identifier | null
  readonly column_aliases?: readonly Identifier[]
}

export interface InsertBody {
  readonly table: TableBody
  readonly columns?: readonly Identifier[]
  readonly query?: SqlNode | null
  readonly values?: readonly (readonly SqlNode[])[]
  readonly with?: WithBody | null
  readonly on_conflict?: SqlNode | null
  readonly by_name?: boolean
}

export interface UpdateBody {
  readonly table: TableBody
  readonly set: readonly (readonly [Identifier, SqlNode])[]
  readonly from_clause?: { readonly expressions: readonly SqlNode[] } | null
  readonly from_joins?: readonly JoinBody[]
  readonly table_joins?: readonly JoinBody[]
  readonly extra_tables?: readonly TableBody[]
  readonly where_clause?: { readonly this: SqlNode } | null
  readonly with?: WithBody | null
}

export interface DeleteBody {
  readonly table: TableBody
  readonly alias?: Identifier | null
  readonly using?: readonly TableBody[]
  readonly where_clause?: { readonly this: SqlNode } | null
  readonly with?: WithBody | null
}

export interface CreateViewBody {
  readonly name: TableBody
  readonly columns?: readonly { readonly name: Identifier }[]
  readonly query: SqlNode
}

export interface CreateTableBody {
  readonly name: TableBody
  readonly as_select?: SqlNode | null
  readonly columns?: readonly { readonly name: Identifier }[]
  readonly clone_source?: TableBody | null
  readonly with_cte?: WithBody | null
}

/** The kind of a node; `''` for something that is not a node. */
export function kindOf(node: SqlNode | null | undefined): string {
  if (node === null || node === undefined || typeof node !== 'object' || Array.isArray(node)) return ''
  const keys = Object.keys(node)
  return keys.length === 1 ? (keys[0] as string) : ''
}

/** The body of a node known to be of `kind`; the caller names the shape. */
export function bodyOf<T>(node: SqlNode, kind: string): T {
  return node[kind] as T
}

export function isObject(value: unknown): value is SqlNode {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function isIdentifier(value: unknown): value is Identifier {
  return isObject(value) && typeof value.name === 'string'
}

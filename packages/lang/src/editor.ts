/**
 * What an editor asks of a text, correct or not: completions, hovers, definitions, outlines, the
 * variables of a place. Pure, as the rest of the package; positions are offsets into the text.
 */
export type { Completion, CompletionKind } from './edit/completion.js'
export type { Definition, Hover, OutlineSymbol } from './edit/outline.js'
export { completeQueries } from './edit/query-completion.js'
export { defineInQueries, hoverQueries, outlineQueries, variablePlaces } from './edit/query-services.js'
export { completeSchema, defineInSchema, hoverSchema, outlineSchema } from './edit/schema-services.js'
export { type PropertyView, SchemaView, type TypeView, viewSchema } from './edit/schema-view.js'

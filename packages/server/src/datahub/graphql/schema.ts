import { buildSchema, type GraphQLSchema } from 'graphql'
import { ANNOTATION_TYPES } from './sdl/annotation.js'
import { ASSET_TYPES } from './sdl/asset.js'
import { DATASET_TYPES } from './sdl/dataset.js'
import { MUTATION_TYPES } from './sdl/mutation.js'
import { QUALITY_TYPES } from './sdl/quality.js'
import { SEARCH_TYPES } from './sdl/search.js'

let built: GraphQLSchema | undefined

/**
 * The part of DataHub's GraphQL schema that its MCP server uses, under DataHub's names. Every output
 * but a URN may be null here, also where DataHub promises a value: the record is what was sent. What
 * the record has as a word is a `String`, also where DataHub has an enumeration.
 */
export function datahubSchema(): GraphQLSchema {
  built ??= buildSchema(
    [SEARCH_TYPES, DATASET_TYPES, ASSET_TYPES, ANNOTATION_TYPES, QUALITY_TYPES, MUTATION_TYPES].join('\n'),
  )
  return built
}

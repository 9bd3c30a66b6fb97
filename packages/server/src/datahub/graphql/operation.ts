import { GroundplaneError } from '@groundplane/core'
import { type ExecutionResult, execute, type GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { errorReply } from '../../http/error-reply.js'
import { readDocument } from './document.js'
import { type MakeEdit, mutationsOf } from './mutations.js'
import { readField, typeOf } from './read-field.js'
import type { Reader } from './reader.js'
import { rootOf } from './root.js'
import { datahubSchema } from './schema.js'

export interface GraphqlRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/**
 * Answers a request of GraphQL. What is wrong with it, and what a field could not be read for, is in
 * `errors` as DataHub has them there; only what is our own failure is thrown. Mutations follow each other, each made
 * by `makeEdit` whatever became of the one before.
 */
export async function runGraphql(
  request: GraphqlRequest,
  reader: Reader,
  makeEdit: MakeEdit,
): Promise<object> {
  const document = readDocument(request.query)
  if (!('kind' in document)) return { errors: document.map(invalid) }
  const result = (await execute({
    schema: datahubSchema(),
    document,
    rootValue: { ...rootOf(reader), ...mutationsOf(reader, makeEdit) },
    variableValues: request.variables ?? undefined,
    operationName: request.operationName ?? undefined,
    fieldResolver: readField,
    typeResolver: typeOf,
  })) as ExecutionResult
  const { data, errors } = result
  if (!errors) return { data }
  return { errors: errors.map(data === undefined ? invalid : failed), ...(data !== undefined && { data }) }
}

function invalid(error: GraphQLError): object {
  const { error: code = 'query_invalid', ...more } = error.extensions
  return shown(error, {
    classification: 'ValidationError',
    code: 400,
    type: 'BAD_REQUEST',
    error: code,
    ...more,
  })
}

/** As DataHub names the classes of what goes wrong while fields are read. */
const TYPES: Readonly<Record<number, string>> = { 400: 'BAD_REQUEST', 403: 'UNAUTHORIZED', 404: 'NOT_FOUND' }

function failed(error: GraphQLError): object {
  const { originalError } = error
  if (originalError === undefined) return invalid(error)
  if (!(originalError instanceof GroundplaneError)) throw originalError
  const { status } = errorReply(originalError, '')
  if (status >= 500 && status !== 501) throw originalError
  return shown(error, {
    classification: 'DataFetchingException',
    code: status,
    type: TYPES[status] ?? 'BAD_REQUEST',
    error: originalError.code,
    remedy: originalError.remedy,
  })
}

function shown({ message, locations, path }: GraphQLError, extensions: GraphQLErrorExtensions): object {
  return { message, ...(locations && { locations }), ...(path && { path }), extensions }
}

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

/** Where a request stands in the server. */
export interface Occasion {
  readonly requestId: string
  /** Takes what is worth an operator's attention and is not thrown. */
  readonly onUnexpected: (error: Error) => void
}

/**
 * Answers a request of GraphQL. What is wrong with it, and what a field could not be read for, is in
 * `errors` as DataHub has them there; only what is our own failure is thrown. Mutations follow each other, each made
 * by `makeEdit` whatever became of the one before; once one of them is made our own failures are in `errors`, too,
 * since the answer is all that tells what is written.
 */
export async function runGraphql(
  request: GraphqlRequest,
  reader: Reader,
  makeEdit: MakeEdit,
  occasion: Occasion,
): Promise<object> {
  const document = readDocument(request.query)
  if (!('kind' in document)) return { errors: document.map(invalid) }
  let anyMade = false
  const made: MakeEdit = async (tool, args) => {
    const done = await makeEdit(tool, args)
    anyMade = true
    return done
  }
  const result = (await execute({
    schema: datahubSchema(),
    document,
    rootValue: { ...rootOf(reader), ...mutationsOf(reader, made) },
    variableValues: request.variables ?? undefined,
    operationName: request.operationName ?? undefined,
    fieldResolver: readField,
    typeResolver: typeOf,
  })) as ExecutionResult
  const { data, errors } = result
  if (!errors) return { data }
  if (data === undefined) return { errors: errors.map(invalid) }
  return { errors: errors.map((error) => failed(error, anyMade, occasion)), data }
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

function failed(error: GraphQLError, anyMade: boolean, { requestId, onUnexpected }: Occasion): object {
  const { originalError } = error
  if (originalError === undefined) return invalid(error)
  const { status, body, unexpected } = errorReply(originalError, requestId)
  const isOurs = !(originalError instanceof GroundplaneError) || (status >= 500 && status !== 501)
  if (isOurs && !anyMade) throw originalError
  if (unexpected) onUnexpected(originalError)
  const { code, message, remedy } = body.error
  const extensions = {
    classification: 'DataFetchingException',
    code: status,
    type: TYPES[status] ?? (isOurs ? 'SERVER_ERROR' : 'BAD_REQUEST'),
    error: code,
    remedy,
  }
  return shown({ message, locations: error.locations, path: error.path }, extensions)
}

type Shown = Pick<GraphQLError, 'message' | 'locations' | 'path'>

function shown({ message, locations, path }: Shown, extensions: GraphQLErrorExtensions): object {
  return { message, ...(locations && { locations }), ...(path && { path }), extensions }
}

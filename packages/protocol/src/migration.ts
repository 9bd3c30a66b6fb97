import { z } from 'zod'
import { diagnostic } from './error.js'
import { optional, receipt } from './json.js'

/** Migrations of a schema, in the shapes of the reference server with additions. */

/** `allow_data_loss` erases what is dropped from past commits too, for good. */
export const schemaPlanRequest = z
  .strictObject({
    schema_source: z.string().min(1),
    branch: optional(z.string().min(1).max(200)),
    allow_data_loss: z.boolean().optional(),
  })
  .meta({ id: 'SchemaPlanRequest' })
export type SchemaPlanRequest = z.infer<typeof schemaPlanRequest>

const migrationStep = z
  .looseObject({
    kind: z.string(),
    entity: z.string(),
    type: z.string(),
    property: z.string().optional(),
  })
  .meta({ id: 'MigrationStep' })

export const schemaPlanOutput = z
  .looseObject({
    uri: z.string(),
    supported: z.boolean(),
    step_count: z.int().min(0),
    steps: z.array(migrationStep),
    diagnostics: z.array(diagnostic),
    receipt,
  })
  .meta({ id: 'SchemaPlanOutput' })
export type SchemaPlanOutput = z.infer<typeof schemaPlanOutput>

export const schemaApplyRequest = schemaPlanRequest.meta({ id: 'SchemaApplyRequest' })
export type SchemaApplyRequest = z.infer<typeof schemaApplyRequest>

export const schemaApplyOutput = schemaPlanOutput
  .extend({ applied: z.boolean(), graph_manifest_version: z.int() })
  .meta({ id: 'SchemaApplyOutput' })
export type SchemaApplyOutput = z.infer<typeof schemaApplyOutput>

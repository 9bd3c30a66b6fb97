import { SourceError } from '../source-error.js'
import { NO_METADATA, parseMetadata, type SourceMetadata } from './source-metadata.js'

/** What the metadata file of a source says; nothing when it has none. Throws `SourceError` `source_metadata_invalid`. */
export function readMetadata(source: {
  readonly platformInstance: string
  readonly metadata?: string
}): SourceMetadata {
  if (source.metadata === undefined) return NO_METADATA
  const { metadata, diagnostics } = parseMetadata(source.metadata)
  if (metadata) return metadata
  throw new SourceError(
    'invalid',
    'source_metadata_invalid',
    `the metadata of ${source.platformInstance} has ${diagnostics.length} mistakes`,
    {
      remedy: 'Correct the metadata file; each diagnostic says where and how.',
      diagnostics,
    },
  )
}

import { z } from 'zod'
import * as catalog from './catalog.js'
import { type CatalogTool, clamped, offset, read, urnList, write } from './tool-definition.js'

const documentUrn = z.string().trim().min(1).describe('URN of a document, as search_documents gives it')

/** Texts about data: runbooks, decisions, analyses. */
export const documentTools = {
  search_documents: read('search_documents', {
    title: 'Search documents',
    description:
      'Find runbooks, decisions, analyses and other texts about data by words, as search does; without their contents. ' +
      'Read one with get_entities, or look into several with grep_documents.',
    input: {
      query: z.string().default('*').describe('Words, * or /q …'),
      semantic_query: z
        .string()
        .optional()
        .describe('Not answered here: there are no embeddings of documents. Put its words into query'),
      filter: z.string().optional().describe('e.g. entity_subtype = Decision'),
      num_results: clamped(0, 50, 10).describe('0 to 50; 0 gives totals and facets only'),
      offset,
    },
    output: catalog.searchResult,
  }),
  grep_documents: read('grep_documents', {
    title: 'Look for a pattern in documents',
    description:
      'Where a regular expression matches in documents, with the text around each match. ' +
      'A pattern may begin with (?i). Positions count from the beginning of the document, whatever start_offset is.',
    input: {
      urns: urnList.describe('URNs of documents; each must exist'),
      pattern: z.string().min(1).describe('Regular expression'),
      context_chars: clamped(0, 2000, 200).describe('Characters of text on each side of a match'),
      max_matches_per_doc: clamped(1, 100, 5),
      start_offset: offset.describe('Where to begin in each document, in characters'),
    },
    output: catalog.documentMatches,
  }),
  save_document: write('save_document', {
    title: 'Save a document',
    description:
      'Keeps a text about data for others to find: a new document, or with urn another version of one that is there. ' +
      'What a source brings cannot be changed. Everything it names must exist.',
    input: {
      document_type: z.enum([
        'Insight',
        'Decision',
        'FAQ',
        'Analysis',
        'Summary',
        'Recommendation',
        'Note',
        'Context',
      ]),
      title: z.string().trim().min(1).max(500),
      content: z.string().min(1).max(1_000_000).describe('Markdown'),
      urn: documentUrn.optional().describe('The document to change; a new one when left out'),
      topics: urnList.optional().describe('URNs of tags that exist'),
      related_documents: urnList.optional().describe('URNs of documents'),
      related_assets: urnList.optional().describe('URNs of datasets and other entities it is about'),
    },
    output: catalog.savedDocument,
    destructive: true,
  }),
} as const satisfies Record<string, CatalogTool>

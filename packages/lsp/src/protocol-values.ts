import type { Diagnostic } from '@groundplane/core'
import type { Completion, CompletionKind, OutlineSymbol } from '@groundplane/lang/editor'
import {
  type CompletionItem,
  CompletionItemKind,
  DiagnosticSeverity,
  type DocumentSymbol,
  type Diagnostic as ProtocolDiagnostic,
  type Range,
  SymbolKind,
} from 'vscode-languageserver'
import type { TextDocument } from 'vscode-languageserver-textdocument'

export function toRange(
  document: TextDocument,
  span: { readonly start: number; readonly end: number },
): Range {
  return { start: document.positionAt(span.start), end: document.positionAt(span.end) }
}

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const

export function toDiagnostic(document: TextDocument, diagnostic: Diagnostic): ProtocolDiagnostic {
  const { range, remedy } = diagnostic
  const span = { start: range?.start.offset ?? 0, end: range?.end.offset ?? 0 }
  return {
    range: toRange(document, span),
    severity: SEVERITIES[diagnostic.severity],
    code: diagnostic.code,
    source: 'groundplane',
    message: remedy === undefined ? diagnostic.message : `${diagnostic.message}\n${remedy}`,
  }
}

const COMPLETIONS: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  node: CompletionItemKind.Class,
  edge: CompletionItemKind.Reference,
  interface: CompletionItemKind.Interface,
  property: CompletionItemKind.Property,
  variable: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  annotation: CompletionItemKind.Keyword,
  'enum-value': CompletionItemKind.EnumMember,
  'value-type': CompletionItemKind.TypeParameter,
}

export function toCompletionItem(document: TextDocument, completion: Completion): CompletionItem {
  const { label, kind, detail, documentation } = completion
  return {
    label,
    kind: COMPLETIONS[kind],
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && { documentation: { kind: 'markdown', value: documentation } }),
    textEdit: { range: toRange(document, completion.replace), newText: label },
  }
}

const SYMBOLS: Readonly<Record<OutlineSymbol['kind'], SymbolKind>> = {
  node: SymbolKind.Class,
  edge: SymbolKind.Event,
  interface: SymbolKind.Interface,
  property: SymbolKind.Property,
  query: SymbolKind.Function,
  mutation: SymbolKind.Method,
}

export function toDocumentSymbol(document: TextDocument, symbol: OutlineSymbol): DocumentSymbol {
  return {
    name: symbol.name,
    kind: SYMBOLS[symbol.kind],
    detail: symbol.detail,
    range: toRange(document, symbol.extent),
    selectionRange: toRange(document, symbol.span),
    children: symbol.children.map((child) => toDocumentSymbol(document, child)),
  }
}

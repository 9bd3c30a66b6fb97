import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import oniguruma from 'vscode-oniguruma'
import textmate from 'vscode-textmate'

const FOLDER = fileURLToPath(new URL('../../../editors/vscode/', import.meta.url))
const require = createRequire(import.meta.url)

function json(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(FOLDER + path, 'utf8')) as Record<string, unknown>
}

interface Manifest {
  main: string
  name: string
  publisher: string
  engines: { vscode: string }
  contributes: {
    languages: { id: string; extensions: string[]; configuration: string }[]
    grammars: { language: string; scopeName: string; path: string }[]
    configuration: { properties: Record<string, { default: unknown }> }
    commands: { command: string }[]
  }
}

const MANIFEST = json('package.json') as unknown as Manifest

describe('the extension manifest', () => {
  it('names both languages, their grammars and files that exist', () => {
    const { languages, grammars } = MANIFEST.contributes
    expect(languages.map(({ id, extensions }) => [id, extensions])).toEqual([
      ['groundplane-pg', ['.pg']],
      ['groundplane-gq', ['.gq']],
    ])
    expect(grammars.map(({ language }) => language)).toEqual(languages.map(({ id }) => id))
    for (const path of [
      ...languages.map((l) => l.configuration),
      ...grammars.map((g) => g.path),
      'README.md',
    ])
      expect(existsSync(FOLDER + path), path).toBe(true)
    for (const { path, scopeName } of grammars) expect(json(path)['scopeName']).toBe(scopeName)
  })

  it('starts what the command line has, with settings and commands the code knows', () => {
    const source = readFileSync(`${FOLDER}src/extension.ts`, 'utf8')
    const { configuration, commands } = MANIFEST.contributes
    expect(configuration.properties['groundplane.arguments']?.default).toEqual(['lsp'])
    for (const name of [...Object.keys(configuration.properties), ...commands.map(({ command }) => command)])
      expect(source).toContain(`'${name}'`)
    expect(readFileSync(`${FOLDER}vite.config.mjs`, 'utf8')).toContain(MANIFEST.main.replace('./dist/', ''))
    expect(MANIFEST.engines.vscode).toMatch(/^\^1\.\d+\.0$/)
  })

  it('has a language configuration whose patterns compile', () => {
    const configuration = json('language-configuration.json') as {
      wordPattern: string
      indentationRules: Record<string, string>
    }
    const whole = new RegExp(`^(?:${configuration.wordPattern})$`)
    expect(['$name', 'starts_with', 'Person'].every((word) => whole.test(word))).toBe(true)
    for (const pattern of Object.values(configuration.indentationRules)) new RegExp(pattern)
  })
})

describe('the grammars', () => {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'))
  const onigLib = oniguruma.loadWASM(new Uint8Array(wasm).buffer).then(() => ({
    createOnigScanner: (patterns: string[]) => oniguruma.createOnigScanner(patterns),
    createOnigString: (text: string) => oniguruma.createOnigString(text),
  }))
  const registry = new textmate.Registry({
    onigLib,
    loadGrammar: async (scopeName) => {
      const { path = '' } = MANIFEST.contributes.grammars.find((g) => g.scopeName === scopeName) ?? {}
      return textmate.parseRawGrammar(readFileSync(FOLDER + path, 'utf8'), path)
    },
  })

  /** Each piece of the text that is no white space, with its innermost scope without the language. */
  async function scopes(language: 'pg' | 'gq', text: string): Promise<[string, string][]> {
    const grammar = await registry.loadGrammar(`source.groundplane-${language}`)
    let state = textmate.INITIAL
    const found: [string, string][] = []
    for (const line of text.split('\n')) {
      const { tokens, ruleStack } = grammar?.tokenizeLine(line, state) ?? { tokens: [], ruleStack: state }
      state = ruleStack
      for (const { startIndex, endIndex, scopes: all } of tokens) {
        const piece = line.slice(startIndex, endIndex).trim()
        if (piece) found.push([piece, (all.at(-1) ?? '').replace(`.groundplane-${language}`, '')])
      }
    }
    return found
  }

  it('tell declarations, types, properties, enum values and annotations of a schema apart', async () => {
    const text =
      'node Person implements Named { // who\n  kind: enum(a-b, 1x)? @description("a \\"b\\"")\n  @range(age, -1..3)\n}'
    const found = await scopes('pg', text)
    expect(found).toEqual(
      expect.arrayContaining([
        ['node', 'keyword.declaration'],
        ['Person', 'entity.name.type'],
        ['implements', 'keyword.other'],
        ['kind', 'variable.other.property'],
        ['enum', 'support.type'],
        ['a-b', 'constant.other.enum-value'],
        ['1x', 'constant.other.enum-value'],
        ['description', 'entity.name.function.decorator'],
        ['\\"', 'constant.character.escape'],
        ['..', 'keyword.operator'],
        ['3', 'constant.numeric'],
      ]),
    )
    expect(found.filter(([, scope]) => scope.startsWith('comment')).map(([piece]) => piece)).toContain('//')
  })

  it('tell sections, variables, edges, functions and operators of a query apart', async () => {
    const text = `query friends($n: String) {
  match {
    $p: Person { name: $n, match: 1 }
    $p $e:knows $q
    $q livesIn{1,3} $r
    not { $p <knows> $_ }
    $q.age > 3 and $q.name starts_with "x"
  }
  return { count($q) as n }
  limit 5
}`
    const found = await scopes('gq', text)
    expect(found).toEqual(
      expect.arrayContaining([
        ['query', 'keyword.declaration'],
        ['friends', 'entity.name.function'],
        ['n', 'variable.parameter'],
        ['String', 'support.type'],
        ['match', 'keyword.control'],
        ['match', 'variable.other.property'],
        ['Person', 'entity.name.type'],
        ['knows', 'entity.name.type.edge'],
        ['livesIn', 'entity.name.type.edge'],
        ['not', 'keyword.control'],
        ['age', 'variable.other.property'],
        ['and', 'keyword.operator.word'],
        ['starts_with', 'keyword.operator.word'],
        ['count', 'support.function'],
        ['limit', 'keyword.control'],
        ['5', 'constant.numeric'],
      ]),
    )
  })

  it('leave no word of either language without a colour', async () => {
    const plain = (found: readonly [string, string][]) =>
      found.filter(([, scope]) => scope.startsWith('source'))
    expect(
      plain(await scopes('pg', 'interface I { a: [String]? @key b: Vector(3) }\nedge E: A -> B @card(0..1)')),
    ).toEqual([])
    expect(
      plain(
        await scopes(
          'gq',
          'query w($a: I32?) @deprecated { update T set { a: null } where b != 1.5 delete T where c contains $a }',
        ),
      ),
    ).toEqual([])
  })
})

/** What a command prints its result as. `table` is for people, the rest for programs. */
export type Format = 'table' | 'json' | 'jsonl' | 'csv' | 'kv'
export const FORMATS: readonly Format[] = ['table', 'json', 'jsonl', 'csv', 'kv']

/** What an orchestrator tells of its runs: each starts, and completes with schemas, columns and the SQL. */

const JOBS = 50
const TABLES = 200
const COLUMNS = 10
const PRODUCER = 'https://github.com/apache/airflow/tree/providers-openlineage/2.0.0'
const NAMESPACE = 'postgres://warehouse:5432'
const facet = (members: object) => ({
  _producer: PRODUCER,
  _schemaURL: 'https://openlineage.io/spec/facets/1-0-0/Facet.json',
  ...members,
})
const columns = Array.from({ length: COLUMNS }, (_, i) => `column_${i}`)
const table = (i: number) => ({ namespace: NAMESPACE, name: `shop.public.table_${i % TABLES}` })
const schema = facet({ fields: columns.map((name) => ({ name, type: 'integer' })) })

/** The JSON text of the `n`th event: an even one starts a run, the next one completes it. */
export function eventText(n: number): string {
  const run = n >> 1
  const job = run % JOBS
  const [left, right, output] = [table(job), table(job + 1), table(job + 100)]
  const isEnd = n % 2 === 1
  const fields = Object.fromEntries(
    columns.map((field) => [
      field,
      {
        inputFields: [
          { ...left, field },
          { ...right, field },
        ],
      },
    ]),
  )
  return JSON.stringify({
    eventType: isEnd ? 'COMPLETE' : 'START',
    eventTime: new Date(Date.UTC(2026, 10, 21) + n * 1000).toISOString(),
    run: { runId: `00000000-0000-7000-8000-${String(run).padStart(12, '0')}` },
    job: {
      namespace: 'prod',
      name: `nightly.task_${job}`,
      facets: isEnd
        ? { sql: facet({ query: `INSERT INTO table_${job + 100} SELECT * FROM table_${job}` }) }
        : {},
    },
    inputs: [left, right].map((of) => (isEnd ? { ...of, facets: { schema } } : of)),
    outputs: [isEnd ? { ...output, facets: { schema, columnLineage: facet({ fields }) } } : output],
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json',
  })
}

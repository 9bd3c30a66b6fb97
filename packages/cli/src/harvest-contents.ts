import type { HarvestReport } from '@groundplane/catalog'

/** What a source had, by its own kinds: `2 tables, 1 view`; `11 models, 3 seeds, 25 tests` of what is no database. */
export function harvestContents({
  counts,
  tables,
  views,
}: Pick<HarvestReport, 'counts' | 'tables' | 'views'>): string {
  const there = counts
    ? Object.entries(counts).filter(([, count]) => count > 0)
    : Object.entries({ tables, views })
  return (
    there
      .map(
        ([kind, count]) => `${count.toLocaleString('en-US')} ${count === 1 ? kind.replace(/s$/, '') : kind}`,
      )
      .join(', ') || 'nothing'
  )
}

/** The same for the line that closes a harvest, with the rows that were counted where there are tables to count. */
export function harvestSummary(
  report: Pick<HarvestReport, 'counts' | 'tables' | 'views' | 'rows' | 'commit' | 'written'>,
): string {
  const rows = report.counts ? '' : `, ${report.rows.toLocaleString('en-US')} rows counted`
  return `${harvestContents(report)}${rows}; ${report.commit ? `${report.written} aspects written` : 'unchanged'}`
}

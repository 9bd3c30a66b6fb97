/**
 * The report as the crew wrote it. It is Markdown from the server, partly in a
 * model's words, so nothing of it is trusted: raw HTML stays text, links keep
 * only safe schemes, and images (a way to call out) are not shown.
 */
import Markdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import type { RaisedEntry } from '../run/run-view'
import { CopyButton } from '../shell/copy-button'
import { FlagIcon } from '../shell/icons'
import { parseDatasetUrn } from '../text/dataset-urn'

// The report's headings continue the page's own outline, whose sections are h3.
const components: Components = {
  h1: ({ children }) => <h4 className="report-h1">{children}</h4>,
  h2: ({ children }) => <h5>{children}</h5>,
  h3: ({ children }) => <h6>{children}</h6>,
  a: ({ href, children }) => (
    <a href={href} rel="noreferrer noopener" target="_blank">
      {children}
    </a>
  ),
  // A block that scrolls sideways must be reachable by keyboard to be scrolled.
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  table: ({ children }) => (
    <div className="report-table">
      <table>{children}</table>
    </div>
  ),
}

export function ReportPanel({
  markdown,
  incidents,
  raised,
}: {
  markdown: string
  incidents: string[]
  raised: RaisedEntry[]
}) {
  return (
    <section className="section" aria-labelledby="report-title">
      <div className="section-head">
        <h3 className="section-title" id="report-title">
          Report
        </h3>
        <CopyButton text={markdown} label="Copy Markdown" />
      </div>
      <div className={incidents.length > 0 ? 'report-grid' : ''}>
        <article className="report">
          <Markdown
            remarkPlugins={[remarkGfm]}
            components={components}
            disallowedElements={['img']}
            unwrapDisallowed
          >
            {markdown}
          </Markdown>
        </article>
        {incidents.length > 0 ? <Incidents incidents={incidents} raised={raised} /> : null}
      </div>
    </section>
  )
}

function Incidents({ incidents, raised }: { incidents: string[]; raised: RaisedEntry[] }) {
  return (
    <aside className="incidents" aria-labelledby="incidents-title">
      <h4 id="incidents-title">Incidents raised</h4>
      <ul>
        {incidents.map((urn) => {
          const event = raised.find((entry) => entry.incident === urn)
          return (
            <li key={urn}>
              <FlagIcon />
              <div>
                {event ? (
                  <>
                    <code>{parseDatasetUrn(event.dataset).table}</code>
                    <p>{event.title}</p>
                  </>
                ) : null}
                <p className="urn">
                  <span>{urn}</span>
                  <CopyButton text={urn} label="Copy incident URN" quiet />
                </p>
              </div>
            </li>
          )
        })}
      </ul>
    </aside>
  )
}

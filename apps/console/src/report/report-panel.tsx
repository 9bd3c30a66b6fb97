/**
 * The report as the crew wrote it. It is Markdown from the server, partly in a
 * model's words, so nothing of it is trusted: raw HTML stays text, links keep
 * only safe schemes, and images (a way to call out) are not shown.
 */
import { useLayoutEffect, useRef, useState } from 'react'
import Markdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { CopyButton } from '../shell/copy-button'

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
  input: ({ checked }) => (
    <input
      type="checkbox"
      checked={checked === true}
      readOnly
      disabled
      aria-label={checked ? 'done' : 'to do'}
    />
  ),
  // A block that scrolls sideways must be reachable by keyboard to be scrolled.
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block without focus is closed to the keyboard
    <pre tabIndex={0}>{children}</pre>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block without focus is closed to the keyboard
    <section className="report-table" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  ),
}

/** Reports up to this tall, in pixels, are shown whole. */
const SHORT_PX = 960

/** `markdown` is final when it is first shown: a report is written once, at the end of its run. */
export function ReportPanel({ markdown }: { markdown: string }) {
  const article = useRef<HTMLElement>(null)
  const [long, setLong] = useState(false)
  const [whole, setWhole] = useState(false)

  useLayoutEffect(() => {
    setLong((article.current?.scrollHeight ?? 0) > SHORT_PX)
  }, [])

  return (
    <section className="section" aria-labelledby="report-title">
      <div className="section-head">
        <h3 className="section-title" id="report-title">
          Report
        </h3>
        <CopyButton text={markdown} label="Copy Markdown" />
      </div>
      <article ref={article} id="report" className={long && !whole ? 'report report-folded' : 'report'}>
        <Markdown
          remarkPlugins={[remarkGfm]}
          components={components}
          disallowedElements={['img']}
          unwrapDisallowed
        >
          {markdown}
        </Markdown>
      </article>
      {long ? (
        <p className="report-more">
          <button
            type="button"
            className="button"
            aria-expanded={whole}
            aria-controls="report"
            onClick={() => setWhole(!whole)}
          >
            {whole ? 'Show less' : 'Show the whole report'}
          </button>
        </p>
      ) : null}
    </section>
  )
}

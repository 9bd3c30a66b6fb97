import { CulpritIcon, HealthyIcon, UnwatchedIcon } from '../shell/icons'
import type { Check } from './use-branch-review'

const WORDS: Record<string, { good: string; bad: string; unknown?: string }> = {
  changes_something: { good: 'It changes something', bad: 'It changes nothing' },
  made_by_tools: {
    good: 'All of it is shown here: it was made by the proposing tool alone',
    bad: 'It may hold more than is shown: not all of it was made by the proposing tool',
  },
  entities_exist: { good: 'What it is about is on main', bad: 'Something it is about is not on main' },
  merges: {
    good: 'It merges with main as it is now',
    bad: 'It does not merge with main as it is now',
    unknown: 'Whether it merges with main is for those to see who may merge',
  },
}

/** What was checked of a proposal: pictogram, words, and the reasons where one fails. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="checks" aria-label="Checks">
      {checks.map(({ check, ok, why }) => {
        const words = WORDS[check] ?? { good: check, bad: check }
        const look = ok === null ? 'unwatched' : ok ? 'healthy' : 'failing'
        const Icon = ok === null ? UnwatchedIcon : ok ? HealthyIcon : CulpritIcon
        return (
          <li key={check}>
            <span className={`health-state health-${look}`}>
              <Icon size={14} />
              {ok === null ? (words.unknown ?? `${words.good}: not known`) : ok ? words.good : words.bad}
            </span>
            {ok === false && check !== 'merges'
              ? why?.map((reason) => (
                  <p key={reason} className="check-why">
                    {reason}
                  </p>
                ))
              : null}
          </li>
        )
      })}
    </ul>
  )
}

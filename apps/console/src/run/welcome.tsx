import { CheckerIcon, CoordinatorIcon, DetectiveIcon, FixerIcon } from '../shell/icons'

const STEPS = [
  { icon: CoordinatorIcon, name: 'Coordinator', text: 'reads the sentence and plans the run.' },
  {
    icon: DetectiveIcon,
    name: 'Detective',
    text: 'finds the dataset it is about and walks its lineage upstream.',
  },
  {
    icon: CheckerIcon,
    name: 'Reality-Checker',
    text: 'compares the recorded assertions of production with the reference, at the same time.',
  },
  {
    icon: FixerIcon,
    name: 'Fixer',
    text: 'drafts the postmortem and raises an incident on each dataset at fault.',
  },
]

/** What stands here before the first run. */
export function Welcome({ mayStart }: { mayStart: boolean }) {
  return (
    <section className="welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">No run yet</h2>
      <p>
        {mayStart
          ? 'Write what someone noticed, in their words. Four roles work'
          : 'When somebody writes what they noticed, four roles work'}{' '}
        on the catalog and come back with the cause, the evidence and the blast radius.
      </p>
      <ol>
        {STEPS.map(({ icon: Icon, name, text }) => (
          <li key={name}>
            <span className="pane-icon">
              <Icon />
            </span>
            <p>
              <strong>{name}</strong> {text}
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}

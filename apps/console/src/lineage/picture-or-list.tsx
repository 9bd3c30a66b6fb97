export type LineageView = 'picture' | 'list'

/** Chooses how a lineage is shown. */
export function PictureOrList({
  shown,
  onChoose,
}: {
  shown: LineageView
  onChoose: (view: LineageView) => void
}) {
  return (
    <fieldset className="chips">
      <legend className="visually-hidden">Show the lineage as</legend>
      {(['picture', 'list'] as const).map((choice) => (
        <button
          key={choice}
          type="button"
          className="chip"
          aria-pressed={shown === choice}
          onClick={() => onChoose(choice)}
        >
          {choice === 'picture' ? 'Picture' : 'List'}
        </button>
      ))}
    </fieldset>
  )
}

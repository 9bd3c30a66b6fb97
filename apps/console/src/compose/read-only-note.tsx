/** Stands where the sentence form would, for a token whose actor may look at runs and not start one. */
export function ReadOnlyNote() {
  return (
    <section className="compose read-only" aria-labelledby="read-only-title">
      <h2 id="read-only-title">You may read runs, not start them</h2>
      <p>
        Starting a run changes the catalog, and the policy does not allow that to the actor of your token. Ask
        an operator for a rule that allows <code>change</code>, or open the console with another token.
      </p>
    </section>
  )
}

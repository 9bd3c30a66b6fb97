/** Runs the body of a command and turns what it returns (the exit code, 0 when nothing) into the process's. */
export type Act = (json: boolean, body: () => Promise<number | undefined>) => Promise<void>

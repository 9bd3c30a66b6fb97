import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../command.js'
import { ServedCluster, TOKENS } from './served-cluster.js'

/**
 * `npm run test:http`: Schemathesis against the OpenAPI document of a serving process, with a real token.
 * GROUNDPLANE_HTTP_SECONDS bounds it (default 600), or GROUNDPLANE_HTTP_CASES does, the cases of an operation, always
 * the same ones; GROUNDPLANE_HTTP_SEED repeats a run. Exits 0 when no
 * check failed, the server is still well and its log has nothing unexpected.
 */
const DIRECTORY = join(REPOSITORY, 'test/schemathesis')

async function main(): Promise<number> {
  const program = installed()
  const seconds = Number(process.env['GROUNDPLANE_HTTP_SECONDS'] ?? 600)
  const seed = Number(process.env['GROUNDPLANE_HTTP_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const cluster = await ServedCluster.start()
  const scratch = mkdtempSync(join(tmpdir(), 'groundplane-schemathesis-'))
  try {
    process.stdout.write(`schemathesis: GROUNDPLANE_HTTP_SEED=${seed}\n`)
    const code = await run(program, cluster, { seconds, seed, scratch })
    const complaints = await complaintsOf(cluster)
    for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
    return code === 0 && complaints.length === 0 ? 0 : 1
  } finally {
    await cluster.dispose()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The path of the program, installed when it is not. */
function installed(): string {
  const script = join(REPOSITORY, 'test/install-schemathesis.sh')
  const { status, stdout } = spawnSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`${script} exited ${status}`)
  return join(stdout.trim(), 'bin/schemathesis')
}

function run(
  program: string,
  { url }: ServedCluster,
  { seconds, seed, scratch }: { seconds: number; seed: number; scratch: string },
): Promise<number | null> {
  const commits = commitsOf(url)
  return commits.then((ids) => {
    const args = ['--config-file', join(DIRECTORY, 'schemathesis.toml'), 'run', `${url}/openapi.json`]
    args.push('--header', `Authorization: Bearer ${TOKENS.operator}`, '--seed', String(seed))
    // One worker: before Python 3.12 two threads that read syntax trees can fail each other (python/cpython#106905).
    args.push('--workers', '1', '--no-color')
    // A count makes the same cases on a slow machine as on a fast one; time makes as many as there is time for.
    const cases = process.env['GROUNDPLANE_HTTP_CASES']
    if (cases === undefined) args.push('--max-time', String(seconds))
    else
      args.push(
        '--max-examples',
        cases,
        '--phases',
        'examples,coverage,fuzzing',
        '--generation-deterministic',
      )
    const child = spawn(program, args, {
      cwd: scratch,
      env: {
        ...process.env,
        PYTHONPATH: DIRECTORY,
        SCHEMATHESIS_HOOKS: 'hooks',
        GROUNDPLANE_HTTP_COMMITS: ids.join(','),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  })
}

async function commitsOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/graphs/team/commits`, {
    headers: { authorization: `Bearer ${TOKENS.operator}` },
  })
  const { commits } = (await answer.json()) as { commits: { graph_commit_id: string }[] }
  return commits.map((commit) => commit.graph_commit_id)
}

/** What is wrong with the server after it all; none of it is a matter of one answer. */
async function complaintsOf(cluster: ServedCluster): Promise<string[]> {
  const complaints: string[] = []
  if (!cluster.alive) complaints.push('the server has ended')
  else {
    const ready = await fetch(`${cluster.url}/readyz`)
    if (ready.status !== 200) complaints.push(`the server is not ready: ${await ready.text()}`)
  }
  const errors = cluster.log.split('\n').filter((line) => /"level":(50|60)/.test(line))
  if (errors.length > 0) complaints.push(`the log has ${errors.length} errors, the first: ${errors[0]}`)
  return complaints
}

process.exitCode = await main()

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { CLI, REPOSITORY } from './command.js'

// What deploy/ says is held against the tools that will read it: Helm and the JSON schemas of Kubernetes where
// test/install-deploy-tools.sh has put them, systemd where it is installed, and the command itself.

const DEPLOY = join(REPOSITORY, 'deploy')
const CHART = join(DEPLOY, 'helm/groundplane')
const TOOLS = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'groundplane/deploy-tools-v3.19.0-1.37.0',
)
const HELM = join(TOOLS, 'helm')
const VALIDATE = join(TOOLS, 'python/bin/kubernetes-validate')
const NO_TOOLS = !existsSync(HELM) || !existsSync(VALIDATE)
const NO_SYSTEMD = spawnSync('systemd-analyze', ['--version']).status !== 0

const FULL = [
  'tokens.externalSecret.enabled=true',
  'tokens.externalSecret.secretStoreRef.name=vault',
  'tokens.externalSecret.remoteKey=groundplane/tokens',
  'readers.enabled=true',
  'readers.snapshotClaim=snapshot',
  'cluster.dir=/cluster',
  'cluster.apply=true',
  'writer.podDisruptionBudget.enabled=true',
  'writer.volume.storageClass=fast',
  'podAnnotations.team=data',
]
const SMALL = ['tokens.existingSecret=tokens']

// biome-ignore lint/suspicious/noExplicitAny: manifests are read by path; the validator has held them against their schemas
type Manifest = any

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'groundplane-deploy-'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function helm(command: 'template' | 'lint', values: readonly string[], kubeVersion = '1.33.0') {
  const name = command === 'template' ? ['release'] : []
  const flags = command === 'template' ? ['--namespace', 'data'] : ['--strict']
  const args = [command, ...name, CHART, '--kube-version', kubeVersion, ...flags, '--set', values.join(',')]
  const env = { ...process.env, HELM_CACHE_HOME: scratch, HELM_CONFIG_HOME: scratch, HELM_DATA_HOME: scratch }
  return spawnSync(HELM, args, { encoding: 'utf8', env })
}

function render(values: readonly string[]): { text: string; manifests: Manifest[] } {
  const { status, stdout, stderr } = helm('template', values)
  expect(status, stderr).toBe(0)
  return { text: stdout, manifests: parseAllDocuments(stdout).map((document) => document.toJS()) }
}

const ofKind = (manifests: Manifest[], kind: string): Manifest[] => manifests.filter((m) => m.kind === kind)
const podsOf = (manifests: Manifest[]): Manifest[] =>
  manifests.flatMap((m) => (m.spec?.template?.spec ? [m.spec.template.spec] : []))

describe.skipIf(NO_TOOLS)('the chart', () => {
  it.each([
    ['with the fewest values', SMALL],
    ['with everything on', FULL],
  ])('lints and renders to manifests that fit the schemas of Kubernetes, %s', (_name, values) => {
    const linted = helm('lint', values)
    expect(linted.status, linted.stdout + linted.stderr).toBe(0)
    const file = join(scratch, 'rendered.yaml')
    for (const version of ['1.25.0', '1.33.0', '1.37.0']) {
      const rendered = helm('template', values, version)
      expect(rendered.status, rendered.stderr).toBe(0)
      writeFileSync(file, rendered.stdout)
      const checked = spawnSync(VALIDATE, ['--strict', '-k', version, file], { encoding: 'utf8' })
      const said = checked.stdout + checked.stderr
      expect(checked.status, said).toBe(0)
      expect(said.match(/passed for resource/g)).toHaveLength(values === FULL ? 8 : 3)
      // The one kind that is not of Kubernetes itself.
      expect(said.match(/find schema for kind (\w+)/g) ?? []).toEqual(
        values === FULL ? ['find schema for kind ExternalSecret'] : [],
      )
    }
  })

  it('is validated by something that refuses a manifest that is wrong', () => {
    const file = join(scratch, 'wrong.yaml')
    writeFileSync(
      file,
      render(SMALL).text.replace('readOnlyRootFilesystem: true', 'readOnlyRootFileSystem: true'),
    )
    expect(spawnSync(VALIDATE, ['--strict', '-k', '1.33.0', file]).status).not.toBe(0)
  })

  it('has one writer on one volume, which nothing scales', () => {
    const { manifests } = render(FULL)
    const [writer, ...others] = ofKind(manifests, 'StatefulSet')
    expect(others).toEqual([])
    expect(writer.spec.replicas).toBe(1)
    expect(writer.spec.volumeClaimTemplates[0].spec.accessModes).toEqual(['ReadWriteOnce'])
    for (const scaler of ofKind(manifests, 'HorizontalPodAutoscaler'))
      expect(scaler.spec.scaleTargetRef.kind).toBe('Deployment')
    expect(helm('template', [...SMALL, 'writer.replicas=2']).status).not.toBe(0)
    expect(helm('template', [...SMALL, 'writer.volume.accessMode=ReadWriteMany']).status).not.toBe(0)
  })

  it('has readers that refuse writes, scaled on CPU alone and by the autoscaler alone', () => {
    const { manifests } = render(FULL)
    const [readers] = ofKind(manifests, 'Deployment')
    expect(readers.spec).not.toHaveProperty('replicas')
    expect(readers.spec.template.spec.containers[0].args).toContain('--read-only')
    const [scaler] = ofKind(manifests, 'HorizontalPodAutoscaler')
    expect(scaler.spec.metrics.map((m: Manifest) => [m.type, m.resource.name])).toEqual([['Resource', 'cpu']])
    // What is scaled on a share of has to be asked for.
    expect(readers.spec.template.spec.containers[0].resources.requests.cpu).toBeDefined()
    const volumes = readers.spec.template.spec.volumes
    expect(volumes.find((v: Manifest) => v.name === 'data')).toHaveProperty('emptyDir')
    expect(volumes.find((v: Manifest) => v.name === 'snapshot').persistentVolumeClaim.readOnly).toBe(true)
  })

  it('gives every container no right it does not need, and every server its probes', () => {
    for (const pod of podsOf(render(FULL).manifests)) {
      expect(pod.automountServiceAccountToken).toBe(false)
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const container of [...pod.containers, ...pod.initContainers])
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      const [server] = pod.containers
      expect(server.livenessProbe.httpGet.path).toBe('/healthz')
      expect(server.startupProbe.httpGet.path).toBe('/healthz')
      expect(server.readinessProbe.httpGet.path).toBe('/readyz')
      expect(server.resources.limits).toHaveProperty('memory')
    }
  })

  it('lets connect whom it is told, and lets out name look-ups', () => {
    const [policy] = ofKind(render(SMALL).manifests, 'NetworkPolicy')
    expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress'])
    expect(policy.spec.ingress).toEqual([
      { ports: [{ port: 'http', protocol: 'TCP' }], from: [{ podSelector: {} }] },
    ])
    expect(policy.spec.egress).toHaveLength(1)
    expect(policy.spec.egress[0].ports.map((p: Manifest) => p.port)).toEqual([53, 53])
  })

  it('budgets disruptions of the readers so that a drain gets on, and of the writer only when asked', () => {
    const budgets = (values: readonly string[]) =>
      ofKind(render(values).manifests, 'PodDisruptionBudget').map((b) => [
        b.metadata.name,
        b.spec.maxUnavailable,
      ])
    expect(budgets(FULL).sort()).toEqual([
      ['release-groundplane', undefined],
      ['release-groundplane-readers', 1],
    ])
    expect(budgets(SMALL)).toEqual([])
  })

  it('renders the same bytes each time, with nothing that a controller or the API server would add', () => {
    const { text, manifests } = render(FULL)
    expect(render(FULL).text).toBe(text)
    for (const { metadata, spec } of manifests) {
      expect(metadata).not.toHaveProperty('annotations')
      const given = spec.template?.metadata.annotations
      if (spec.template) expect(given).toEqual({ team: 'data' })
    }
    const [secret] = ofKind(manifests, 'ExternalSecret')
    expect(secret.spec).toEqual({
      refreshPolicy: 'Periodic',
      refreshInterval: '1h0m0s',
      secretStoreRef: { kind: 'SecretStore', name: 'vault' },
      target: { name: 'release-groundplane-tokens', creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      data: [
        {
          secretKey: 'tokens.json',
          remoteRef: {
            key: 'groundplane/tokens',
            conversionStrategy: 'Default',
            decodingStrategy: 'None',
            metadataPolicy: 'None',
            nullBytePolicy: 'Ignore',
          },
        },
      ],
    })
  })

  it.each([
    ['no tokens', ['image.tag=x']],
    ['readers without a snapshot', [...SMALL, 'readers.enabled=true']],
    ['an external secret without a store', ['tokens.externalSecret.enabled=true']],
    [
      'a refresh interval the API server would rewrite',
      [...FULL, 'tokens.externalSecret.refreshInterval=1h'],
    ],
    ['a target on memory', [...FULL, 'readers.autoscaling.targetMemoryUtilizationPercentage=70']],
    ['a value that is none', [...SMALL, 'servise.port=80']],
  ])('refuses %s', (_name, values) => {
    expect(helm('template', values).status).not.toBe(0)
  })

  it('starts the command with flags that it has', () => {
    const help = execFileSync(process.execPath, [CLI, 'serve', '--help'], { encoding: 'utf8' })
    const flags = podsOf(render(FULL).manifests).flatMap((pod) => pod.containers[0].args.slice(1) as string[])
    expect(flags.length).toBeGreaterThan(6)
    for (const flag of flags) expect(help).toContain(` ${flag.split('=')[0]} `)
  })
})

const dockerfile = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8').replace(/\\\n\s*/g, ' ')
const stages = dockerfile.split(/^FROM /m).slice(1)

describe('the image', () => {
  it('is built in one stage and run in another, as nobody, with the scripts that are there', () => {
    expect(stages).toHaveLength(2)
    const last = stages.at(-1) as string
    expect(last).toMatch(/^USER 65532:65532$/m)
    expect(last).toMatch(/^COPY --from=build --chown=0:0 \/app \/app$/m)
    expect(last.match(/^(RUN|ADD) .*$/gm)).toEqual(['RUN mkdir /data && chown 65532:65532 /data'])
    for (const [, script] of dockerfile.matchAll(/^RUN sh (\S+)/gm)) {
      expect(spawnSync('sh', ['-n', join(REPOSITORY, script as string)]).status).toBe(0)
    }
    expect(dockerfile).not.toMatch(/token=|password|secret=/i)
  })

  it('says it is healthy while the server answers, and ill when it does not', async () => {
    const command = /HEALTHCHECK [^\n]*CMD (\[.*\])/.exec(dockerfile)?.[1]
    const [, ...args] = JSON.parse(command as string) as string[]
    let status = 200
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status).end('{}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { execFile } = await import('node:child_process')
    const check = () =>
      new Promise<number>((done) => {
        const child = execFile(
          process.execPath,
          args.map((arg) => arg.replace(':8080/', `:${port}/`)),
        )
        child.on('exit', (code) => done(code ?? -1))
      })
    expect(await check()).toBe(0)
    status = 500
    expect(await check()).toBe(1)
    await new Promise((done) => server.close(done))
    expect(await check()).toBe(1)
    expect(asked).toEqual(['/healthz', '/healthz'])
  })

  // Installs from the registry: minutes. `npm test` leaves it out; what is not run is said in docs/deployment.md.
  it.skipIf(!process.env['GROUNDPLANE_TEST_IMAGE'])(
    'is assembled by its script to a command that runs, without tools of development',
    { timeout: 1_200_000 },
    () => {
      const app = join(scratch, 'app')
      execFileSync('sh', [join(DEPLOY, 'image/assemble.sh'), REPOSITORY, app], { stdio: 'ignore' })
      const ran = execFileSync(join(app, 'bin/groundplane'), ['--version'], { encoding: 'utf8' })
      expect(ran.trim()).toBe('0.1.0')
      expect(existsSync(join(app, 'apps/console/dist/index.html'))).toBe(true)
      for (const tool of ['vitest', 'typescript', '@biomejs', 'playwright-core', 'kuzu', 'fast-check'])
        expect([tool, existsSync(join(app, 'node_modules', tool))]).toEqual([tool, false])
    },
  )
})

describe.skipIf(NO_SYSTEMD)('the systemd unit', () => {
  const unit = readFileSync(join(DEPLOY, 'systemd/groundplane.service'), 'utf8')

  it('is verified by systemd', () => {
    // The command is not installed on the machine of the test; everything else of the unit stands.
    const file = join(scratch, 'groundplane.service')
    writeFileSync(file, unit.replace('/usr/local/bin/groundplane', process.execPath))
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect([verified.status, verified.stdout + verified.stderr]).toEqual([0, ''])
  })

  it('is exposed to little: 2.0 or less of 10 by the measure of systemd', () => {
    const file = join(DEPLOY, 'systemd/groundplane.service')
    const args = ['security', '--offline=yes', '--threshold=20', file]
    const measured = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    expect(measured.status, measured.stdout + measured.stderr).toBe(0)
  })

  it('starts the command with flags that it has', () => {
    const help = execFileSync(process.execPath, [CLI, 'serve', '--help'], { encoding: 'utf8' })
    const flags = [...unit.matchAll(/^ExecStart=.*$/gm)].flatMap(([line]) => line.match(/--[\w-]+/g) ?? [])
    expect(flags).toEqual(['--cluster', '--bind', '--tokens-file'])
    for (const flag of flags) expect(help).toContain(` ${flag} `)
  })
})

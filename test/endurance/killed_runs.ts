/**
 * Commands that are killed at random moments and repeated until they finish; what they leave must be what an
 * undisturbed run leaves.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { hostRandom } from '../../src/data/host_random.js';
import { fill, idx } from '../data/fixtures.js';
import { difference, filesIn } from './same_files.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));

export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** What is typed after a kill, in the folder where `args` were. */
  readonly again: (cwd: string) => readonly string[];
}

const DATA = ['--data', '../garments'];
const forced = (args: readonly string[]) => (): readonly string[] => [...args, '--force'];

function scenario(name: string, args: readonly string[], again: Scenario['again'] = () => args): Scenario {
  return { name, args, again };
}

const TRAIN = [
  'train',
  ...DATA,
  '--model',
  'lenet5',
  '--epochs',
  '4',
  '--augment',
  'shift=2',
  '--schedule',
  'onecycle',
  '--out',
  'out',
];
const VAE = [
  'vae',
  ...DATA,
  '--latent',
  '4',
  '--hidden',
  '16',
  '--batch',
  '50',
  '--epochs',
  '6',
  '--conditional',
  '--out',
  'out',
];
const INDEX = ['index', '../run', ...DATA, '--out', 'out'];

export const SCENARIOS: readonly Scenario[] = [
  scenario('train', TRAIN, (cwd) =>
    existsSync(join(cwd, 'out/last.safetensors')) ? ['train', '--resume', 'out'] : forced(TRAIN)(),
  ),
  scenario('compare', [
    'compare',
    ...DATA,
    '--models',
    'mlp,lenet5',
    '--epochs',
    '2',
    '--seeds',
    '0,1',
    '--out',
    'out',
  ]),
  scenario('imbalance', [
    'imbalance',
    ...DATA,
    '--model',
    'mlp',
    '--epochs',
    '2',
    '--minority',
    '4',
    '--n-f',
    '5',
    '--seeds',
    '2',
    '--methods',
    'plain,oversample:4,vae:4',
    '--vae-epochs',
    '4',
    '--latent',
    '8',
    '--vae-hidden',
    '32',
    '--classifier-epochs',
    '3',
    '--out',
    'out',
  ]),
  scenario('vae', VAE, forced(VAE)),
  scenario('index', INDEX, forced(INDEX)),
];

/** Small drawn garments as IDX files; for `index` a run besides, of which it takes the model. */
export async function prepare(home: string, scenarios: readonly Scenario[]): Promise<void> {
  mkdirSync(join(home, 'garments'));
  const { train, test } = syntheticGarments({ train: 400, test: 100, seed: 3 });
  for (const [part, data] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    if (data !== null)
      fill(join(home, 'garments'), {
        [`${part}-images-idx3-ubyte`]: idx([data.count, 28, 28], data.images),
        [`${part}-labels-idx1-ubyte`]: idx([data.count], data.labels),
      });
  }
  if (scenarios.some(({ name }) => name === 'index'))
    await finish(['train', '--data', 'garments', '--model', 'mlp', '--epochs', '1', '--out', 'run'], home);
}

interface Ended {
  /** null: killed. */
  readonly code: number | null;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs the command line in `cwd`; kills it after so many milliseconds, unless it has ended. */
function weft(args: readonly string[], cwd: string, killAfter: number | null): Promise<Ended> {
  const began = performance.now();
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd,
    env: { ...process.env, WEFT_TUNE: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const timer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stderr, milliseconds: performance.now() - began });
    });
  });
}

/** @throws when it does not end with 0; returns its milliseconds. */
async function finish(args: readonly string[], cwd: string): Promise<number> {
  const { code, stderr, milliseconds } = await weft(args, cwd, null);
  if (code !== 0) throw new Error(`weft ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return milliseconds;
}

export interface Reference {
  readonly scenario: Scenario;
  readonly cwd: string;
  /** Of an undisturbed run, as the machine is now: kills are drawn within it. */
  milliseconds: number;
}

/** The undisturbed run of a scenario. */
export async function undisturbed(home: string, of: Scenario): Promise<Reference> {
  const cwd = join(home, of.name);
  mkdirSync(cwd);
  return { scenario: of, cwd, milliseconds: await finish(of.args, cwd) };
}

export interface Outcome {
  readonly kills: number;
  /** Runs that went on, or began anew, after a kill. */
  readonly resumed: number;
  /** What is not as in the undisturbed run, in words; null: nothing. */
  readonly problem: string | null;
}

/**
 * Runs a scenario, kills it up to `kills` times at moments drawn by `seed`, repeats it until it has finished, and looks
 * at what it left.
 */
export async function killed(home: string, reference: Reference, kills: number, seed: number): Promise<Outcome> {
  const of = reference.scenario;
  const cwd = join(home, `${of.name}-${seed}`);
  mkdirSync(cwd);
  const random = hostRandom(seed);
  let done = 0;
  let resumed = 0;
  for (let args = of.args; ; args = of.again(cwd), resumed++) {
    const after = done < kills ? (random.uint32() / 2 ** 32) * reference.milliseconds : null;
    const { code, stderr, milliseconds } = await weft(args, cwd, after);
    // it was faster than its kill
    if (code === 0 && done === 0) reference.milliseconds = Math.min(reference.milliseconds, milliseconds);
    if (code === 0) break;
    if (code !== null || after === null)
      return {
        kills: done,
        resumed,
        problem: `weft ${args.join(' ')} ended with ${code} after ${done} kills:\n${stderr}`,
      };
    done++;
  }
  const hidden = filesIn(cwd).filter((name) => /(^|\/)\.weft-/.test(name));
  const problem =
    hidden.length > 0
      ? `left behind: ${hidden.join(', ')}`
      : difference(join(reference.cwd, 'out'), join(cwd, 'out'), [reference.cwd, cwd]);
  return { kills: done, resumed, problem };
}

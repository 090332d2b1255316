/**
 * `npm run test:ranks -- [--kills N] [--seed S]`: two ranks train, one of them is killed (SIGKILL) at a random moment,
 * and the run is gone on with; its checkpoints must hold the numbers of a run that nobody disturbed. Takes minutes. Its
 * last line: `N passed, N failed, N skipped`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { hostRandom } from '../../src/data/host_random.js';
import { LAUNCHERS, mpirun, pidOfRank, type Launcher } from '../collective/mpirun.js';

const WEFT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));
const TRAIN = ['train', '--data', 'synthetic', '--model', 'lenet5', '--epochs', '6', '--optimizer', 'sgd'];
/** All ranks must have ended so long after one was killed. */
const SECONDS = 10;

function numberOf(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const home = mkdtempSync(join(tmpdir(), 'weft-kill-ranks-'));
const count = { passed: 0, failed: 0 };

async function undisturbed(mpi: Launcher): Promise<{ folder: string; seconds: number }> {
  const began = performance.now();
  const folder = `whole-${mpi.name}`;
  const { code, stderr } = await mpirun(mpi, 2, [WEFT, ...TRAIN, '--out', folder], { cwd: home });
  if (code !== 0) throw new Error(stderr);
  return { folder, seconds: (performance.now() - began) / 1000 };
}

/** Null when both folders have the same numbers in both checkpoints. */
async function difference(one: string, other: string): Promise<string | null> {
  for (const name of ['last.safetensors', 'best.safetensors']) {
    const [a, b] = await Promise.all([one, other].map((folder) => readCheckpoint(join(home, folder, name))));
    for (const [key, { data }] of a.tensors)
      if (Buffer.compare(data, b.tensors.get(key)?.data ?? new Uint8Array(0)) !== 0) return `${name}: ${key}`;
  }
  return null;
}

/** One run whose rank is killed after a while. */
async function killed(
  mpi: Launcher,
  out: string,
  rank: number,
  after: number,
): Promise<{ ended: number; said: string }> {
  let at = 0;
  const timer = setTimeout(() => {
    const pid = pidOfRank(out, rank);
    if (pid === null) return;
    at = performance.now();
    process.kill(pid, 'SIGKILL');
  }, after);
  const { stdout, stderr } = await mpirun(mpi, 2, [WEFT, ...TRAIN, '--out', out], { cwd: home });
  clearTimeout(timer);
  return { ended: at === 0 ? Number.NaN : (performance.now() - at) / 1000, said: stdout + stderr };
}

const kills = numberOf('kills', 10);
const random = hostRandom(numberOf('seed', 1));
try {
  const wholes = new Map<Launcher, { folder: string; seconds: number }>();
  for (const mpi of LAUNCHERS) wholes.set(mpi, await undisturbed(mpi));
  for (let n = 0; n < kills && LAUNCHERS.length > 0; n++) {
    const mpi = LAUNCHERS[n % LAUNCHERS.length];
    const whole = wholes.get(mpi) as { folder: string; seconds: number };
    const rank = n % 4 < 2 ? 0 : 1;
    const after = 1000 * (1.5 + random.uniform() * (whole.seconds - 1.5));
    const out = `run${n}`;
    const { ended, said } = await killed(mpi, out, rank, after);
    const hasSaved = existsSync(join(home, out, 'last.safetensors'));
    const again = hasSaved ? ['train', '--resume', out] : [...TRAIN, '--out', out, '--force'];
    const { code, stderr } = await mpirun(mpi, 2, [WEFT, ...again], { cwd: home });
    const problem = code === 0 ? await difference(whole.folder, out) : stderr.slice(-300);
    const isSlow = ended > SECONDS;
    const isSilent = !Number.isNaN(ended) && !/signal 9/.test(said);
    const isRight = problem === null && !isSlow && !isSilent;
    count[isRight ? 'passed' : 'failed']++;
    say(
      `${mpi.name}, rank ${rank} killed after ${(after / 1000).toFixed(1)} s: ` +
        (Number.isNaN(ended) ? 'it had ended already' : `all ended within ${ended.toFixed(2)} s`) +
        `${isSilent ? `, WITHOUT A WORD: ${JSON.stringify(said.slice(-300))}` : ''}; ` +
        `${hasSaved ? 'resumed' : 'begun again'}: ` +
        (problem === null ? 'the same numbers' : `DIFFERENT: ${problem}`),
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
if (count.failed > 0) process.exitCode = 1;
say(`\n${count.passed} passed, ${count.failed} failed, ${LAUNCHERS.length === 0 ? 1 : 0} skipped`);

/**
 * `npm run test:kill -- [--kills N] [--seed S]`: train, compare, imbalance, vae and index are killed (SIGKILL) at
 * random moments and repeated until they finish; their files must be those of an undisturbed run, times aside
 * (same_files.ts names them). Takes minutes. Its last lines: `N kills, N resumed, N identical, N different`, then `N
 * passed, N failed, N skipped`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killed, prepare, SCENARIOS, undisturbed, type Reference } from './killed_runs.js';

/** One chain of commands is killed so often before it may finish. */
const KILLS_IN_A_CHAIN = 3;

function numberOf(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const [wanted, firstSeed] = [numberOf('kills', 50), numberOf('seed', 1)];
const home = mkdtempSync(join(tmpdir(), 'weft-kill-'));
const total = { kills: 0, resumed: 0, identical: 0, different: 0 };
try {
  say(
    `kills ${wanted}, seed ${firstSeed}; every file is compared byte for byte but for measured times: seconds, ` +
      `stepMilliseconds, stepCpuMilliseconds, imagesPerSecond, the ms/step column`,
  );
  await prepare(home, SCENARIOS);
  const references: Reference[] = [];
  for (const scenario of SCENARIOS) {
    const reference = await undisturbed(home, scenario);
    references.push(reference);
    say(`${scenario.name}: undisturbed in ${(reference.milliseconds / 1000).toFixed(1)} s`);
  }
  for (let n = 0; total.kills < wanted; n++) {
    const reference = references[n % references.length];
    const outcome = await killed(home, reference, Math.min(KILLS_IN_A_CHAIN, wanted - total.kills), firstSeed + n);
    total.kills += outcome.kills;
    total.resumed += outcome.resumed;
    total[outcome.problem === null ? 'identical' : 'different']++;
    say(
      `${reference.scenario.name}, seed ${firstSeed + n}: ${outcome.kills} kills, ` +
        `${outcome.problem ?? 'identical'}; ${total.kills} of ${wanted}`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
if (total.different > 0) process.exitCode = 1;
say(`\n${total.kills} kills, ${total.resumed} resumed, ${total.identical} identical, ${total.different} different`);
say(`${total.identical} passed, ${total.different} failed, 0 skipped`);

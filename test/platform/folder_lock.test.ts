/** One folder, one process: who gets the lock, and which locks are dead. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { takeFolder, type FolderLock } from '../../src/platform/folder_lock.js';
import { LOCK_TIMING, thisOwner, type LockOwner } from '../../src/platform/lock_owner.js';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { taker } from './processes.js';

const test = suite('folder lock');

const QUICK = { ...LOCK_TIMING, beat: 20, ending: 20, listen: 120 };
const lockOf = (folder: string): string => join(folder, '.weft-lock');
const isLinux = process.platform === 'linux';

/** A folder whose lock says this, `age` seconds old. */
function locked(folder: string, owner: Partial<LockOwner> | string, age = 0): string {
  writeFileSync(
    lockOf(folder),
    typeof owner === 'string' ? owner : JSON.stringify({ ...thisOwner(), token: 'abc123', ...owner }),
  );
  const then = new Date(Date.now() - 1000 * age);
  utimesSync(lockOf(folder), then, then);
  return folder;
}

/** Whether the lock is taken over; it is let go again. */
async function isTaken(folder: string): Promise<boolean> {
  const lock = await takeFolder(folder, { timing: QUICK });
  if ('heldBy' in lock) return false;
  lock.release();
  assert.equal(readdirSync(folder), [], 'nothing is left of the lock');
  return true;
}

const mine = async (folder: string, onLost?: () => void): Promise<FolderLock> => {
  const lock = await takeFolder(folder, { timing: QUICK, onLost });
  assert.not('heldBy' in lock);
  return lock as FolderLock;
};

test('a folder is made, held, refused to others, and gone again when nothing is in it', () =>
  inFolder(async (home) => {
    const folder = join(home, 'a', 'b');
    const lock = await mine(folder);
    const other = taker(folder);
    assert.is(await other.answer, 'refused');
    await other.end();
    const refused = await takeFolder(folder, { timing: QUICK });
    assert.equal('heldBy' in refused && [refused.heldBy.pid, refused.heldBy.since], [process.pid, lock.owner.since]);
    lock.release();
    assert.equal(readdirSync(home), []);
  }));

test('of many that find the lock of a killed process at the same moment one gets it', () =>
  inFolder(async (folder) => {
    for (let round = 0; round < 2; round++) {
      const dead = taker(folder);
      assert.is(await dead.answer, 'got');
      await dead.kill();
      assert.ok(existsSync(lockOf(folder)), 'it could not let go');
      const at = Date.now() + 400;
      const takers = Array.from({ length: 6 }, () => taker(folder, at));
      assert.equal((await Promise.all(takers.map((t) => t.answer))).sort(), [
        'got',
        ...Array.from({ length: 5 }, () => 'refused'),
      ]);
      await Promise.all(takers.map((t) => t.end()));
      assert.equal(readdirSync(folder), [], 'no lock, claim or half-written file is left');
    }
  }));

test('a claim on a dead lock that died too does not stand in the way', () =>
  inFolder(async (folder) => {
    locked(folder, { pid: 999_999_999 });
    writeFileSync(`${lockOf(folder)}-abc123-1`, JSON.stringify({ ...thisOwner(), pid: 999_999_998 }));
    assert.ok(await isTaken(folder));
  }));

test('the same process number with another start is another process', () =>
  inFolder(async (folder) => assert.is(await isTaken(locked(folder, { started: '1' })), isLinux)));

test('a process that has ended but is not collected has ended', () =>
  inFolder(async (folder) => {
    if (!isLinux) return;
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 20'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(
      await new Promise<string>((resolve) => parent.stdout.once('data', (text: Buffer) => resolve(String(text)))),
    );
    const stat = `/proc/${pid}/stat`;
    for (let i = 0; i < 100 && !readFileSync(stat, 'utf8').includes(') Z'); i++)
      await new Promise((r) => setTimeout(r, 10));
    const started = readFileSync(stat, 'utf8').split(') ')[1].split(' ')[19];
    assert.ok(await isTaken(locked(folder, { pid, started })));
    parent.kill();
  }));

const ELSEWHERE = { boot: 'another boot', host: 'another-host' };

test('on another host the heartbeat alone decides', async () => {
  await inFolder(async (folder) =>
    assert.not(await isTaken(locked(folder, { ...ELSEWHERE, pid: 999_999_999 })), 'silent for a moment only'),
  );
  await inFolder(async (folder) => assert.ok(await isTaken(locked(folder, ELSEWHERE, 61)), 'silent for a minute'));
  await inFolder(async (folder) => assert.not(await isTaken(locked(folder, ELSEWHERE, -3600)), 'its clock is ahead'));
  await inFolder(async (folder) => {
    locked(folder, ELSEWHERE, 500); // its clock is behind, but it beats
    const beat = setInterval(() => utimesSync(lockOf(folder), new Date(), new Date(Date.now() - 400_000)), 30);
    assert.not(await isTaken(folder));
    clearInterval(beat);
  });
});

test('after this machine was booted anew its locks are dead as soon as nothing is heard', () =>
  inFolder(async (folder) => assert.ok(await isTaken(locked(folder, { boot: 'another boot' })))));

test('a lock that cannot be read holds while it is new', async () => {
  for (const text of ['', 'null', '{"pid":"x"}', '\0\0\0']) {
    await inFolder(async (folder) => assert.not(await isTaken(locked(folder, text)), text));
    await inFolder(async (folder) => assert.ok(await isTaken(locked(folder, text, 100)), text));
  }
});

test('what killed processes have left half written is swept, other files are not', () =>
  inFolder(async (folder) => {
    for (const name of ['.weft-tmp-999999999-ab', '.weft-lock-old-1', 'kept.1.tmp'])
      writeFileSync(join(folder, name), 'x');
    writeFileSync(join(folder, '.weft-tmp-1-ab'), 'of a process that runs');
    (await mine(folder)).release();
    assert.equal(readdirSync(folder), ['.weft-tmp-1-ab', 'kept.1.tmp']);
  }));

test('the heart beats while the main thread is busy, and tells when the lock is lost', () =>
  inFolder(async (folder) => {
    let lost = 0;
    const lock = await mine(folder, () => lost++);
    const beats = (): number => statSync(lockOf(folder)).mtimeMs;
    const before = beats();
    for (const end = Date.now() + 20_000; beats() === before && Date.now() < end;)
      await new Promise((r) => setTimeout(r, 10)); // its thread starts
    const first = beats();
    for (const end = Date.now() + 20_000; beats() === first;) assert.ok(Date.now() < end, 'no heartbeat'); // busy
    writeFileSync(lockOf(folder), JSON.stringify({ ...thisOwner(), token: 'ffff' }));
    for (const end = Date.now() + 20_000; lost === 0 && Date.now() < end;) await new Promise((r) => setTimeout(r, 10));
    assert.is(lost, 1);
    lock.release();
    assert.ok(existsSync(lockOf(folder)), 'the other’s lock stays');
  }));

test.run();

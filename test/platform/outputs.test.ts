/** What is said when the disk does not take something, and what stays as it was. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  makeFolders,
  OutputError,
  removeEmpty,
  requireRoom,
  tryFile,
  writeFileAtomic,
} from '../../src/platform/outputs.js';
import { LineFile, wholeLines } from '../../src/platform/line_file.js';
import { takeFolder } from '../../src/platform/folder_lock.js';
import { inFolder } from '../data/fixtures.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('outputs');

async function refuses(body: () => unknown, pattern: RegExp): Promise<void> {
  try {
    await body();
  } catch (error) {
    assert.instance(error, OutputError);
    assert.match((error as OutputError).message, pattern);
    return assert.ok((error as OutputError).exitCode === 3 && (error as OutputError).fix !== '');
  }
  assert.unreachable(`no error; expected one like ${String(pattern)}`);
}

test('folders are made one by one, and removed again while nothing is in them', () =>
  inFolder((home) => {
    const made = makeFolders(join(home, 'a/b/c'));
    assert.equal(
      made,
      ['a', 'a/b', 'a/b/c'].map((name) => join(home, name)),
    );
    assert.equal(makeFolders(join(home, 'a/b/c')), []);
    writeFileSync(join(home, 'a/kept'), '');
    removeEmpty(made);
    assert.equal(readdirSync(join(home, 'a')), ['kept']);
  }));

test('a file in the way, a link that leads nowhere, a name too long', () =>
  inFolder(async (home) => {
    writeFileSync(join(home, 'file'), '');
    symlinkSync(join(home, 'nowhere'), join(home, 'link'));
    await refuses(() => makeFolders(join(home, 'file')), /file cannot be made: .*file is a file/);
    await refuses(() => makeFolders(join(home, 'file/a/b')), /b cannot be made: .*file is a file/);
    await refuses(() => makeFolders(join(home, 'link/a')), /leads nowhere/);
    await refuses(() => makeFolders(join(home, 'x'.repeat(300))), /the name is too long \(ENAMETOOLONG\)/);
    await refuses(() => tryFile(join(home, 'file/a.png')), /file is a file/);
    await refuses(() => writeFileAtomic(home, 'x'), /cannot be written: it is a folder/);
    assert.equal(readdirSync(home), ['file', 'link']);
  }));

if (process.platform === 'linux') {
  test('where a system takes no folders: at once, and by name', async () => {
    await refuses(
      () => makeFolders('/proc/weft/a'),
      /^\/proc\/weft\/a cannot be made: .*takes no new files there \(ENOENT\)/,
    );
    await refuses(() => takeFolder('/proc'), /^\/proc cannot be written: /);
    if (existsSync('/sys/kernel'))
      /* else it is an ordinary folder */ await refuses(
        () => makeFolders('/sys/weft'),
        /^\/sys\/weft cannot be made: .*\((EPERM|EACCES|EROFS|ENOENT)\)/,
      );
    await refuses(() => writeFileAtomic('/dev/null', 'x'), /it is a device/);
    await refuses(() => tryFile('/dev/null'), /it is a device/);
  });
}

test('trying a file leaves nothing and changes nothing', () =>
  inFolder((home) => {
    writeFileSync(join(home, 'a.png'), 'before');
    assert.equal(tryFile(join(home, 'a.png')), []);
    removeEmpty(tryFile(join(home, 'new/deep/a.png')));
    assert.equal(readdirSync(home), ['a.png']);
    assert.is(readFileSync(join(home, 'a.png'), 'utf8'), 'before');
  }));

/** Runs `body` in a file system of its own, where the system lets us mount one. */
function testMounted(name: string, options: string, body: (folder: string) => Promise<void> | void): void {
  test(name, () =>
    inFolder(async (home) => {
      const folder = join(home, 'disk');
      mkdirSync(folder);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
      } catch {
        skipped.push(`${name} (no right to mount)`);
        return;
      }
      try {
        await body(folder);
      } finally {
        execFileSync('umount', [folder]);
      }
    }),
  );
}

testMounted('a full disk: path and bytes, and the file is as it was', 'size=64k', async (folder) => {
  const file = join(folder, 'a.bin');
  writeFileAtomic(file, 'before');
  await refuses(
    () => writeFileAtomic(file, new Uint8Array(100_000)),
    /a\.bin cannot be written: the disk is full \(ENOSPC; 100,000 bytes wanted, \d\d,\d{3} free\)/,
  );
  assert.equal([readFileSync(file, 'utf8'), readdirSync(folder)], ['before', ['a.bin']]);
  await refuses(
    () => requireRoom(folder, 100_000, 'a checkpoint'),
    /a checkpoint takes 100,000 bytes, \d\d,\d{3} are free/,
  );
  const lines = new LineFile(join(folder, 'lines'));
  lines.add('one');
  await refuses(() => lines.add('2'.repeat(100_000)), /lines cannot be written: the disk is full/);
  lines.add('three');
  lines.close();
  assert.equal(await wholeLines(join(folder, 'lines')), ['one', 'three'], 'no half of the second');
  rmSync(join(folder, 'lines'));
  writeFileSync(join(folder, 'rest'), '');
  try {
    writeFileSync(join(folder, 'rest'), new Uint8Array(100_000));
  } catch {
    // it is full now
  }
  await refuses(() => takeFolder(join(folder)), /cannot be written: the disk is full/);
  assert.equal(readdirSync(folder), ['a.bin', 'rest']);
});

testMounted('a read-only disk is called so', 'size=64k', async (folder) => {
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await refuses(() => takeFolder(join(folder, 'a/b')), /cannot be made: the file system is read-only \(EROFS\)/);
  await refuses(() => takeFolder(folder), /cannot be written: the file system is read-only \(EROFS\)/);
  await refuses(() => tryFile(join(folder, 'a.png')), /read-only/);
  assert.not(existsSync(join(folder, 'a')));
});

test.run();

/**
 * Gets a checkout ready to run: the right Node, the locked packages, a fresh build. Costs some 20 ms when nothing is to
 * do, prints only when it does something, and lets two processes that start at once take turns.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FONTS } from './fonts.mjs';
import { isCheckout, ROOT, say, SetupError } from './host.mjs';
import { installPackages, packagesAreCurrent } from './packages.mjs';
import { takingTurns } from './turns.mjs';

const SOURCES = ['src', 'test', 'bench'];
const STAMP = join(ROOT, 'dist', '.weft-build');
/** What browsers get is bundled apart: it takes longer, and changes less often. */
const PAGE_STAMP = join(ROOT, 'dist', '.weft-page');
/** What the files looked like when all was current. */
const STATE = join(ROOT, 'dist', '.weft-state');
const PAGE = 'src/page/';
/** The page hands out their kernels. */
const LESSONS = 'docs/lessons';
const BUNDLES = [
  ...['dist/browser/weft.js', 'dist/page/index.html', 'dist/page/sw.js'],
  ...FONTS.map((name) => `dist/fonts/${name}`),
];
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Node's version is checked first; then packages and build, in a checkout. Throws SetupError. */
export async function prepare() {
  requireNode();
  if (!isCheckout || nothingHasChanged()) return;
  if (packagesAreCurrent(ROOT) && buildIsCurrent() && bundlesAreCurrent()) return rememberState();
  await takingTurns(() => {
    if (!packagesAreCurrent(ROOT)) installPackages(ROOT, ['--include=dev']);
    if (!buildIsCurrent()) build();
    if (!bundlesAreCurrent()) buildBundles();
    rememberState();
  });
}

/**
 * The oldest minor version of the majors that have one: what package.json's engines say. 21 is no major that is kept
 * up.
 */
function requireNode() {
  const node = process.versions.node;
  const [major, minor] = node.split('.').map(Number);
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const isEnough = engines.node.split(' || ').some((range) => {
    const [, sign, least, leastMinor] = /^(\^|>=)(\d+)\.(\d+)/.exec(range);
    return sign === '^' ? major === Number(least) && minor >= Number(leastMinor) : major >= Number(least);
  });
  if (isEnough) return;
  const forms = [...engines.node.matchAll(/\^(\d+\.\d+)/g)].map(([, version]) => version).join(', ');
  throw new SetupError(
    2,
    `Weft needs Node ${forms} or newer, and this is Node ${node}. Install a newer one, for instance with nvm.`,
  );
}

/**
 * Names, sizes and times of everything that packages, build and bundles depend on: to look costs a tenth of reading
 * all.
 */
function stateOfFiles() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const file of [STAMP, PAGE_STAMP, ...BUNDLES.map((name) => join(ROOT, name))]) add(file);
  for (const file of [
    'tsconfig.json',
    'package.json',
    'package-lock.json',
    'node_modules/.package-lock.json',
    'dist/src/cli/main.js',
  ])
    add(join(ROOT, file));
  for (const folder of [...SOURCES, 'shaders', 'scripts/lib', LESSONS]) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) add(join(entry.parentPath ?? entry.path, entry.name));
  }
  return hash.digest('hex');
}

function nothingHasChanged() {
  try {
    return readFileSync(STATE, 'utf8') === stateOfFiles();
  } catch {
    return false;
  }
}

/** What is current now need not be read again until a file changes. */
function rememberState() {
  try {
    writeFileSync(STATE, stateOfFiles());
  } catch {
    // A checkout that cannot be written to is looked at anew each time.
  }
}

/** Every TypeScript file that goes into the build, relative to the root, sorted; the page is bundled only. */
function sourceFiles() {
  const files = [];
  for (const folder of SOURCES) {
    if (!existsSync(join(ROOT, folder))) continue;
    for (const file of readdirSync(join(ROOT, folder), { recursive: true })) {
      if (/\.[cm]?tsx?$/.test(file) && !/node_modules/.test(file))
        files.push(`${folder}/${file.replaceAll('\\', '/')}`);
    }
  }
  return files.filter((file) => !file.startsWith(PAGE)).sort();
}

/** Where the compiler puts a source file; declaration files yield nothing. */
function outputOf(source) {
  return /\.d\.[cm]?ts$/.test(source) ? undefined : source.replace(/\.([cm]?)tsx?$/, '.$1js');
}

/**
 * A hash over everything the build depends on: settings, locked packages (they contain compiler and types), sources.
 */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package.json', 'package-lock.json', ...sources]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function buildIsCurrent() {
  let stamp;
  try {
    stamp = readFileSync(STAMP, 'utf8').trim();
  } catch {
    return false; // not built, or another process is building just now
  }
  const sources = sourceFiles();
  if (stamp !== fingerprint(sources)) return false;
  return sources.every((source) => outputOf(source) === undefined || existsSync(join(ROOT, 'dist', outputOf(source))));
}

function build() {
  const sources = sourceFiles();
  const stamp = fingerprint(sources); // before compiling: a file that is edited meanwhile makes the build stale again
  say(`building (tsc, ${sources.length} files) …`);
  rmSync(STAMP, { force: true });
  removeOrphans(new Set(sources.map(outputOf)));
  const result = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.json'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new SetupError(1, 'the build failed; the compiler says why above.');
  const schemas = spawnSync(process.execPath, [join(ROOT, 'scripts', 'schemas.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (schemas.status !== 0) throw new SetupError(1, 'the schemas could not be written; it says why above.');
  writeFileSync(STAMP, `${stamp}\n`);
}

/** A hash over what the bundles are made of; the command line, tests and benchmarks are no part of them. */
function pageFingerprint() {
  const below = (folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const inputs = ['src', 'shaders', LESSONS].flatMap((folder) =>
    below(folder).map((entry) =>
      relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'),
    ),
  );
  return fingerprint([
    'scripts/lib/bundle.mjs',
    'scripts/lib/fonts.mjs',
    'scripts/lib/page_app.mjs',
    ...inputs.filter((file) => !file.startsWith('src/cli/')).sort(),
  ]);
}

function bundlesAreCurrent() {
  return (
    BUNDLES.every((file) => existsSync(join(ROOT, file))) &&
    existsSync(PAGE_STAMP) &&
    readFileSync(PAGE_STAMP, 'utf8').trim() === pageFingerprint()
  );
}

function buildBundles() {
  const stamp = pageFingerprint();
  say('bundling for browsers (vite) …');
  rmSync(PAGE_STAMP, { force: true });
  const result = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) throw new SetupError(1, 'the bundles for browsers could not be built; it says why above.');
  writeFileSync(PAGE_STAMP, `${stamp}\n`);
}

/**
 * Removes what earlier builds left of sources that are gone. The rest stays, so that a program that runs meanwhile
 * keeps its files.
 */
function removeOrphans(outputs) {
  const dist = join(ROOT, 'dist');
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const file = path.slice(dist.length + 1).replaceAll('\\', '/');
    if (/^(page|browser|fonts|schema)\/|^\.weft-(page|state)$/.test(file)) continue;
    const script = file.replace(/\.d\.([cm]?)ts$/, '.$1js');
    if (!outputs.has(script)) rmSync(path, { force: true });
  }
}
